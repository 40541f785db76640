/** What a load test may use, given to its lanes in blocks that grow smaller as the end comes near. */
import type { WorkAsk, WorkLease } from './lane.js';
import type { LoadReading } from './load-reading.js';
import type { BudgetState, LoadState } from './load-state.js';
import type { LoadSummary } from './load-summary.js';

const KINDS = ['usd', 'tokens'] as const;

/** Parts of the whole that a block has at most and at least, for one lane. */
const LARGEST = 1 / 10;
const SMALLEST = 1 / 100;

/**
 * A block for a lane: at most half of its part of what is left, so that no lane sits on what others need. Calls in flight
 * are paid from nothing: that is by how much the budget may be exceeded.
 */
export function leaseBudget(budget: BudgetState, ask: WorkAsk, lanes: number): WorkLease {
  const lease: WorkLease = {};
  const given = { usd: 0, tokens: 0 };
  for (const kind of KINDS) budget.used[kind] += amount(ask.used[kind]);
  delete budget.leased[ask.lane];
  if (ask.budget !== true) return lease;
  for (const kind of KINDS) {
    const limit = budget[kind];
    if (limit === undefined) continue;
    const left = Math.max(0, limit - charged(budget, kind));
    const fair = Math.min((limit * LARGEST) / lanes, left / (2 * lanes));
    const block = Math.min(left, Math.max(fair, (limit * SMALLEST) / lanes, kind === 'tokens' ? 1 : 0));
    given[kind] = kind === 'tokens' ? Math.ceil(block) : block;
    lease[kind] = given[kind];
  }
  // Of two bounds one that is used up leaves nothing to begin with.
  if (!isUsedUp(lease)) budget.leased[ask.lane] = given;
  return lease;
}

export const isUsedUp = ({ usd, tokens }: WorkLease): boolean => usd === 0 || tokens === 0;

/** The attempt that held a lease was lost, or has ended: what it used of it is not known yet. */
export function lapse(budget: BudgetState, lane: number): void {
  const lost = budget.leased[lane];
  delete budget.leased[lane];
  if (lost === undefined) return;
  for (const kind of KINDS) budget.lapsed[kind] += lost[kind];
}

/** What lanes wrote down tells how much of the lapsed leases was used at most. True when the budget is used up. */
export function compareWith(budget: BudgetState, { usedUsd, usedTokens }: LoadReading): boolean {
  const written = { usd: usedUsd, tokens: usedTokens };
  for (const kind of KINDS) {
    budget.lapsed[kind] = Math.min(budget.lapsed[kind], Math.max(0, written[kind] - budget.used[kind]));
  }
  return KINDS.some((kind) => written[kind] >= (budget[kind] ?? Infinity));
}

export function raiseBudget(budget: BudgetState, raise: { usd?: number; tokens?: number }): void {
  for (const kind of KINDS) {
    const limit = budget[kind];
    if (limit !== undefined) budget[kind] = limit + (raise[kind] ?? 0);
  }
}

/** Why a raise cannot be made, if so. */
export function refusedRaise(
  budget: BudgetState | undefined,
  raise: { usd?: number; tokens?: number },
): string | undefined {
  if (budget === undefined) return 'the test has no budget';
  if (raise.usd === undefined && raise.tokens === undefined) return 'name usd or tokens to add';
  for (const kind of KINDS) {
    const added = raise[kind];
    if (added === undefined) continue;
    if (budget[kind] === undefined) return `the budget of the test has no ${kind}`;
    const sound = Number.isFinite(added) && added > 0 && (kind === 'usd' || Number.isInteger(added));
    if (!sound) return `${kind} must be ${kind === 'usd' ? 'an amount' : 'a whole number'} above 0`;
  }
  return undefined;
}

/** The budget for people. */
export function budgetFigures({ budget, reading }: LoadState): LoadSummary['budget'] {
  if (budget === undefined) return undefined;
  const { usd, tokens, used, reached } = budget;
  return {
    ...(usd === undefined ? {} : { usd }),
    ...(tokens === undefined ? {} : { tokens }),
    usedUsd: Math.max(used.usd, reading?.usedUsd ?? 0),
    usedTokens: Math.max(used.tokens, reading?.usedTokens ?? 0),
    reached: reached === true,
  };
}

function charged({ used, leased, lapsed }: BudgetState, kind: (typeof KINDS)[number]): number {
  return Object.values(leased).reduce((sum, lease) => sum + lease[kind], used[kind] + lapsed[kind]);
}

/** Told by a worker, so only as good as that. */
const amount = (value: number): number => (Number.isFinite(value) && value > 0 ? value : 0);
