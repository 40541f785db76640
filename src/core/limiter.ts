/**
 * The arithmetic of a limiter: who may send when, so that no window holds more than its limit. Times are milliseconds
 * since the epoch on the limiter's own clock; nothing here looks at one.
 */
import { graceMs, intervalMs, type Limit, measureOf, strictest } from './limiter-limits.js';
import { type Lease, type LeaseAsk, type LimitedKey, packTimes } from './limiter-messages.js';

/** Everything that a limiter knows: plain data, small, carried along when its workflow continues as new. */
export interface LimiterState {
  key: LimitedKey;
  /** For each measure the moment when the next request would come if all came evenly. */
  next: { [measure: string]: number };
  /** What was said about the limits lately. */
  heard: { limits: Limit[]; at: number }[];
  /** Those that asked lately. `ahead`: times that one has got beyond its share; below 0 it is behind. */
  workers: { [name: string]: { want: number; leased: number; ahead: number; until: number } };
  /** Part of the limits that is used now: below 1 after the service refused calls as too many. */
  pace: number;
  paceChangedAt: number;
  /** Calls that succeeded since the pace changed. */
  succeeded: number;
  heldUntil: number;
  askedAt: number;
}

/** A limit counts so long after a worker named it. */
const HEARD_FOR_MS = 3 * 60_000;

/** A lease reaches so far ahead: longer with many workers, so that their asks stay few. */
const AHEAD_MS = { least: 3000, perWorker: 100, most: 10_000 };

/** Workers ask again after half of it; a little more than that is leased, so that delays leave no gap. */
const SURPLUS = 1.1;

/** Times in one lease at most. */
const MAX_TIMES = 5000;

const ASK_AGAIN_MS = { least: 250, most: 15_000 };

/** A worker counts as gone when it is so late with its next ask. */
const LATE_MS = 2000;

const SLOWEST_PACE = 1 / 16;
const PACE_STEP = 1.25;
const PACE_STEP_MS = 5000;

/** How long a refusal holds everybody back: at least, and whatever the service says at most. */
const HOLD_MS = { least: 1000, most: 10 * 60_000 };

export function newLimiter(key: LimitedKey, now: number): LimiterState {
  return {
    key,
    next: {},
    heard: [],
    workers: {},
    pace: 1,
    paceChangedAt: now,
    succeeded: 0,
    heldUntil: 0,
    askedAt: now,
  };
}

/** The limits that hold now: the strictest of those heard lately. */
export function limitsNow({ heard }: LimiterState): Limit[] {
  return strictest(heard.flatMap(({ limits }) => limits));
}

/** Answers an ask. What is leased counts as used, whatever becomes of the worker. Changes the state. */
export function lease(state: LimiterState, ask: LeaseAsk, now: number): Lease {
  hear(state, ask, now);
  const limits = limitsNow(state);
  correctTokens(state, limits, ask.tokensBeyond);
  recover(state, ask, now);
  if (ask.throttledMs !== undefined) slowDown(state, ask.throttledMs, now);

  const aheadMs = leaseAhead(state);
  const bounds = { from: Math.max(now + ask.roundTripMs, state.heldUntil), until: now + aheadMs };
  const paces = limits.map((limit) => paceOf(state, limit, ask.tokensEach));
  const forAll = perAsk(state, paces, bounds.from, aheadMs / 2);
  const times = take(state, paces, bounds, Math.min(ask.want, fairCount(state, ask.worker, forAll), MAX_TIMES));

  const askAgainMs = untilNextAsk(state, paces, ask, { now, from: bounds.from, aheadMs, taken: times.length });
  account(state, ask.worker, { taken: times.length, until: now + askAgainMs + LATE_MS, most: Math.max(1, forAll) });
  return { now, times: packTimes(times), graceMs: graceMs(limits), heldUntil: state.heldUntil, askAgainMs };
}

function hear(state: LimiterState, { worker, limits, want }: LeaseAsk, now: number): void {
  state.askedAt = now;
  const said = JSON.stringify(limits);
  const others = state.heard.filter((entry) => now - entry.at < HEARD_FOR_MS && JSON.stringify(entry.limits) !== said);
  state.heard = [...others, { limits, at: now }];
  const ahead = state.workers[worker]?.ahead ?? 0;
  const known = Object.entries(state.workers).filter(([name, { until }]) => name !== worker && until >= now);
  state.workers = Object.fromEntries([...known, [worker, { want, leased: 0, ahead, until: now + LATE_MS }]]);
}

function correctTokens(state: LimiterState, limits: readonly Limit[], beyond: number): void {
  for (const limit of limits) {
    const next = state.next[measureOf(limit)];
    if (limit.of !== 'tokens' || next === undefined) continue;
    state.next[measureOf(limit)] = next + (beyond * intervalMs(limit, 1)) / state.pace;
  }
}

