/** The kinds of the cluster that Arena defines or reads. */
import { agentRuntimeSchema } from './agent-runtime.js';
import { arenaConfigSchema } from './arena-config.js';
import { arenaJobSchema } from './arena-job.js';
import { arenaSourceSchema } from './arena-source.js';
import { GROUP, VERSION } from './object-meta.js';
import { providerSchema } from './provider.js';
import { toolRegistrySchema } from './tool-registry.js';

const api = { group: GROUP, version: VERSION } as const;

/** `schema` is of an object as the API server has it. All kinds live in namespaces. */
export const clusterKinds = {
  ArenaSource: {
    ...api,
    kind: 'ArenaSource',
    plural: 'arenasources',
    singular: 'arenasource',
    shortNames: ['asrc', 'as'],
    schema: arenaSourceSchema,
  },
  ArenaConfig: {
    ...api,
    kind: 'ArenaConfig',
    plural: 'arenaconfigs',
    singular: 'arenaconfig',
    shortNames: ['ac'],
    schema: arenaConfigSchema,
  },
  ArenaJob: {
    ...api,
    kind: 'ArenaJob',
    plural: 'arenajobs',
    singular: 'arenajob',
    shortNames: ['aj'],
    schema: arenaJobSchema,
  },
  Provider: {
    ...api,
    kind: 'Provider',
    plural: 'providers',
    singular: 'provider',
    shortNames: ['prov'],
    schema: providerSchema,
  },
  ToolRegistry: {
    ...api,
    kind: 'ToolRegistry',
    plural: 'toolregistries',
    singular: 'toolregistry',
    shortNames: ['tr'],
    schema: toolRegistrySchema,
  },
  AgentRuntime: {
    ...api,
    kind: 'AgentRuntime',
    plural: 'agentruntimes',
    singular: 'agentruntime',
    shortNames: ['agent', 'ar'],
    schema: agentRuntimeSchema,
  },
} as const;

export type ClusterKind = keyof typeof clusterKinds;
