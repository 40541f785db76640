/** What workers and the limiter of a key say to each other. No key, no text of a conversation: numbers and names. */
import type { Limit } from './limiter-limits.js';

/** Queue of all limiters of a namespace: any worker may run any of them, whichever queue its jobs have. */
export const LIMITER_QUEUE = 'arena-limits';

export const LIMITER_WORKFLOW = 'limiter';

/** Whose limits these are. */
export interface LimitedKey {
  /** Origin of the service, for example `https://api.openai.com`. */
  service: string;
  /** Where its key comes from, for example `variable OPENAI_API_KEY`; never the key, nor anything made of it. */
  keyFrom: string;
}

/** A worker asks for times to send at. */
export interface LeaseAsk {
  /** Process that asks, for people and for fair shares. */
  worker: string;
  /** What the provider files that this worker runs say. */
  limits: Limit[];
  /** Requests that it could send if it might. */
  want: number;
  /** What one of them is estimated to use. */
  tokensEach: number;
  /** Tokens that earlier requests used beyond their estimates; below 0 when they used less. */
  tokensBeyond: number;
  /** Calls that succeeded since it last asked. */
  succeeded: number;
  /** The service refused calls as too many (429, 529), and asked to wait so long; 0 when it did not say. */
  throttledMs?: number;
  /** Time that an answer takes to arrive, in milliseconds. */
  roundTripMs: number;
}

/** Longest ask that a limiter reads. */
const MAX_LIMITS = 20;
const MAX_NAME = 200;
const MAX_AMOUNT = 1e12;

/** Why an ask makes no sense, or undefined. Whoever can reach the workflow can send one. */
export function refusedAsk(ask: LeaseAsk): string | undefined {
  if (typeof ask !== 'object' || ask === null) return 'an ask is an object';
  const { worker, limits, throttledMs = 0 } = ask;
  if (typeof worker !== 'string' || worker === '' || worker.length > MAX_NAME) return 'worker is a short name';
  if (!Array.isArray(limits) || limits.length === 0 || limits.length > MAX_LIMITS) return 'limits is a short list';
  for (const { of, windowMs, count, burst } of limits) {
    if (of !== 'requests' && of !== 'tokens') return 'a limit is of requests or tokens';
    if (![windowMs, count].every((value) => isAmount(value) && value > 0)) return 'a limit is above 0';
    if (!isAmount(burst) || burst < 1) return 'a burst is 1 or more';
  }
  const amounts = [ask.want, ask.tokensEach, ask.succeeded, ask.roundTripMs, throttledMs];
  if (!amounts.every(isAmount) || !isAmount(Math.abs(ask.tokensBeyond))) return 'amounts are numbers of 0 or more';
  return undefined;
}

function isAmount(value: unknown): value is number {
  return typeof value === 'number' && value >= 0 && value <= MAX_AMOUNT;
}

/** So many times, one every so many milliseconds. */
export type Times = [start: number, everyMs: number, count: number];

export interface Lease {
  /** Time of the limiter's clock when it answered, in milliseconds since the epoch; all other times are of this clock. */
  now: number;
  /** When requests may be sent, in order. */
  times: Times[];
  /** How long after its time a request may still be sent, in milliseconds. */
  graceMs: number;
  /** Nothing is sent before, whatever was leased earlier; in the past when the service takes calls. */
  heldUntil: number;
  /** Time until the next ask makes sense, in milliseconds. */
  askAgainMs: number;
}

/** Times in the least room. */
export function packTimes(times: readonly number[]): Times[] {
  const packed: Times[] = [];
  for (const time of times) {
    const last = packed.at(-1);
    if (last === undefined) packed.push([time, 0, 1]);
    else if (last[2] === 1) packed.splice(-1, 1, [last[0], time - last[0], 2]);
    else if (Math.abs(last[0] + last[1] * last[2] - time) < 1e-3) last[2] += 1;
    else packed.push([time, 0, 1]);
  }
  return packed;
}

export function unpackTimes(packed: readonly Times[]): number[] {
  return packed.flatMap(([start, everyMs, count]) => Array.from({ length: count }, (_, i) => start + i * everyMs));
}
