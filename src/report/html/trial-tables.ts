import type { RunSummary } from '../../core/run.js';
import type { CheckRate, Sensitivity, TrialGroup } from '../../core/trial-summary.js';
import { formatCount, formatRate } from '../figures.js';
import { checkState, groupState, trialsSentence, valueStates } from '../trial-words.js';
import { escapeMarkup } from '../xml.js';
import { filterButton } from './tables.js';
import { verdictBar } from './verdict-bar.js';

const MAX_ROWS = 500;
const MAX_VALUES = 20;

/** Groups of trials, and how much perturbations matter; empty where nothing was repeated. */
export function trialTables(summary: RunSummary): string {
  const { trials } = summary;
  if (trials === undefined) return '';
  const sections: string[] = [];
  const sentence = trialsSentence(summary);
  if (sentence !== undefined) {
    const head = ['Pass rate', 'Passed', 'Verdict', 'Checks with a threshold'];
    const more = trials.groups.total - MAX_ROWS;
    sections.push(section('trials', 'Trials', `${sentence}.`, 'Group', head, trials.table.map(groupRow), more));
  }
  if (trials.sensitivity.length > 0) {
    const head = ['Variants', 'Lowest', 'Highest', 'By value, lowest first'];
    const rows = trials.sensitivity.map(sensitivityRow);
    const hint = 'How much the wording matters.';
    sections.push(section('variants', 'Perturbations', hint, 'Conversation', head, rows, rows.length - MAX_ROWS));
  }
  return sections.join('\n');
}

function section(
  id: string,
  title: string,
  hint: string,
  first: string,
  head: string[],
  rows: string[],
  more: number,
): string {
  const columns = [first, ...head].map((name) => `<th scope="col">${name}</th>`).join('');
  const note = more > 0 ? `<p class="notice">${formatCount(more)} more stand in summary.json.</p>` : '';
  return `<section aria-labelledby="${id}-title">
<h2 id="${id}-title">${title}</h2>
<p class="hint">${escapeMarkup(hint)}</p>
<div class="scroll" role="region" aria-labelledby="${id}-title" tabindex="0"><table class="providers trials">
<thead><tr>${columns}</tr></thead>
<tbody>
${rows.slice(0, MAX_ROWS).join('\n')}
</tbody>
</table></div>
${note}
</section>`;
}

function nameCell(row: TrialGroup | Sensitivity): string {
  const button = filterButton(row.scenario, row.provider, `Show ${row.key}`, escapeMarkup(row.key));
  return `<th scope="row">${button}</th>`;
}

function groupRow(group: TrialGroup): string {
  const ended = group.passed + group.failed + group.errored;
  const bar = verdictBar({ ...group, pending: Math.max(0, group.trials - ended) });
  const rate = `<div class="rate-cell"><span>${escapeMarkup(formatRate(group.passed, ended))}</span>${bar}</div>`;
  const checks = (group.checks ?? []).map(checkHtml).join('');
  const verdict = `<span class="group-verdict ${group.verdict}">${escapeMarkup(groupState(group))}</span>`;
  return `<tr>${nameCell(group)}<td>${rate}</td><td>${group.passed}/${group.trials}</td><td>${verdict}</td><td class="words"><ul>${checks}</ul></td></tr>`;
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
