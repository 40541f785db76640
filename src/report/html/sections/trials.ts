import type { RunSummary } from '../../../core/run.js';
import type { CheckRate, Sensitivity, TrialGroup } from '../../../core/trial-summary.js';
import { formatCount, formatInterval, formatRate } from '../../figures.js';
import { checkState, groupState, trialsSentence, valueStates } from '../../trial-words.js';
import { escapeMarkup } from '../../xml.js';
import { verdictBar } from '../charts/verdict-bar.js';
import { filterButton } from './filter-button.js';
import { columns, scrollTable, section } from './section.js';

const MAX_ROWS = 500;
const MAX_VALUES = 20;

/** Groups of trials, and how much perturbations matter; empty where nothing was repeated. */
export function trialSections(summary: RunSummary): string {
  const { trials } = summary;
  if (trials === undefined) return '';
  const sections: string[] = [];
  const sentence = trialsSentence(summary);
  if (sentence !== undefined) {
    const head = ['Group', 'Pass rate', '95 % interval', 'Passed', 'Verdict', 'Checks with a threshold'];
    const more = trials.groups.total - MAX_ROWS;
    const body = tableOf('trials', head, trials.table.map(groupRow), more);
    sections.push(section({ id: 'trials', title: 'Trials', hint: `${sentence}.` }, body));
  }
  if (trials.sensitivity.length > 0) {
    const head = ['Conversation', 'Variants', 'Lowest', 'Highest', 'By value, lowest first'];
    const rows = trials.sensitivity.map(sensitivityRow);
    const body = tableOf('variants', head, rows, rows.length - MAX_ROWS);
    sections.push(section({ id: 'variants', title: 'Perturbations', hint: 'How much the wording matters.' }, body));
  }
  return sections.join('\n');
}

function tableOf(id: string, head: string[], rows: string[], more: number): string {
  const note = more > 0 ? `\n<p class="notice">${formatCount(more)} more stand in summary.json.</p>` : '';
  const shown = rows.slice(0, MAX_ROWS);
  return scrollTable({ id, className: 'providers trials', head: columns(head), rows: shown }) + note;
}

function nameCell(row: TrialGroup | Sensitivity): string {
  const button = filterButton(
    { scenario: row.scenario, provider: row.provider },
    `Show ${row.key}`,
    escapeMarkup(row.key),
  );
  return `<th scope="row">${button}</th>`;
}

function groupRow(group: TrialGroup): string {
  const ended = group.passed + group.failed + group.errored;
  const bar = verdictBar({ ...group, pending: Math.max(0, group.trials - ended) });
  const rate = `<div class="rate-cell"><span>${escapeMarkup(formatRate(group.passed, ended))}</span>${bar}</div>`;
  const checks = (group.checks ?? []).map(checkHtml).join('');
  const verdict = `<span class="group-verdict ${group.verdict}">${escapeMarkup(groupState(group))}</span>`;
  return `<tr>${nameCell(group)}<td>${rate}</td><td>${escapeMarkup(formatInterval(group.passed, ended) ?? '–')}</td><td>${group.passed}/${group.trials}</td><td>${verdict}</td><td class="words"><ul>${checks}</ul></td></tr>`;
}

function checkHtml(check: CheckRate): string {
  const mark = check.holds ? '✓' : '✗';
  const word = check.holds ? 'Holds' : 'Broken';
  return `<li><span title="${word}">${mark}</span> ${escapeMarkup(checkState(check))}</li>`;
}

function sensitivityRow(row: Sensitivity): string {
  const values = valueStates(row).slice(0, MAX_VALUES);
  const list = values.map((text) => `<li>${escapeMarkup(text)}</li>`).join('');
  const [lowest, highest] = [formatRate(row.lowest, 1), formatRate(row.highest, 1)].map(escapeMarkup);
  return `<tr>${nameCell(row)}<td>${row.variants}</td><td>${lowest}</td><td>${highest}</td><td class="words"><ul>${list}</ul></td></tr>`;
}
