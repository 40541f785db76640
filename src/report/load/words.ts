/** Load tests in words, the same in every report. */
import type { LoadRow, LoadSummary } from '../../core/load/load-summary.js';
import { isTimeMetric, type ThresholdResult, type ThresholdState } from '../../core/load/thresholds.js';
import { formatCost, formatMs, formatRate } from '../figures.js';

export const STATE_WORDS: { [State in ThresholdState]: string } = {
  passed: 'holds',
  failed: 'lost',
  unknown: 'not measured',
};

/** What was measured, as the metric is read: `2.1s`, `0.4 %`, `$1.20`. */
export function measuredText({ metric, actual }: ThresholdResult): string {
  if (actual === undefined) return '–';
  if (metric === 'total_cost') return formatCost(actual);
  return isTimeMetric(metric) ? formatMs(actual) : formatRate(actual, 1);
}

/** `5 of 6 hold` */
export function holdText(thresholds: readonly ThresholdResult[]): string {
  return `${thresholds.filter(({ state }) => state === 'passed').length} of ${thresholds.length} hold`;
}

/** A number a second: `99.8`, `1,250`, `0.25`. */
export function formatPace(perSecond: number): string {
  const digits = perSecond >= 100 ? 0 : perSecond >= 10 ? 1 : 2;
  const rounded = Number(perSecond.toFixed(digits));
  // 99.96 of 100 is not 100.
  const told = rounded >= 100 && perSecond < 100 ? 99.9 : rounded;
  return told.toLocaleString('en-US', { maximumFractionDigits: 2 });
}

/** A moment of the test: `45s`, `2m10s`. */
export const formatSecond = (second: number): string => formatMs(Math.max(0, second) * 1000);

/** Name of a row: its scenario and provider, as far as it has them. */
export function rowName({ scenario, provider }: LoadRow): string {
  const names = [scenario, provider].filter((name) => name !== undefined);
  return names.length === 0 ? 'All' : names.join(' / ');
}

/** Conversations of a row that ended. */
export function endedOf({ conversations: { passed, failed, errored } }: LoadRow): number {
  return passed + failed + errored;
}

/**
 * What a reader must know of requests and conversations that are in no percentile: dropped, unknown, cut off. One
 * sentence each.
 */
export function missingSentences({ model, requests, conversations }: Missing): string[] {
  const { dropped, interrupted = 0, unknown = 0 } = conversations;
  const sentences: string[] = [];
  if (dropped > 0) {
    const why =
      model === 'open' ? 'too many were in flight, or the workers were too far behind' : 'no worker was there for them';
    sentences.push(`${count(dropped, 'conversation')} did not begin when due: ${why}.`);
  }
  if (requests.unknown > 0 || unknown > 0) {
    const parts = [count(requests.unknown, 'request')];
    if (unknown > 0) parts.push(count(unknown, 'conversation'));
    sentences.push(`How ${parts.join(' and ')} ended is unknown: their workers were lost.`);
  }
  if (interrupted > 0) {
    sentences.push(`${count(interrupted, 'conversation')} ${interrupted === 1 ? 'was' : 'were'} cut off at the end.`);
  }
  return sentences;
}

type Missing = Pick<LoadSummary, 'model'> & {
  requests: { unknown: number };
  conversations: { dropped: number; interrupted?: number; unknown?: number };
};

function count(number: number, word: string): string {
  return `${number.toLocaleString('en-US')} ${word}${number === 1 ? '' : 's'}`;
}
