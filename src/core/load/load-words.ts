/** What load tests are told in, the same everywhere. */
import { formatDurationMs } from '../duration.js';
import { formatUsd } from '../usd.js';
import type { LoadFigures } from './load-summary.js';
import type { Threshold } from './thresholds.js';

/** What the target of the model counts. */
export const TARGET_UNIT: { [Model in LoadFigures['model']]: string } = {
  open: 'requests a second',
  closed: 'virtual users',
};

/** `latency_p95 < 3s` */
export function ruleText({ metric, operator, value }: Pick<Threshold, 'metric' | 'operator' | 'value'>): string {
  return `${metric} ${operator} ${value}`;
}

/** `latency_p95 < 3s`, `error_rate < 1% (refunds, alpha)`: whose it is where that is not everybody. */
export function thresholdText(threshold: Threshold): string {
  const of = [threshold.scenario, threshold.provider].filter((name) => name !== undefined);
  return `${ruleText(threshold)}${of.length === 0 ? '' : ` (${of.join(', ')})`}`;
}

/** `$5.02 of $5.00, 9000 of 10000 tokens`: what was used of each bound. */
export function budgetText({ usd, tokens, usedUsd = 0, usedTokens = 0 }: NonNullable<LoadFigures['budget']>): string {
  const parts = [
    ...(usd === undefined ? [] : [`${formatUsd(usedUsd)} of ${formatUsd(usd)}`]),
    ...(tokens === undefined ? [] : [`${usedTokens} of ${tokens} tokens`]),
  ];
  return parts.join(', ');
}

type Clock = Pick<LoadFigures, 'clockMs' | 'endMs'>;

/** The test's clock, which neither runs before the beginning nor beyond the end. */
export function elapsedText({ clockMs, endMs = Infinity }: Clock): string {
  return formatDurationMs(Math.max(0, Math.min(clockMs, endMs)));
}

/** `6m0s of 10m0s`; its end where that is known. */
export function clockText(clock: Clock, of: ' of ' | '/'): string {
  const { endMs } = clock;
  return endMs === undefined ? elapsedText(clock) : `${elapsedText(clock)}${of}${formatDurationMs(endMs)}`;
}

/** `rate_limited 89, call_timeout 31` */
export function errorsText(errors: { [code: string]: number }): string {
  return Object.entries(errors)
    .map(([code, count]) => `${code} ${count}`)
    .join(', ');
}
