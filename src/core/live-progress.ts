import type { FailedItem, Progress, ShardHeartbeat } from './run.js';

/** How a run stands this moment: what is committed, and what running shards have finished and not committed yet. */
export interface LiveProgress extends Progress {
  /** Conversations in flight. */
  open: number;
  /** The newest failures that running shards and the workflow know of. */
  failures: FailedItem[];
  /** Steps of the run that failed and are tried again, in words. */
  troubles: string[];
}

/** Adds the heartbeats of the shards in flight to the committed progress. */
export function addHeartbeats(
  progress: Progress,
  heartbeats: readonly ShardHeartbeat[],
  failures: readonly FailedItem[],
  troubles: readonly string[] = [],
): LiveProgress {
  const rows = new Map(progress.providers.map((row) => [row.provider, { ...row }]));
  const counts = { ...progress.counts };
  const known = new Map(failures.map((item) => [item.id, item]));
  let open = 0;
  for (const beat of heartbeats) {
    counts.passed += beat.passed;
    counts.failed += beat.failed;
    counts.errored += beat.errored;
    open += beat.open;
    for (const item of beat.failures) known.set(item.id, item);
    for (const [provider, [passed, failed, errored]] of Object.entries(beat.byProvider)) {
      const row = rows.get(provider) ?? { provider, passed: 0, failed: 0, errored: 0 };
      rows.set(provider, row);
      row.passed += passed;
      row.failed += failed;
      row.errored += errored;
    }
  }
  return {
    ...progress,
    counts,
    providers: [...rows.values()],
    open,
    failures: [...known.values()],
    troubles: [...troubles],
  };
}
