/** Rows about trials as people read them, the same in every report. */
import type { JobResult } from '../core/run.js';
import type { CheckRate, Sensitivity, TrialGroup } from '../core/trial-summary.js';
import { formatCount, formatRate } from './figures.js';

/** `flaky, within pass_threshold` */
export function groupState({ verdict, flaky, tolerated }: TrialGroup): string {
  const words: string[] = [verdict];
  if (flaky) words.push('flaky');
  if (tolerated > 0 && verdict === 'passed') words.push('within pass_threshold');
  return words.join(', ');
}

/** `contains 8/10, at least 80 %` */
export function checkState({ type, passed, judged, threshold }: CheckRate): string {
  return `${type} ${passed}/${judged}, at least ${formatRate(threshold, 1)}`;
}

/** `tone "angry" 25 %`, the lowest first. */
export function valueStates({ values }: Sensitivity): string[] {
  const sorted = [...values].sort((a, b) => a.passRate - b.passRate);
  return sorted.map(({ key, value, passed, ended }) => `${key} ${JSON.stringify(value)} ${formatRate(passed, ended)}`);
}

/** `12 of 14 groups of trials passed, 3 are flaky`; undefined where nothing was repeated. */
export function trialsSentence({ trials, counts }: Pick<JobResult, 'trials' | 'counts'>): string | undefined {
  if (trials === undefined || trials.groups.total === 0) return undefined;
  const { total, passed, flaky } = trials.groups;
  const parts = [`${formatCount(passed)} of ${formatCount(total)} groups of trials passed`];
  if (flaky > 0) parts.push(`${formatCount(flaky)} ${flaky === 1 ? 'is' : 'are'} flaky`);
  if (counts.tolerated) {
    const failures = counts.tolerated === 1 ? 'failure is' : 'failures are';
    parts.push(`${formatCount(counts.tolerated)} ${failures} within a pass_threshold`);
  }
  return parts.join(', ');
}
