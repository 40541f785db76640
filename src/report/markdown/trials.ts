import type { RunSummary } from '../../core/run.js';
import type { TrialSummary } from '../../core/trial-summary.js';
import { formatCount, formatRate } from '../figures.js';
import { checkState, groupState, trialsSentence, valueStates } from '../trial-words.js';
import { codeSpan, table } from './markdown-text.js';

const MAX_ROWS = 50;

/** Groups of trials, and how much perturbations matter; empty where nothing was repeated. */
export function trialSections(summary: RunSummary): string[] {
  const { trials } = summary;
  if (trials === undefined) return [];
  const sentence = trialsSentence(summary);
  const sections: string[] = [];
  if (sentence !== undefined) sections.push(`## Trials\n\n${sentence}.\n\n${groupTable(trials)}`);
  if (trials.sensitivity.length > 0) sections.push(sensitivity(trials));
  return sections;
}

function groupTable({ table: groups, groups: { total } }: TrialSummary): string {
  const rows = groups
    .slice(0, MAX_ROWS)
    .map((group) => [
      codeSpan(group.key),
      `${group.passed}/${group.trials} (${formatRate(group.passed, group.passed + group.failed + group.errored)})`,
      `${group.verdict === 'passed' ? '✅' : '❌'} ${groupState(group)}`,
      (group.checks ?? []).map((check) => `${check.holds ? '' : '❌ '}${codeSpan(checkState(check))}`).join(', '),
    ]);
  return table(['Group', 'Passed', 'Verdict', 'Checks with a threshold'], rows) + more(total - rows.length);
}

function sensitivity({ sensitivity: all }: TrialSummary): string {
  const rows = all.slice(0, MAX_ROWS).map((row) => [
    codeSpan(row.key),
    formatCount(row.variants),
    `${formatRate(row.lowest, 1)} to ${formatRate(row.highest, 1)}`,
    valueStates(row)
      .slice(0, 5)
      .map((text) => codeSpan(text))
      .join(', '),
  ]);
  const head = ['Conversation', 'Variants', 'Pass rate by variant', 'By value, lowest first'];
  return `## Perturbations\n\nHow much the wording matters.\n\n${table(head, rows)}${more(all.length - rows.length)}`;
}

function more(omitted: number): string {
  return omitted > 0 ? `\n${formatCount(omitted)} more stand in summary.json.\n` : '';
}
