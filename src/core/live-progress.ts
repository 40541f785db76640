import type { HeldItems, HeldRow } from './hold.js';
import { LANE_LEFT, type LaneHeartbeat } from './load/lane.js';
import { addLanes } from './load/live-load.js';
import type { FailedItem, Progress, ShardHeartbeat } from './run.js';
import { bothSpent } from './spent.js';

/** How a run stands this moment: what is committed, and what running shards have finished and not committed yet. */
export interface LiveProgress extends Progress {
  /** Conversations in flight. */
  open: number;
  /** The newest failures that running shards and the workflow know of. */
  failures: FailedItem[];
  /** Steps of the run that failed and are tried again, in words. */
  troubles: string[];
}

/** Adds the heartbeats of the shards and lanes in flight to what is committed and read. */
export function addHeartbeats(
  progress: Progress,
  heartbeats: readonly ShardHeartbeat[],
  failures: readonly FailedItem[],
  troubles: readonly string[] = [],
  lanes: readonly LaneHeartbeat[] = [],
): LiveProgress {
  const rows = new Map(progress.providers.map((row) => [row.provider, { ...row }]));
  const counts = { ...progress.counts };
  const known = new Map(failures.map((item) => [item.id, item]));
  let open = 0;
  let { spent } = progress;
  const held = progress.held.map((row) => ({ ...row }));
  for (const beat of heartbeats) {
    for (const items of beat.held ?? []) addHeld(held, items);
    counts.passed += beat.passed;
    counts.failed += beat.failed;
    counts.errored += beat.errored;
    open += beat.open;
    spent = spent && bothSpent(spent, beat.spent ?? {});
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
    ...(progress.load === undefined ? {} : { load: addLanes(progress.load, lanes) }),
    counts,
    providers: [...rows.values()],
    held,
    ...(spent === undefined ? {} : { spent }),
    open,
    failures: [...known.values()],
    troubles: [...troubles],
  };
}

/** What a shard has set aside and not handed back yet. */
function addHeld(rows: HeldRow[], { provider, items, since, failure }: HeldItems): void {
  const row = rows.find((one) => one.provider === provider);
  if (row !== undefined) {
    row.items += items;
    return;
  }
  const { code, message, hint } = failure;
  rows.push({ provider, items, since, code, message, ...(hint === undefined ? {} : { hint }) });
}

/** What Temporal tells of an activity that has not ended. */
interface PendingActivity<T> {
  activityType?: { name?: string | null } | null;
  attempt?: number | null;
  lastFailure?: { message?: string | null; applicationFailureInfo?: { type?: string | null } | null } | null;
  heartbeatDetails?: { payloads?: T[] | null } | null;
}

/** News of the activities in flight: what shards and lanes have done so far, and which steps are tried again. */
export function newsOfPending<T>(
  pending: readonly PendingActivity<T>[],
  decode: (payload: T) => unknown,
): { heartbeats: ShardHeartbeat[]; lanes: LaneHeartbeat[]; troubles: string[] } {
  const troubles = pending.flatMap(({ activityType, attempt, lastFailure }) =>
    // A lane that is left to others is none.
    lastFailure?.message && attempt && lastFailure.applicationFailureInfo?.type !== LANE_LEFT
      ? [`${activityType?.name} failed and is tried again: ${lastFailure.message}`]
      : [],
  );
  const beats = pending.flatMap(({ heartbeatDetails }) => {
    const payload = heartbeatDetails?.payloads?.[0];
    return payload === undefined ? [] : [decode(payload)];
  });
  return { heartbeats: beats.filter(isShard), lanes: beats.filter(isLane), troubles };
}

/** Other activities beat too, with details of their own. */
function isShard(value: unknown): value is ShardHeartbeat {
  return (
    typeof value === 'object' && value !== null && 'shard' in value && 'byProvider' in value && 'failures' in value
  );
}

function isLane(value: unknown): value is LaneHeartbeat {
  return typeof value === 'object' && value !== null && 'lane' in value && 'inFlight' in value && 'rps' in value;
}
