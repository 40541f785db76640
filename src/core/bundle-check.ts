/** What a look at the bundle of an ArenaConfig asks and brings: plain data that travels between controller and worker. */

export interface BundleCheckRequest {
  /** SHA-256 of the files of the source, in hex. */
  artifact: string;
  /** Path of the Arena file among them. Default: the one at their top. */
  arenaFile?: string;
  /** Globs. Empty or absent: all. */
  include?: string[];
  exclude?: string[];
  /** ArenaConfig whose providers and tools take the place of the bundle's. */
  config?: { namespace: string; name: string };
}

export interface BundleCheckResult {
  /** Scenarios that the globs let by; 0 where the bundle cannot be read. */
  scenarioCount: number;
  /** Groups of providers that these scenarios name, each once. */
  groups: string[];
  /** Why a job of it could not run, one line each; bounded. */
  faults: string[];
}
