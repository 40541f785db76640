/** Conversations of a test that ends with its trials, given to its lanes in blocks. */
import type { WorkAsk, WorkLease } from './lane.js';
import { sharing } from './lane-shares.js';
import { isUsedUp, leaseBudget } from './load-budget.js';
import type { LoadOutline } from './load-outline.js';
import type { LoadState } from './load-state.js';
import { budgetReached } from './load-steering.js';

/** A lost worker takes no more conversations along than so many, or their five hundredth part. */
const MAX_BLOCK = 50;
const MOST_BLOCKS = 500;

/** Answers a lane; a budget that is used up has its consequence at once. */
export function leaseWork(state: LoadState, outline: LoadOutline, ask: WorkAsk, now: number): WorkLease {
  const lanes = Math.max(1, sharing(state).length);
  const lease = state.budget === undefined ? {} : leaseBudget(state.budget, ask, lanes);
  if (isUsedUp(lease)) budgetReached(state, outline, now);
  if (ask.conversations !== true || outline.conversations === undefined) return lease;
  return { ...lease, conversations: nextBlock(state, outline.conversations, lanes) };
}

/** A lane ended before it began all that it had been given. */
export function giveBack(state: LoadState, left: { from: number; to: number } | undefined): void {
  if (left !== undefined && left.to > left.from) state.returned.push(left);
}

function nextBlock(state: LoadState, conversations: number, lanes: number): { from: number; to: number } {
  const returned = state.returned.shift();
  if (returned !== undefined) return returned;
  const from = Math.min(state.nextConversation, conversations);
  const left = conversations - from;
  const largest = Math.max(MAX_BLOCK, Math.ceil(conversations / MOST_BLOCKS));
  const to = from + Math.min(left, largest, Math.max(1, Math.floor(left / (2 * lanes))));
  state.nextConversation = to;
  return { from, to };
}
