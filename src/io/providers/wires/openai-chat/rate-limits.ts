/** OpenAI's rate limit headers. Source: OpenAI API, "Rate limits", rate limits in headers. */
import { parseDurationMs } from '../../../../core/duration.js';

const LIMITS = ['requests', 'tokens'];

/**
 * Milliseconds until the limits that are used up are full again, by durations such as `1s`, `6m0s` or `20ms`; undefined
 * when the headers name none.
 */
export function openAiLimitResetMs(headers: { [name: string]: string | string[] | undefined }): number | undefined {
  let wait: number | undefined;
  for (const limit of LIMITS) {
    const reset = headers[`x-ratelimit-reset-${limit}`];
    if (headers[`x-ratelimit-remaining-${limit}`] !== '0' || typeof reset !== 'string') continue;
    const ms = reset.length > 32 ? undefined : parseDurationMs(reset);
    if (ms !== undefined) wait = Math.max(wait ?? 0, ms);
  }
  return wait;
}
