/** What a key may do: how much in any stretch of time, and what pace keeps it so by the count of the other side. */

/** A steady pace, and what may go at once: any window, wherever it begins, holds at most `count + burst - 1`. */
export interface Limit {
  of: 'requests' | 'tokens';
  /** Length of the window, in milliseconds. */
  windowMs: number;
  /** Steady pace: so much in a window. More than 0, may be a fraction. */
  count: number;
  /** Requests that may go at once after a pause; at least 1. Tokens have none: their burst is one request. */
  burst: number;
}

/** As a provider file writes them; 0 or absent: no limit. */
export interface WrittenLimits {
  rps?: number;
  burst?: number;
  requests_per_minute?: number;
  tokens_per_minute?: number;
}

const SECOND_MS = 1000;
const MINUTE_MS = 60_000;

/** Of a limit a minute this part may go at once: whatever goes at once is missing from the steady pace. */
const BURST_SHARE_OF_MINUTE = 1 / 20;

/**
 * With `rps`, any second holds at most `rps + burst - 1` requests, and any longer time `rps` a second: a token bucket. A
 * limit a minute is never exceeded, so of its number at most a twentieth may go at once.
 */
export function limitsOf(written: WrittenLimits | undefined): Limit[] {
  const { rps = 0, requests_per_minute: requests = 0, tokens_per_minute: tokens = 0 } = written ?? {};
  const burst = Math.max(1, written?.burst ?? 1);
  const limits: Limit[] = [];
  if (rps > 0) limits.push({ of: 'requests', windowMs: SECOND_MS, count: rps, burst });
  if (requests > 0) {
    const atOnce = Math.min(burst, 1 + Math.floor(requests * BURST_SHARE_OF_MINUTE));
    limits.push({ of: 'requests', windowMs: MINUTE_MS, count: requests - atOnce + 1, burst: atOnce });
  }
  if (tokens > 0) limits.push({ of: 'tokens', windowMs: MINUTE_MS, count: tokens, burst: 1 });
  return limits;
}

/** What two limits are measured by; of those that have the same, the strictest holds. */
export function measureOf({ of, windowMs }: Limit): string {
  return `${of}/${windowMs}`;
}

/** One limit for each measure: the least of all counts, and of all bursts. */
export function strictest(limits: readonly Limit[]): Limit[] {
  const found = new Map<string, Limit>();
  for (const limit of limits) {
    const other = found.get(measureOf(limit)) ?? limit;
    const count = Math.min(limit.count, other.count);
    found.set(measureOf(limit), { ...limit, count, burst: Math.min(limit.burst, other.burst) });
  }
  return [...found.values()];
}

/**
 * By how much a window is made longer: requests do not arrive as evenly as they are sent. 80 ms of a second, 1.3 s of a
 * minute, which leaves 93 % and 98 % of the limit.
 */
export function marginMs(windowMs: number): number {
  return 60 + windowMs / 50;
}

/** How late a request may be sent after its time; what is left of the margin is for clocks and the network. */
export function graceMs(limits: readonly Limit[]): number {
  return Math.min(...limits.map(({ windowMs }) => marginMs(windowMs) / 2));
}

/** Time that a request takes of its limit, in milliseconds. `tokens` is what it is estimated to use. */
export function intervalMs({ of, windowMs, count }: Limit, tokens: number): number {
  const spread = windowMs + marginMs(windowMs);
  if (of === 'requests') return spread / count;
  // As if all were as large as this one: where few fit into a window, the last one must fit as well.
  return spread / Math.max(1, Math.floor(count / Math.max(1, tokens)));
}

/** `at most 300 requests in any minute`, for people. */
export function describeLimit({ of, windowMs, count, burst }: Limit): string {
  const window = windowMs === SECOND_MS ? 'second' : windowMs === MINUTE_MS ? 'minute' : `${windowMs / 1000} s`;
  const atOnce = burst > 1 ? `, ${burst} at once` : '';
  return `at most ${count + burst - 1} ${of} in any ${window}${atOnce}`;
}
