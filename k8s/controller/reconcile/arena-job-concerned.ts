import type { ObjectKey } from '../../../src/cluster/cluster-reader.js';
import type { ArenaConfigSpec } from '../../../src/schema/cluster/arena-config.js';
import type { ArenaJobSpec } from '../../../src/schema/cluster/arena-job.js';
import type { ArenaJobStatus } from '../../../src/schema/cluster/arena-job-status.js';
import type { Cluster, KubeObject } from '../ports.js';

const keyOf = ({ metadata: { namespace, name } }: KubeObject): ObjectKey => ({ namespace, name });

/** Jobs for which a change of another object may make a difference. Specs may be of any shape: they are not checked here. */
export function jobsConcernedBy(changed: KubeObject, cluster: Pick<Cluster, 'get' | 'list'>): ObjectKey[] {
  if (changed.kind === 'Deployment') {
    const owner = changed.metadata.ownerReferences?.find(({ kind }) => kind === 'ArenaJob');
    return owner === undefined ? [] : [{ namespace: changed.metadata.namespace, name: owner.name }];
  }
  const { namespace, name } = changed.metadata;
  if (changed.kind === 'ArenaSource' || changed.kind === 'ArenaConfig') {
    return cluster
      .list('ArenaJob', namespace)
      .filter((job) => waits(job) && isFrom(job, changed, cluster))
      .map(keyOf);
  }
  // Providers may be named from other namespaces, and by way of a config.
  const jobs = changed.kind === 'Provider' ? cluster.list('ArenaJob') : cluster.list('ArenaJob', namespace);
  return jobs.filter((job) => waits(job) && mentions(job, name, cluster)).map(keyOf);
}

/** Something may start: a run has neither begun nor ended, or the next one is looked out for. */
function waits({ spec, status }: KubeObject): boolean {
  const { schedule, trigger } = (spec ?? {}) as Partial<ArenaJobSpec>;
  const { run } = (status ?? {}) as ArenaJobStatus;
  return run === undefined || schedule !== undefined || trigger !== undefined;
}

function isFrom({ spec, metadata }: KubeObject, changed: KubeObject, cluster: Pick<Cluster, 'get'>): boolean {
  const name = sourceRefOf(spec);
  if (name === undefined) return false;
  if (name === changed.metadata.name) return true;
  if (changed.kind !== 'ArenaSource') return false;
  const config = cluster.get('ArenaConfig', { namespace: metadata.namespace, name });
  return sourceRefOf(config?.spec) === changed.metadata.name;
}

function sourceRefOf(spec: unknown): string | undefined {
  return (spec as Partial<ArenaJobSpec | ArenaConfigSpec> | undefined)?.sourceRef?.name;
}

function mentions({ spec, metadata }: KubeObject, name: string, cluster: Pick<Cluster, 'get'>): boolean {
  const text = JSON.stringify(name);
  const { providers, toolRegistries } = (spec ?? {}) as Partial<ArenaJobSpec>;
  if (JSON.stringify([providers, toolRegistries]).includes(text)) return true;
  const config = cluster.get('ArenaConfig', { namespace: metadata.namespace, name: sourceRefOf(spec) ?? '' });
  return config !== undefined && JSON.stringify(config.spec ?? {}).includes(text);
}
