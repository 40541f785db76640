import type { RunSummary } from '../../core/run.js';
import { formatCached, formatCost, formatCount, formatHeld, formatMs, formatRate } from '../figures.js';
import { escapeMarkup } from '../xml.js';
import { verdictBar } from './verdict-bar.js';

function tile(label: string, value: string, note = ''): string {
  const small = note === '' ? '' : `<span class="note">${escapeMarkup(note)}</span>`;
  return `<div class="tile"><dt>${label}</dt><dd>${escapeMarkup(value)}${small}</dd></div>`;
}

/** The figures one looks for first. */
export function overview(summary: RunSummary): string {
  const { counts, latency, usage } = summary;
  const ended = counts.passed + counts.failed + counts.errored;
  const notRun = counts.total - ended;
  const legend = [
    ['passed', 'Passed', counts.passed],
    ['failed', 'Failed', counts.failed],
    ['errored', 'Errors', counts.errored],
    ['pending', 'Not run', notRun],
  ] as const;
  const shown = legend.filter(([name, , count]) => count > 0 || name === 'passed' || name === 'failed');
  const key = shown.map(([name, label, count]) => `<li class="${name}"><b>${formatCount(count)}</b> ${label}</li>`);
  if (counts.tolerated)
    key.push(
      `<li class="tolerated"><b>${formatCount(counts.tolerated)}</b> of the failed within a pass_threshold</li>`,
    );
  if (counts.reused > 0)
    key.push(`<li class="reused"><b>${formatCount(counts.reused)}</b> of them from an earlier run</li>`);
  const tokens = usage.cachedTokens ? `${formatCount(usage.cachedTokens)} cached` : '';
  const held = formatHeld(summary.held);
  const p95 = latency.p95Ms === undefined ? '' : `p95 ${formatMs(latency.p95Ms)} · p99 ${formatMs(latency.p99Ms)}`;
  return `<section class="overview" aria-labelledby="overview-title">
<h2 id="overview-title">Overview</h2>
<div class="rate">
<p class="big">${escapeMarkup(formatRate(counts.passed, ended))}<span>passed</span></p>
<div class="rate-body">${verdictBar({ ...counts, pending: notRun })}<ul class="legend">${key.join('')}</ul></div>
</div>
<dl class="tiles">
${tile('Conversations', formatCount(counts.total))}
${tile('Calls', formatCount(summary.calls))}
${tile('Cost', formatCost(summary.costUsd), formatCached(summary.cached))}
${tile('Tokens, in → out', `${formatCount(usage.inputTokens)} → ${formatCount(usage.outputTokens)}`, tokens)}
${tile('Call latency, p50', formatMs(latency.p50Ms), p95)}
${held === undefined ? '' : tile('Providers down', held)}
</dl>
</section>`;
}
