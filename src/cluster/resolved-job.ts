import type { JsonValue } from '../core/conversation.js';
import type { ToolAccess } from '../core/tool-access.js';
import type { JobInput } from '../schema/job.js';
import type { ObjectKey } from './cluster-reader.js';

export interface ArenaJobReference extends ObjectKey {
  /** Absent: whichever there is of that name. */
  uid?: string;
}

/** A Provider or an agent of the cluster, as the provider of a bundle that it stands for. */
export interface ResolvedProvider {
  /** Unique in the job: name of the object, `agent-<name>` for an agent; with the namespace where names would clash. */
  id: string;
  /** Group of the job that names it. */
  group: string;
  /** In the object form of a group: the id of the bundle's provider that it takes the place of. */
  standsFor?: string;
  /** Spec of a provider as a bundle writes it; keys as references to Secrets only. */
  spec: { [field: string]: JsonValue };
  /** The object, for people: `Provider team-a/gpt-4o`. */
  from: string;
}

/** A tool that a ToolRegistry offers, as a bundle writes it. */
export interface ResolvedTool {
  name: string;
  spec: { [field: string]: JsonValue };
  /** Absent: nothing is shown, and a call that fails has failed. */
  access?: ToolAccess;
  /** `ToolRegistry team-a/crm, handler orders`. */
  from: string;
}

/** An MCP server of a ToolRegistry: its tools are listed when the run is planned. */
export interface ResolvedMcpServer {
  name: string;
  spec: { [field: string]: JsonValue };
  access?: ToolAccess;
  from: string;
}

/** An OpenAPI document of a ToolRegistry: its operations become tools when the run is planned. */
export interface ResolvedOpenApi {
  specUrl: string;
  /** Of each call, in milliseconds. Default: 30 s. */
  timeoutMs?: number;
  access?: ToolAccess;
  from: string;
}

/** A service that must be there when a run is planned. */
export interface ResolvedProbe {
  endpoint: string;
  /** Within which it must accept a connection, in milliseconds. */
  timeoutMs: number;
  /** For so long a service that was there is not looked at again by the same worker, in milliseconds. */
  intervalMs: number;
  from: string;
}

/**
 * What an ArenaJob asks for once everything that it names has been read. Made when a run is planned and kept in its plan:
 * later changes of the objects do not concern the run.
 */
export interface ResolvedJob {
  /** The run in the terms of every run. `bundle` names an artifact of the store. */
  input: JobInput;
  /** Which source at which revision. */
  source: { namespace: string; name: string; revision: string; digest: string };
  /** Name of the ArenaConfig between job and source, where there is one. */
  config?: string;
  /** In place of the bundle's providers; absent: the bundle's own. */
  providers?: ResolvedProvider[];
  /** In place of the bundle's tools and MCP servers; absent: the bundle's own. */
  tools?: ResolvedTool[];
  mcpServers?: ResolvedMcpServer[];
  /** Documents whose operations join `tools` before the run is planned; absent afterwards. */
  openApis?: ResolvedOpenApi[];
  /** Services that are looked for before anything else is asked; absent afterwards. */
  probes?: ResolvedProbe[];
  /** Set: personas are played by the pool of the group `selfplay`, else `default`. */
  selfPlay?: { rounds: number; swapRoles: boolean };
  /** Groups of measures that summary and reports show; absent: all. */
  metrics?: string[];
  /** Calls in flight of each worker, where an ArenaConfig says so: the run's limit follows the number of workers. */
  concurrencyPerWorker?: number;
  /** Task queue of the job's own workers; absent: the shared pool serves it. */
  shardQueue?: string;
  /** Workers to begin with. */
  workers?: number;
  /** Reports are delivered by the job's own workers, who alone have the volume. */
  deliverByOwnWorkers?: boolean;
  /** Address of the results for people, where it is none of the store: `pvc://claim/path` or `s3://bucket/path`. */
  resultUrl?: string;
  /** What takes no effect as it is written, and what happens instead. */
  warnings: string[];
}
