import type { LaneHeartbeat } from './lane.js';
import type { LoadFigures } from './load-summary.js';

/**
 * A load test this moment: what was read of it last, and what its lanes say of themselves since. Counts never fall back
 * behind the reading, which alone knows of attempts that are over.
 */
export function addLanes(load: LoadFigures, lanes: readonly LaneHeartbeat[]): LoadFigures {
  if (lanes.length === 0) return load;
  const sum = (of: (lane: LaneHeartbeat) => number): number => lanes.reduce((total, lane) => total + of(lane), 0);
  const { requests, conversations, costUsd } = load;
  const cost = sum((lane) => lane.costUsd ?? Number.NaN);
  const counts = { ...requests };
  for (const key of ['sent', 'ended', 'failed', 'rateLimited'] as const) {
    counts[key] = Math.max(
      counts[key],
      sum((lane) => lane[key]),
    );
  }
  const dropped = sum((lane) => lane.dropped);
  return {
    ...load,
    rps: Math.round(10 * sum(({ rps }) => rps)) / 10,
    requests: counts,
    conversations: { ...conversations, dropped: Math.max(conversations.dropped, dropped) },
    open: sum(({ open }) => open),
    inFlight: sum(({ inFlight }) => inFlight),
    ...(costUsd === undefined || Number.isNaN(cost) ? {} : { costUsd: Math.max(costUsd, cost) }),
  };
}
