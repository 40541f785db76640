import type { RunSummary } from '../../../core/run.js';
import {
  formatCached,
  formatCost,
  formatCount,
  formatHeld,
  formatInterval,
  formatMs,
  formatRate,
} from '../../figures.js';
import { escapeMarkup } from '../../xml.js';
import { verdictBar } from '../charts/verdict-bar.js';
import { section } from './section.js';
import { tile } from './tile.js';

/** The figures one looks for first. */
export function overview(summary: RunSummary): string {
  const { counts, latency, usage, costUsd } = summary;
  const ended = counts.passed + counts.failed + counts.errored;
  const tellsCost = summary.metrics === undefined || summary.metrics.includes('cost');
  const unknown = tellsCost && summary.calls > 0 ? 'not all prices are known' : '';
  const each = costUsd === undefined ? unknown : ended > 1 ? `${formatCost(costUsd / ended)} each` : '';
  const interval = formatInterval(counts.passed, ended);
  const range = interval === undefined ? '' : `<small>95 % interval ${escapeMarkup(interval)}</small>`;
  const { p90Ms, p95Ms, p99Ms } = latency;
  const tails = p95Ms === undefined ? '' : `p90 ${formatMs(p90Ms)} · p95 ${formatMs(p95Ms)} · p99 ${formatMs(p99Ms)}`;
  const held = formatHeld(summary.held);
  const body = `<div class="rate">
<p class="big">${escapeMarkup(formatRate(counts.passed, ended))}<span>passed</span>${range}</p>
<div class="rate-body">${verdictBar({ ...counts, pending: counts.total - ended })}<ul class="legend">${legend(summary)}</ul></div>
</div>
<dl class="tiles">
${tile('Conversations', formatCount(counts.total), trialNote(summary))}
${tile('Took', formatMs(summary.endedAt - summary.startedAt), `${formatCount(summary.calls)} calls`)}
${tile('Call latency, p50', formatMs(latency.p50Ms), tails)}
${tile('Cost', formatCost(costUsd), each, formatCached(summary.cached))}
${tile('Tokens, in → out', `${formatCount(usage.inputTokens)} → ${formatCount(usage.outputTokens)}`, usage.cachedTokens ? `${formatCount(usage.cachedTokens)} cached` : '')}
${held === undefined ? '' : tile('Providers down', held)}
</dl>`;
  return section({ id: 'overview', title: 'Overview' }, body);
}

function trialNote({ scenarios, providers, trials }: RunSummary): string {
  const many = (count: number, word: string): string => `${formatCount(count)} ${word}${count === 1 ? '' : 's'}`;
  const flaky = trials?.groups.flaky ? `, ${formatCount(trials.groups.flaky)} flaky` : '';
  return `${many(scenarios.length, 'scenario')} × ${many(providers.length, 'provider')}${flaky}`;
}

function legend({ counts }: RunSummary): string {
  const notRun = counts.total - counts.passed - counts.failed - counts.errored;
  const all = [
    ['passed', 'Passed', counts.passed],
    ['failed', 'Failed', counts.failed],
    ['errored', 'Errors', counts.errored],
    ['pending', 'Not run', notRun],
  ] as const;
  const shown = all.filter(([name, , count]) => count > 0 || name === 'passed' || name === 'failed');
  const key = shown.map(([name, label, count]) => `<li class="${name}"><b>${formatCount(count)}</b> ${label}</li>`);
  if (counts.tolerated)
    key.push(
      `<li class="tolerated"><b>${formatCount(counts.tolerated)}</b> of the failed within a pass_threshold</li>`,
    );
  if (counts.reused > 0)
    key.push(`<li class="reused"><b>${formatCount(counts.reused)}</b> of them from an earlier run</li>`);
  return key.join('');
}
