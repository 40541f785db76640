/** Anthropic's rate limit headers. Source: Anthropic API, "Rate limits", response headers. */

const LIMITS = ['requests', 'tokens', 'input-tokens', 'output-tokens'];

/**
 * Milliseconds until the limits that are used up are full again, by their RFC 3339 times; undefined when the headers name
 * none.
 */
export function limitResetMs(
  headers: { [name: string]: string | string[] | undefined },
  nowMs: number,
): number | undefined {
  let wait: number | undefined;
  for (const limit of LIMITS) {
    const reset = headers[`anthropic-ratelimit-${limit}-reset`];
    if (headers[`anthropic-ratelimit-${limit}-remaining`] !== '0' || typeof reset !== 'string') continue;
    const at = RFC_3339.test(reset) ? Date.parse(reset) : Number.NaN;
    if (!Number.isNaN(at)) wait = Math.max(wait ?? 0, at - nowMs);
  }
  return wait;
}

const RFC_3339 = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?(Z|[+-]\d\d:\d\d)$/;
