/** Numbers as people read them, the same in every report. A dash stands for unknown. */
import type { CachedCalls } from '../core/conversation.js';
import { formatDurationMs } from '../core/duration.js';
import type { RunSummary } from '../core/run.js';
import { formatUsd } from '../core/usd.js';
import { wilsonInterval } from '../core/wilson-interval.js';

const UNKNOWN = '–';

export function formatCost(usd: number | undefined): string {
  return usd === undefined ? UNKNOWN : formatUsd(usd);
}

/** `12 answers from the cache, $0.0140 saved`; undefined when nothing came from there. */
export function formatCached(cached: CachedCalls | undefined): string | undefined {
  if (cached === undefined) return undefined;
  const { calls, savedUsd } = cached;
  const saved = savedUsd === undefined ? 'unknown savings' : `${formatUsd(savedUsd)} saved`;
  return `${formatCount(calls)} ${calls === 1 ? 'answer' : 'answers'} from the cache, ${saved}`;
}

/** `gpt-4o 2m5s, judge 40s`: providers that were down, and for how long; undefined where none was. */
export function formatHeld(held: RunSummary['held']): string | undefined {
  if (held === undefined || held.length === 0) return undefined;
  return held.map(({ provider, ms }) => `${provider} ${formatDurationMs(ms)}`).join(', ');
}

export function formatMs(ms: number | undefined): string {
  return ms === undefined ? UNKNOWN : formatDurationMs(ms);
}

/** `1,234,567` */
export function formatCount(count: number | undefined): string {
  return count === undefined ? UNKNOWN : count.toLocaleString('en-US');
}

/** `97.5 %`; never rounded to 100 or 0 when it is not. */
export function formatRate(part: number, whole: number): string {
  if (whole === 0) return UNKNOWN;
  const percent = (100 * part) / whole;
  if (part > 0 && percent < 0.1) return '< 0.1 %';
  if (part < whole && percent > 99.9) return '> 99.9 %';
  return `${percent.toFixed(1).replace(/\.0$/, '')} %`;
}

/** `61–93 %`: the Wilson interval at 95 %; undefined when nothing was tried. */
export function formatInterval(part: number, whole: number): string | undefined {
  const interval = wilsonInterval(part, whole);
  if (interval === undefined) return undefined;
  const digits = interval.high - interval.low < 0.02 ? 1 : 0;
  return `${(100 * interval.low).toFixed(digits)}–${(100 * interval.high).toFixed(digits)} %`;
}

/** `2026-11-20 14:05 UTC` */
export function formatTime(epochMs: number): string {
  return `${new Date(epochMs).toISOString().slice(0, 16).replace('T', ' ')} UTC`;
}
