/** Longest wait that is taken over from a server. */
const MAX_WAIT_MS = 3_600_000;

/**
 * Milliseconds that `Retry-After` asks for, in either form of RFC 9110 §10.2.3 (seconds, or an HTTP date), or that the
 * finer `retry-after-ms` of OpenAI and Azure asks for. Undefined when the headers ask for nothing sensible.
 */
export function retryAfterMs(
  headers: { [name: string]: string | string[] | undefined },
  nowMs: number,
): number | undefined {
  const fine = headers['retry-after-ms'];
  if (typeof fine === 'string' && /^\d+(\.\d+)?$/.test(fine)) return boundedWaitMs(Number(fine));
  const coarse = headers['retry-after'];
  if (typeof coarse !== 'string') return undefined;
  if (/^\s*\d+(\.\d+)?\s*$/.test(coarse)) return boundedWaitMs(Number(coarse) * 1000);
  // Every form of an HTTP date begins with a day of the week; Date.parse takes much else for one.
  if (!/^[A-Za-z]{3}/.test(coarse)) return undefined;
  const date = Date.parse(coarse);
  return Number.isNaN(date) ? undefined : boundedWaitMs(date - nowMs);
}

/** Whole milliseconds within what is taken over from a server. */
export function boundedWaitMs(ms: number): number {
  return Math.min(MAX_WAIT_MS, Math.max(0, Math.ceil(ms)));
}
