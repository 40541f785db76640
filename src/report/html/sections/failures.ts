import type { RunSummary } from '../../../core/run.js';
import { shorten } from '../../../core/shorten.js';
import { formatCount, formatMs, formatRate } from '../../figures.js';
import { escapeMarkup } from '../../xml.js';
import type { FailureGroup, RunTotals } from '../run-totals.js';
import { conversationLink } from './conversation-link.js';
import { filterButton } from './filter-button.js';
import { section } from './section.js';

const MAX_SHOWN = 12;
const MAX_MESSAGE = 300;

const HINT =
  'Checks and errors that conversations did not pass by. A conversation counts at each check that it failed.';

/** Why conversations did not pass, the most frequent reason first; empty where all passed. */
export function failuresSection(summary: RunSummary, totals: RunTotals, hint = HINT): string {
  const groups = [...totals.failures.values()].sort((a, b) => b.count - a.count);
  if (groups.length === 0) return '';
  const all = totals.notPassed;
  const items = groups.slice(0, MAX_SHOWN).map((one) => groupItem(one, all));
  const rest = groups.slice(MAX_SHOWN);
  if (rest.length > 0) items.push(foldedItem(rest, all));
  const first = firstFailure(summary, totals);
  const body = `${first}<ol class="reasons">\n${items.join('\n')}\n</ol>`;
  return section({ id: 'failures', title: 'What failed', hint, place: 'failures' }, body);
}

function firstFailure(summary: RunSummary, { firstFailure: first }: RunTotals): string {
  if (first === undefined) return '';
  const after = formatMs(Math.max(0, first.at - summary.startedAt));
  const link = conversationLink(first.item.id);
  return `<p class="first-failure">The first to fail was ${link}, ${after} into the run.</p>`;
}

function groupItem(group: FailureGroup, all: number): string {
  const { verdict, reason, count, tolerated, example } = group;
  const label = `Show the ${formatCount(count)} that ${verdict === 'failed' ? 'failed at' : 'ended with'} ${reason}`;
  const name = filterButton({ reason, verdict }, label, `<code>${escapeMarkup(shorten(reason, 120))}</code>`);
  const within = tolerated > 0 ? ` · ${formatCount(tolerated)} within a pass_threshold` : '';
  const amount = `${formatCount(count)} · ${formatRate(count, all)} of them${within}`;
  const hint = example.hint
    ? `<p class="next"><b>Next:</b> ${escapeMarkup(shorten(example.hint, MAX_MESSAGE))}</p>`
    : '';
  return `<li class="${verdict}">
<div class="reason-head">${name}<span class="amount">${escapeMarkup(amount)}</span></div>
${shareBar(count, all)}
<p dir="auto">${escapeMarkup(shorten(example.message, MAX_MESSAGE))}</p>
${hint}<p class="example">for example ${conversationLink(example.id)}</p>
</li>`;
}

function shareBar(count: number, all: number): string {
  const width = Math.max(0.5, (100 * count) / all).toFixed(2);
  return `<svg class="share" width="100%" height="6" aria-hidden="true"><rect width="${width}%" height="6" rx="3"/></svg>`;
}

function foldedItem(rest: readonly FailureGroup[], all: number): string {
  const items = rest.map((one) => groupItem(one, all)).join('\n');
  return `<li class="more-reasons"><details><summary>${formatCount(rest.length)} more reasons</summary><ol class="reasons">\n${items}\n</ol></details></li>`;
}
