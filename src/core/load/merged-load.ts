/** What the lanes of a load test have written, merged as it comes: each slice once, and what lost workers left open. */
import { dueOfLane } from './lane-due.js';
import type { LoadChange } from './load-control.js';
import { addDropped, addSlice, emptyPicture, type LoadPicture } from './load-picture.js';
import type { LoadSlice } from './load-slice.js';

/** Up to where the slices of an attempt are read: a minute of them, a segment in it, the bytes that were whole lines. */
export interface SliceCursor {
  block: string;
  segment: string;
  offset: number;
}

/** An attempt of a lane, as its slices tell of it. */
export interface AttemptAccount {
  read?: SliceCursor;
  /** Newest second, those left out in which it was stalled. */
  second: number;
  /** Of the newest slice. */
  begun: number;
  sent: number;
  open: number;
  inFlight: number;
  /** It has ended in order. */
  ended?: true;
  /** What it may have begun after its newest slice, if it was lost. */
  after?: { conversations: number; requests: number; second: number };
}

export interface LaneAccount {
  /** The test's clock up to which the lane's share was begun, or is known to be lost. */
  toMs: number;
  /** Sorted by name in the order in which they began. */
  attempts: { [attempt: string]: AttemptAccount };
}

/** `runs/<run>/load-picture`. */
export interface MergedLoad {
  schemaVersion: 1;
  picture: LoadPicture;
  lanes: { [lane: string]: LaneAccount };
  /** Requests that were sent in each of the newest seconds. */
  recent: { [second: string]: number };
}

/** What was asked for, to tell what was not made. */
export interface LoadTerms {
  model: 'open' | 'closed';
  changes: readonly LoadChange[];
  /** Requests of a conversation, on an average. */
  perConversation: number;
}

/** What a process has counted and a kill takes along: slices are written once a second. */
const UNTOLD_MS = 1_000;
/** Seconds that are kept in `recent`. */
const RECENT = 15;

export function emptyMerged(): MergedLoad {
  return { schemaVersion: 1, picture: emptyPicture(), lanes: {}, recent: {} };
}

/** Adds a slice of an attempt. Those of an attempt come in their order. */
export function mergeSlice(
  merged: MergedLoad,
  of: { lane: number; attempt: string },
  slice: LoadSlice,
  terms: LoadTerms,
): void {
  const lane = laneOf(merged, of.lane);
  const attempt = attemptOf(lane, of.attempt);
  const { fromMs, toMs } = slice.clock;
  // One that stands for no time, as of an attempt that came after the end, says nothing of the time before it.
  if (toMs > fromMs) {
    if (fromMs > lane.toMs) miss(merged, of.lane, { toMs: fromMs, second: slice.second, terms });
    lane.toMs = Math.max(lane.toMs, toMs);
  }
  addSlice(merged.picture, slice);
  const { begun, sent, open, inFlight } = slice;
  Object.assign(attempt, { begun, sent, open, inFlight });
  if (!slice.stalled) attempt.second = slice.second;
  if (slice.last) endAttempt(merged, attempt, terms);
  merged.recent[slice.second] = (merged.recent[slice.second] ?? 0) + sent;
  for (const second of Object.keys(merged.recent).slice(0, -RECENT)) delete merged.recent[second];
}

/** The test is over at `endMs` of its clock, and no lane comes back: what is due until then and not begun is dropped. */
export function settleLanes(merged: MergedLoad, endMs: number, terms: LoadTerms): void {
  for (const lane of new Set(terms.changes.flatMap(({ lanes }) => lanes))) {
    const account = laneOf(merged, lane);
    if (endMs <= account.toMs) continue;
    const newest = Math.max(-1, ...Object.values(account.attempts).map(({ second }) => second));
    miss(merged, lane, { toMs: endMs, second: newest + 1 + Math.ceil((endMs - account.toMs) / 1000), terms });
    account.toMs = endMs;
  }
  merged.picture.unknown = lostOf(merged, true);
}

