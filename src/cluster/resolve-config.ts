/** What an ArenaConfig names, for its own status: each aspect on its own. */
import type { ArenaConfigObject } from '../schema/cluster/arena-config.js';
import type { ClusterReader } from './cluster-reader.js';
import { type Refusal, Refusals } from './refusal.js';
import type { AgentSettings } from './resolve-agents.js';
import { groupsOf, selfPlayOf } from './resolve-job.js';
import { ProviderResolver } from './resolve-providers.js';
import { type FoundSource, SourceResolver } from './resolve-source.js';
import { type ResolvedTools, resolveTools } from './resolve-tools.js';
import type { ResolvedJob, ResolvedProvider } from './resolved-job.js';

/** Refusals are empty where an aspect is as it should be. */
export interface ConfigResolution {
  source?: FoundSource;
  sourceRefusals: Refusal[];
  /** Absent: the bundle's own. */
  providers?: ResolvedProvider[];
  providerRefusals: Refusal[];
  /** Absent: the bundle's own. */
  tools?: ResolvedTools;
  toolRefusals: Refusal[];
  selfPlay?: ResolvedJob['selfPlay'];
  warnings: string[];
}

/** Rejects with an `ArenaError` only where the cluster gives no answer. */
export async function resolveConfig(
  reader: ClusterReader,
  { metadata: { namespace }, spec }: ArenaConfigObject,
  settings: AgentSettings,
): Promise<ConfigResolution> {
  const [sources, providers, tools] = [new Refusals(), new Refusals(), new Refusals()];
  const resolver = new ProviderResolver(reader, namespace, settings, providers);
  const groups = groupsOf(undefined, spec);
  const keys = (spec.toolRegistries ?? []).map((reference) => ({ namespace, ...reference }));
  const [source, resolvedProviders, resolvedTools] = await Promise.all([
    new SourceResolver(reader, namespace, sources).ofConfig(spec.sourceRef),
    groups === undefined ? undefined : resolver.resolve(groups, 'spec.providers'),
    keys.length === 0 ? undefined : resolveTools(reader, keys, namespace, tools),
  ]);
  return {
    source,
    sourceRefusals: sources.list,
    providers: resolvedProviders,
    providerRefusals: providers.list,
    tools: resolvedTools,
    toolRefusals: tools.list,
    selfPlay: selfPlayOf(groups, spec),
    warnings: [...resolver.warnings, ...(resolvedTools?.warnings ?? [])],
  };
}
