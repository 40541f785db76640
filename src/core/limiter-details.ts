import { formatDurationMs } from './duration.js';
import { type LimiterState, limitsNow } from './limiter.js';
import { describeLimit, intervalMs } from './limiter-limits.js';
import { cell } from './progress.js';

/** Workers shown; the rest is counted. */
const MAX_ROWS = 50;

/** The Markdown that stands in the limiter's current details in the Temporal UI. */
export function describeLimiter(state: LimiterState, now: number): string {
  const limits = limitsNow(state);
  const requests = limits.filter(({ of }) => of === 'requests');
  const slowestMs = Math.max(0, ...requests.map((limit) => intervalMs(limit, 0))) / state.pace;
  const lines = [`**${cell(state.key.service)}**, key from ${cell(state.key.keyFrom)}`, ''];
  for (const limit of limits) lines.push(`- ${describeLimit(limit)}`);
  if (slowestMs > 0) lines.push(`- pace now: one request every ${formatDurationMs(slowestMs)}`);
  if (state.pace < 1) lines.push(`- slowed down to ${Math.round(state.pace * 100)} % after refusals of the service`);
  if (state.heldUntil > now) lines.push(`- held back until ${new Date(state.heldUntil).toISOString()}`);
  lines.push('', '| worker | waiting | last lease |', '|---|---:|---:|');
  const workers = Object.entries(state.workers);
  for (const [name, { want, leased }] of workers.slice(0, MAX_ROWS)) {
    lines.push(`| ${cell(name)} | ${want} | ${leased} |`);
  }
  if (workers.length > MAX_ROWS) lines.push(`| (${workers.length - MAX_ROWS} others) | | |`);
  return lines.join('\n');
}
