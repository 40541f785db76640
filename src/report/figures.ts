/** Numbers as people read them, the same in every report. A dash stands for unknown. */
import { formatDurationMs } from '../core/duration.js';
import { formatUsd } from '../core/usd.js';

const UNKNOWN = '–';

export function formatCost(usd: number | undefined): string {
  return usd === undefined ? UNKNOWN : formatUsd(usd);
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

/** `2026-11-20 14:05 UTC` */
export function formatTime(epochMs: number): string {
  return `${new Date(epochMs).toISOString().slice(0, 16).replace('T', ' ')} UTC`;
}