/** What attempts that others have followed, or with `final` all that did not end in order, had open or may have begun. */
export function lostOf(merged: MergedLoad, final: boolean): { conversations: number; requests: number } {
  const lost = { conversations: 0, requests: 0 };
  for (const { attempts } of Object.values(merged.lanes)) {
    const newest = newestOf(attempts);
    for (const [name, attempt] of Object.entries(attempts)) {
      if (attempt.ended || (name === newest && !final)) continue;
      lost.conversations += attempt.open + (attempt.after?.conversations ?? 0);
      lost.requests += attempt.inFlight + (attempt.after?.requests ?? 0);
    }
  }
  return lost;
}

/** Attempts that are under way, by their lane: the newest one of each that has not ended. */
export function liveAttempts(merged: MergedLoad): { lane: number; attempt: AttemptAccount }[] {
  return Object.entries(merged.lanes).flatMap(([lane, { attempts }]) => {
    const attempt = attempts[newestOf(attempts) ?? ''];
    return attempt === undefined || attempt.ended ? [] : [{ lane: Number(lane), attempt }];
  });
}

/** The account of an attempt, for the one who reads its slices. */
export function accountOf(merged: MergedLoad, of: { lane: number; attempt: string }): AttemptAccount {
  return attemptOf(laneOf(merged, of.lane), of.attempt);
}

function laneOf(merged: MergedLoad, lane: number): LaneAccount {
  const account = merged.lanes[lane] ?? { toMs: 0, attempts: {} };
  merged.lanes[lane] = account;
  return account;
}

function attemptOf(lane: LaneAccount, name: string): AttemptAccount {
  const attempt = lane.attempts[name] ?? { second: -1, begun: 0, sent: 0, open: 0, inFlight: 0 };
  lane.attempts[name] = attempt;
  return attempt;
}

const newestOf = (attempts: LaneAccount['attempts']): string | undefined => Object.keys(attempts).sort().at(-1);

/** Nobody made the lane's share up to `toMs`, which is at about `second`. */
function miss(
  merged: MergedLoad,
  lane: number,
  { toMs, second, terms }: { toMs: number; second: number; terms: LoadTerms },
): void {
  const account = laneOf(merged, lane);
  const fromMs = account.toMs;
  const lost = lastTold(account);
  const untoldMs = lost === undefined ? 0 : Math.min(toMs - fromMs, UNTOLD_MS);
  const startSecond = Math.max(0, second - Math.ceil((toMs - fromMs) / 1000));
  if (lost !== undefined)
    lost.after = untoldOf(lost, dueOfLane(terms.changes, lane, fromMs, fromMs + untoldMs), startSecond, terms);
  if (terms.model === 'closed') return;
  const requests = dueOfLane(terms.changes, lane, fromMs + untoldMs, toMs);
  spread(merged.picture, requests, terms.perConversation, startSecond, second);
}

/** The attempt after which a gap begins, if it did not end in order. */
function lastTold({ attempts }: LaneAccount): AttemptAccount | undefined {
  const told = Object.values(attempts).filter(({ second }) => second >= 0);
  const latest = told.reduce<AttemptAccount | undefined>(
    (newest, each) => (newest === undefined || each.second >= newest.second ? each : newest),
    undefined,
  );
  return latest?.ended || latest?.after !== undefined ? undefined : latest;
}

function untoldOf(
  { begun, sent }: AttemptAccount,
  due: number,
  second: number,
  { model, perConversation }: LoadTerms,
): AttemptAccount['after'] {
  if (model === 'closed') return { conversations: begun, requests: sent, second };
  return { conversations: Math.round(due / perConversation), requests: Math.round(due), second };
}

/** It told its end after all, later than another one had begun: what it might have begun it did not begin. */
function endAttempt(merged: MergedLoad, attempt: AttemptAccount, { model }: LoadTerms): void {
  attempt.ended = true;
  const { after } = attempt;
  if (after === undefined) return;
  if (model === 'open') addDropped(merged.picture, after.second, after.conversations, after.requests);
  delete attempt.after;
}

/** Adds conversations of so many requests to the seconds from ≤ s < to, evenly. */
function spread(picture: LoadPicture, requests: number, perConversation: number, from: number, to: number): void {
  const seconds = Math.max(1, to - from);
  const conversations = Math.round(requests / perConversation);
  let added = 0;
  for (let i = 1; i <= seconds && conversations > 0; i += 1) {
    const upTo = Math.round((conversations * i) / seconds);
    addDropped(picture, from + i - 1, upTo - added, ((upTo - added) * requests) / conversations);
    added = upTo;
  }
}
