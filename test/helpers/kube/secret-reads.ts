/** Which Secrets service accounts have asked for, by the audit log of the API server. */
import type { ControlPlane } from './control-plane.js';

export interface SecretRead {
  /** `namespace/name` of the service account. */
  by: string;
  /** `namespace/name` of the Secret. */
  what: string;
  verb: string;
}

export function secretReads(plane: ControlPlane): SecretRead[] {
  const asked = plane.requests({ resource: 'secrets' });
  return asked.flatMap(({ user, namespace, name, verb }) => {
    const [, by] = /^system:serviceaccount:(.+)$/.exec(user) ?? [];
    return by === undefined ? [] : [{ by: by.replace(':', '/'), what: `${namespace}/${name}`, verb }];
  });
}

/** Who has asked for a Secret, each once. */
export const readersOf = (plane: ControlPlane, what: string): string[] => [
  ...new Set(secretReads(plane).flatMap((read) => (read.what === what ? [read.by] : []))),
];