/** Halves the pace, once for all the refusals of one moment, and holds everybody back. */
function slowDown(state: LimiterState, askedMs: number, now: number): void {
  // Those that come while all are held back were sent before: they say nothing new about the pace.
  if (now >= state.heldUntil) {
    state.pace = Math.max(SLOWEST_PACE, state.pace / 2);
    state.paceChangedAt = now;
    state.succeeded = 0;
  }
  const holdMs = Math.min(HOLD_MS.most, Math.max(HOLD_MS.least, askedMs));
  state.heldUntil = Math.max(state.heldUntil, now + holdMs);
}

/** One step back towards the full pace, while calls succeed. */
function recover(state: LimiterState, { succeeded }: LeaseAsk, now: number): void {
  state.succeeded += succeeded;
  const since = Math.max(state.paceChangedAt, state.heldUntil);
  if (state.pace === 1 || state.succeeded === 0 || now - since < PACE_STEP_MS) return;
  state.pace = Math.min(1, state.pace * PACE_STEP);
  state.paceChangedAt = now;
  state.succeeded = 0;
}

/** One limit at the pace of now. */
interface Pace {
  measure: string;
  everyMs: number;
  /** How much earlier than evenly a request may come. */
  earlyMs: number;
}

function paceOf(state: LimiterState, limit: Limit, tokens: number): Pace {
  const fullMs = intervalMs(limit, tokens);
  // A service that has just refused calls gets none at once.
  const earlyMs = state.pace === 1 ? (limit.burst - 1) * fullMs : 0;
  return { measure: measureOf(limit), everyMs: fullMs / state.pace, earlyMs };
}

function firstTime(next: LimiterState['next'], paces: readonly Pace[], from: number): number {
  return paces.reduce((time, { measure, earlyMs }) => Math.max(time, (next[measure] ?? 0) - earlyMs), from);
}

/** Takes up to `count` times between the bounds. Each moves every measure on, so that the next one keeps its distance. */
function take(
  { next }: Pick<LimiterState, 'next'>,
  paces: readonly Pace[],
  { from, until }: { from: number; until: number },
  count: number,
): number[] {
  const times: number[] = [];
  while (times.length < count) {
    const time = firstTime(next, paces, from);
    if (time >= until) break;
    for (const { measure, everyMs } of paces) next[measure] = Math.max(next[measure] ?? 0, time) + everyMs;
    times.push(time);
  }
  return times;
}

/** Times between two asks if all go to one worker: what the pace gives, or what may go at once after a pause. */
function perAsk({ next }: LimiterState, paces: readonly Pace[], from: number, betweenMs: number): number {
  const slowest = Math.max(...paces.map(({ everyMs }) => everyMs));
  const bounds = { from, until: from + betweenMs };
  return Math.max(betweenMs / slowest, take({ next: { ...next } }, paces, bounds, MAX_TIMES).length);
}

/** Its part of what all workers want: a call waits about as long in one job as in another. */
function shareOf({ workers }: LimiterState, name: string): number {
  const all = Object.values(workers).reduce((sum, { want }) => sum + want, 0);
  return all === 0 ? 0 : (workers[name]?.want ?? 0) / all;
}

/** Times that a worker may take of those for all, so that in the long run each gets its share. */
function fairCount(state: LimiterState, name: string, forAll: number): number {
  const ahead = state.workers[name]?.ahead ?? 0;
  return Math.max(0, Math.ceil(SURPLUS * forAll * shareOf(state, name) - ahead));
}

/** Notes what a worker got. What one is ahead the others are behind, at most by what is leased between two asks. */
function account(
  state: LimiterState,
  name: string,
  { taken, until, most }: { taken: number; until: number; most: number },
): void {
  const entries = Object.entries(state.workers);
  for (const [other, worker] of entries) {
    worker.ahead -= taken * shareOf(state, other);
    if (other === name) Object.assign(worker, { leased: taken, until, ahead: worker.ahead + taken });
  }
  const mean = entries.reduce((sum, [, { ahead }]) => sum + ahead, 0) / entries.length;
  for (const [, worker] of entries) worker.ahead = Math.min(most, Math.max(-most, worker.ahead - mean));
}

function leaseAhead({ workers }: LimiterState): number {
  const count = Object.keys(workers).length;
  return Math.min(AHEAD_MS.most, Math.max(AHEAD_MS.least, count * AHEAD_MS.perWorker));
}

function untilNextAsk(
  { next }: LimiterState,
  paces: readonly Pace[],
  { want }: LeaseAsk,
  { now, from, aheadMs, taken }: { now: number; from: number; aheadMs: number; taken: number },
): number {
  if (taken >= want) return ASK_AGAIN_MS.least;
  if (taken > 0) return aheadMs / 2;
  // Nothing was free: the next time is about to come within reach.
  const wait = firstTime(next, paces, from) - now - aheadMs / 2;
  return Math.min(ASK_AGAIN_MS.most, Math.max(ASK_AGAIN_MS.least, wait));
}
