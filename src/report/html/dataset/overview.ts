import { type DatasetSummary, lookedAt } from '../../../core/datagen/dataset-summary.js';
import type { RunSummary } from '../../../core/run.js';
import { formatBytes, setName } from '../../dataset-words.js';
import { formatCached, formatCost, formatCount, formatHeld, formatMs, formatRate } from '../../figures.js';
import { escapeMarkup } from '../../xml.js';
import { verdictBar } from '../charts/verdict-bar.js';
import { section } from '../sections/section.js';
import { tile } from '../sections/tile.js';

/** How much of what was wanted is there, and the figures one looks for first. */
export function datasetOverview(summary: RunSummary, dataset: DatasetSummary): string {
  const { count, records, rounds, format, seed, parts } = dataset;
  const { costUsd, usage } = summary;
  const held = lookedAt(dataset);
  const bytes = parts.reduce((sum, part) => sum + part.bytes, 0);
  const many = (number: number, word: string): string => `${formatCount(number)} ${word}${number === 1 ? '' : 's'}`;
  const each = costUsd === undefined || records === 0 ? '' : `${formatCost(costUsd / records)} a record`;
  const unavailable = formatHeld(summary.held);
  const body = `<div class="rate">
<p class="big">${formatCount(records)}<span>of ${formatCount(count)} records</span><small>${escapeMarkup(formatRate(records, count))} of what was asked for</small></p>
<div class="rate-body">${verdictBar({ passed: records, failed: 0, errored: 0, pending: Math.max(0, count - records) })}<ul class="legend">${legend(dataset)}</ul></div>
</div>
<dl class="tiles">
${tile('Took', formatMs(summary.endedAt - summary.startedAt), many(rounds, 'round'))}
${tile('Conversations', formatCount(held), `${formatRate(records, held)} gave a record`)}
${tile('Files', formatCount(parts.length), `${format}, ${formatBytes(bytes)}`, setsNote(parts))}
${tile('Cost', formatCost(costUsd), each, formatCached(summary.cached))}
${tile('Tokens, in → out', `${formatCount(usage.inputTokens)} → ${formatCount(usage.outputTokens)}`)}
${tile('Seed', String(seed), 'the same seed varies the same way')}
${unavailable === undefined ? '' : tile('Providers down', unavailable)}
</dl>`;
  return section({ id: 'overview', title: 'Overview' }, body);
}

function setsNote(parts: DatasetSummary['parts']): string {
  const sets = new Map<string, number>();
  for (const { set, records } of parts) sets.set(setName(set), (sets.get(setName(set)) ?? 0) + records);
  sets.delete('');
  return [...sets].map(([name, records]) => `${formatCount(records)} ${name}`).join(' · ');
}

function legend({ count, records }: DatasetSummary): string {
  const missing = Math.max(0, count - records);
  const key = [`<li class="passed"><b>${formatCount(records)}</b> there</li>`];
  if (missing > 0) key.push(`<li class="pending"><b>${formatCount(missing)}</b> missing</li>`);
  return key.join('');
}
