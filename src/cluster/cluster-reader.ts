/** Reading objects of the Kubernetes cluster, by whatever way: the API server itself, or a watcher's cache. */

export interface ObjectKey {
  namespace: string;
  name: string;
}

/** Kinds that decide what a job runs. */
export type ReadableKind =
  | 'ArenaJob'
  | 'ArenaConfig'
  | 'ArenaSource'
  | 'Provider'
  | 'AgentRuntime'
  | 'ToolRegistry'
  | 'ConfigMap';

export interface ClusterReader {
  /**
   * The object as the API server has it, not yet checked; undefined when there is none. Throws an `ArenaError`:
   * `unauthorized` when it may not be read, `connection_failed` or `provider_unavailable` when there is no answer.
   */
  get(kind: ReadableKind, key: ObjectKey): Promise<unknown>;
}
