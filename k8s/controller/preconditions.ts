/** What must be so before a controller of ours may work in a cluster. */
import { ArenaError } from '../../src/core/errors.js';
import type { KubeClient } from './kube-client.js';
import { KubeError } from './kube-http.js';
import { type Kind, resourceName } from './kube-kinds.js';
import type { KubeObject } from './ports.js';

type Lister = Pick<KubeClient, 'list' | 'knows'>;

/** Kinds that the controller cannot do without. Providers, agents and tools may come from the bundles. */
export const OWN_KINDS = ['ArenaSource', 'ArenaConfig', 'ArenaJob'] as const satisfies Kind[];

export async function missingKinds(client: Lister): Promise<Kind[]> {
  const known = await Promise.all(OWN_KINDS.map(async (kind) => ((await client.knows(kind)) ? [] : [kind])));
  return known.flat();
}

export function kindsAreMissing(missing: readonly Kind[]): ArenaError {
  return new ArenaError({
    code: 'invalid_input',
    message: `The cluster does not know ${missing.map(resourceName).join(', ')}`,
    hint: 'install the CRDs: kubectl apply --server-side -k k8s/manifests/crds',
  });
}

/** Base name of the image of Omnia's own arena controller, with any tag, digest or registry. */
const OMNIA_IMAGE = /(^|\/)omnia-arena-controller([:@]|$)/;
const OMNIA_NAME = /(^|-)omnia-arena-controller$/;

/**
 * Omnia's own arena controller writes the status of the same objects: two would overrule each other for ever, and each job
 * would run twice. It is known by its Deployment: by its image, or by its name, as Omnia's chart gives them; one that is
 * scaled to zero does no harm. Its CRDs alone say nothing: they stay when it goes. Where Deployments of all namespaces may
 * not be listed, those of the given namespaces are looked at. Throws `invalid_input`.
 */
export async function refuseBesideOmnia(client: Lister, namespaces: readonly string[] | undefined): Promise<void> {
  const lists = await Promise.all(
    (namespaces ?? [undefined]).map((namespace) => client.list('Deployment', { namespace }).catch(nothingToSee)),
  );
  const found = lists.flatMap(({ items }) => items).find(isOmniaController);
  if (found === undefined) return;
  const { namespace, name } = found.metadata;
  throw new ArenaError({
    code: 'invalid_input',
    message: `Omnia's own arena controller is at work in this cluster (Deployment ${namespace}/${name}), and two controllers would overrule each other`,
    hint: `switch it off (enterprise.arena in the values of Omnia, or: kubectl -n ${namespace} scale deployment ${name} --replicas 0)`,
  });
}

function nothingToSee(error: unknown): { items: KubeObject[] } {
  if (error instanceof KubeError && (error.status === 403 || error.status === 404)) return { items: [] };
  throw error;
}

function isOmniaController({ metadata, spec }: KubeObject): boolean {
  const { replicas, template } = (spec ?? {}) as {
    replicas?: number;
    template?: { spec?: { containers?: { image?: string }[] } };
  };
  if (replicas === 0) return false;
  const images = template?.spec?.containers?.map(({ image }) => image ?? '') ?? [];
  return OMNIA_NAME.test(metadata.name) || images.some((image) => OMNIA_IMAGE.test(image));
}
