/** Which records of an ArenaJob's runs have had their time. Plain data: it travels as the input of a workflow. */
export interface RunSweepRequest {
  /** Whose runs. */
  job: { namespace: string; name: string; uid: string };
  /** Runs that ended later stay, in milliseconds since the epoch. */
  endedBefore: number;
  /** Ids of runs that stay whenever they ended. */
  keep: string[];
}

export interface RunSweepResult {
  /** Ids of runs of which nothing is left. */
  removed: string[];
  /** There may be more: look again. */
  more: boolean;
}
