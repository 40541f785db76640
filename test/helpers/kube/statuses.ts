/** Waiting for what the controller says of an object. */
import { waitFor } from '../wait-for.js';
import type { KubeObject } from './api-client.js';
import type { ControlPlane } from './control-plane.js';

interface Place {
  namespace: string;
  /** E.g. `arenajobs`. */
  plural: string;
  name: string;
}

export const pathOf = ({ namespace, plural, name }: Place): string =>
  `/apis/omnia.altairalabs.ai/v1alpha1/namespaces/${namespace}/${plural}/${name}`;

/** The status, as soon as it is as wanted; fails with the last one. */
export async function statusWhen<Status>(
  plane: ControlPlane,
  place: Place,
  holds: (status: Status) => boolean,
): Promise<Status> {
  let last: Status | undefined;
  const look = async () => {
    last = (await plane.admin.get<KubeObject & { status?: Status }>(pathOf(place))).status;
    return last !== undefined && holds(last) ? last : undefined;
  };
  return waitFor(`${place.plural} ${place.namespace}/${place.name}`, look, 60_000).catch((error) => {
    throw new Error(`${error}\n${JSON.stringify(last, null, 1)}`);
  });
}
