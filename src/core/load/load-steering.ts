/** What people, thresholds and the budget do to a load test while it runs. */
import { formatDurationMs, MAX_TIMER_MS } from '../duration.js';
import { retargeted } from './course.js';
import { changeFrom, courseEnd, nextChangeAt } from './lane-shares.js';
import { raiseBudget } from './load-budget.js';
import type { LoadOutline } from './load-outline.js';
import { AHEAD_MS, clockOf, type LoadState, type LoadStop, MAX_EVENTS, tell } from './load-state.js';
import { TARGET_UNIT } from './load-words.js';

/** As in the schema of the job. */
const MAX_RPS = 1_000_000;
const MAX_USERS = 100_000;

/** Why a test cannot be steered now, if so. */
export function refusedSteering(state: LoadState, outline: LoadOutline, now: number): string | undefined {
  if (state.stopAtMs !== undefined) return 'the test is ending';
  if (state.startedAt === undefined) return undefined;
  return clockOf(state, now) >= courseEnd(state, outline) ? 'the test is ending' : undefined;
}

/** Why the target cannot be changed so, if so. */
export function refusedRate(
  state: LoadState,
  outline: LoadOutline,
  { target, overMs = 0 }: { target: number; overMs?: number },
  now: number,
): string | undefined {
  const closed = outline.model === 'closed';
  const most = closed ? MAX_USERS : MAX_RPS;
  if (!Number.isFinite(target) || target < 0 || target > most || (closed && !Number.isInteger(target))) {
    return `target must be ${closed ? 'a whole number' : 'a number'} of ${TARGET_UNIT[outline.model]} from 0 to ${most}`;
  }
  if (!Number.isFinite(overMs) || overMs < 0 || overMs > MAX_TIMER_MS) return 'overMs must be a time from 0 on';
  if (state.startedAt === undefined) return 'the test has not begun';
  if (state.events.length >= MAX_EVENTS) return 'the test has been steered too often: start a new one';
  const refused = refusedSteering(state, outline, now);
  if (refused !== undefined) return refused;
  const isLate = nextChangeAt(state, now) >= courseEnd(state, outline);
  return isLate ? 'the test ends before another target could hold' : undefined;
}

export function setRate(
  state: LoadState,
  { model }: LoadOutline,
  { target, overMs = 0 }: { target: number; overMs?: number },
  now: number,
): void {
  changeFrom(state, now, (course, atMs) => ({ course: retargeted(course, atMs, target, overMs) }));
  const over = overMs === 0 ? '' : ` over ${formatDurationMs(overMs)}`;
  tell(state, 'setRate', `${target} ${TARGET_UNIT[model]}${over}`, now, state.pausedAt === undefined ? AHEAD_MS : 0);
}

/** Lets the clock stand. */
export function hold(state: LoadState, what: 'paused' | 'budgetReached', text: string, now: number): void {
  const stands = state.pausedAt !== undefined;
  tell(state, what, text, now);
  // A pause that a budget makes is drawn as one.
  if (what === 'budgetReached' && !stands) tell(state, 'paused', 'waits for more budget', now);
  state.pausedAt ??= now;
}

/**
 * Lets the clock go on from where it stood, two seconds ahead: until then it runs through times for which everything has
 * begun already, so that no lane is late when it hears of it.
 */
export function goOn(state: LoadState, now: number): void {
  if (state.pausedAt === undefined) return;
  const { pausedAt } = state;
  const clockMs = clockOf(state, now);
  delete state.pausedAt;
  state.pausedMs += now + AHEAD_MS - pausedAt;
  state.events.push({ clockMs, at: now + AHEAD_MS, what: 'resumed', text: 'resumed' });
}

/** Begins nothing more from now on; what is in flight ends. */
export function stopLoad(state: LoadState, why: LoadStop, text: string, now: number): void {
  if (state.stop !== undefined) return;
  state.stop = why;
  cutCourse(state, now);
  const what = { stopped: 'stopped', budget: 'budgetReached', threshold: 'thresholdLost' } as const;
  tell(state, what[why], text, now);
  runOn(state, now);
}

/** The test is cancelled, or out of time: what would have been due later was never asked for, so it is not missed. */
export function abandonLoad(state: LoadState, now: number): void {
  if (state.stopAtMs !== undefined) return;
  cutCourse(state, now);
  runOn(state, now);
}

function cutCourse(state: LoadState, now: number): void {
  state.stopAtMs = Math.max(0, clockOf(state, now));
}

/** The clock runs on from where it stood, to the moment at which nothing more begins. */
function runOn(state: LoadState, now: number): void {
  if (state.pausedAt === undefined) return;
  state.pausedMs += now - state.pausedAt;
  delete state.pausedAt;
}

/** The budget is used up: the test ends, or stands until there is more. */
export function budgetReached(state: LoadState, { budget }: LoadOutline, now: number): void {
  if (state.budget === undefined || state.budget.reached === true || state.stop !== undefined) return;
  state.budget.reached = true;
  if (budget?.onLimit === 'hold') hold(state, 'budgetReached', 'the budget is used up', now);
  else stopLoad(state, 'budget', 'the budget is used up', now);
}

/** `paused`: somebody has paused the test as well. */
export function addBudget(
  state: LoadState,
  raise: { usd?: number; tokens?: number },
  paused: boolean,
  now: number,
): { usd?: number; tokens?: number } {
  const { budget } = state;
  if (budget === undefined) return {};
  raiseBudget(budget, raise);
  const added = [
    ...(raise.usd === undefined ? [] : [`$${raise.usd}`]),
    ...(raise.tokens === undefined ? [] : [`${raise.tokens} tokens`]),
  ];
  tell(state, 'budgetRaised', `${added.join(' and ')} more to use`, now);
  const { usd, tokens, used } = budget;
  const isEnough = used.usd < (usd ?? Infinity) && used.tokens < (tokens ?? Infinity);
  if (budget.reached === true && isEnough) {
    delete budget.reached;
    if (!paused) goOn(state, now);
  }
  return { ...(usd === undefined ? {} : { usd }), ...(tokens === undefined ? {} : { tokens }) };
}
