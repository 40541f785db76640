/** What conversations used and what they cost, as it is told while a run is open. */
import type { Usage } from './conversation.js';

export interface Spent extends Pick<Usage, 'inputTokens' | 'outputTokens'> {
  /** US dollars; missing when any part is unknown. */
  costUsd?: number;
}

/** Of one conversation. One that made no call has no cost to know. */
export function spentOf({ inputTokens, outputTokens, costUsd, calls }: Spent & { calls: number }): Spent {
  return bothSpent({ costUsd: 0 }, { inputTokens, outputTokens, costUsd: costUsd ?? (calls > 0 ? undefined : 0) });
}

/** An unknown cost makes the sum unknown; an unknown number of tokens adds nothing. */
export function bothSpent(one: Spent, other: Spent): Spent {
  const sum: Spent = {};
  for (const key of ['inputTokens', 'outputTokens'] as const) {
    if (one[key] !== undefined || other[key] !== undefined) sum[key] = (one[key] ?? 0) + (other[key] ?? 0);
  }
  if (one.costUsd !== undefined && other.costUsd !== undefined) sum.costUsd = one.costUsd + other.costUsd;
  return sum;
}

export const NOTHING_SPENT: Readonly<Spent> = { costUsd: 0 };
