/** Where the API server keeps each kind. */
import type { ObjectKey } from '../../src/cluster/cluster-reader.js';
import { GROUP, VERSION } from '../../src/schema/cluster/object-meta.js';

interface Place {
  group: string;
  version: string;
  plural: string;
}

const ours = (plural: string): Place => ({ group: GROUP, version: VERSION, plural });

const PLACES = {
  ArenaJob: ours('arenajobs'),
  ArenaConfig: ours('arenaconfigs'),
  ArenaSource: ours('arenasources'),
  Provider: ours('providers'),
  AgentRuntime: ours('agentruntimes'),
  ToolRegistry: ours('toolregistries'),
  Deployment: { group: 'apps', version: 'v1', plural: 'deployments' },
  Pod: { group: '', version: 'v1', plural: 'pods' },
  Lease: { group: 'coordination.k8s.io', version: 'v1', plural: 'leases' },
  Event: { group: '', version: 'v1', plural: 'events' },
} as const satisfies Record<string, Place>;

export type Kind = keyof typeof PLACES;

export function kindOf(text: string): Kind | undefined {
  return Object.keys(PLACES).find((known): known is Kind => known === text);
}

export function apiVersionOf(kind: Kind): string {
  const { group, version } = PLACES[kind];
  return group === '' ? version : `${group}/${version}`;
}

/** As CRDs are named: `arenajobs.omnia.altairalabs.ai`. */
export function resourceName(kind: Kind): string {
  const { group, plural } = PLACES[kind];
  return group === '' ? plural : `${plural}.${group}`;
}

/** Path of all objects of the kind; of one namespace when it is given. */
export function collectionPath(kind: Kind, namespace?: string): string {
  const { group, plural } = PLACES[kind];
  const top = group === '' ? '/api' : '/apis';
  const within = namespace === undefined ? '' : `/namespaces/${encodeURIComponent(namespace)}`;
  return `${top}/${apiVersionOf(kind)}${within}/${plural}`;
}

export function objectPath(kind: Kind, { namespace, name }: ObjectKey): string {
  return `${collectionPath(kind, namespace)}/${encodeURIComponent(name)}`;
}
