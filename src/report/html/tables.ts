import type { RunSummary, Tally } from '../../core/run.js';
import { formatCost, formatCount, formatMs, formatRate } from '../figures.js';
import { matrixOf, notPassed } from '../matrix.js';
import { attributes, escapeMarkup } from '../xml.js';
import { verdictBar } from './verdict-bar.js';

const MAX_SCENARIOS = 500;
const MAX_PROVIDERS = 60;

/** A button that sets the filters of the list. */
export function filterButton(scenario: string, provider: string, label: string, html: string): string {
  const data = attributes({ 'data-scenario': scenario, 'data-provider': provider, 'aria-label': label, title: label });
  return `<button type="button" class="pick"${data}>${html}</button>`;
}

function share(cell: Tally): string {
  if (cell.errored > 0 && cell.passed === 0 && cell.failed === 0) return 'errored';
  const ended = cell.passed + cell.failed + cell.errored;
  if (ended === 0) return 'pending';
  if (cell.passed === ended) return 'all';
  if (notPassed(cell) === 0) return 'within';
  return cell.passed === 0 ? 'none' : 'some';
}

const MARKS: { [share: string]: string } = { all: '✓', within: '≈', none: '✗', some: '◐', errored: '!', pending: '·' };

function cellHtml(scenario: string, provider: string, cell: Tally | undefined): string {
  if (!cell) return '<td class="empty"></td>';
  const ended = cell.passed + cell.failed + cell.errored;
  const within = cell.tolerated ? ` (${cell.tolerated} within a pass_threshold)` : '';
  const label = `${scenario} with ${provider}: ${cell.passed} of ${ended} passed, ${cell.failed} failed${within}, ${cell.errored} errors`;
  const kind = share(cell);
  const rate =
    ended > 1 && ['some', 'within'].includes(kind)
      ? ` <small>${escapeMarkup(formatRate(cell.passed, ended))}</small>`
      : '';
  const text = `<span aria-hidden="true">${MARKS[kind] ?? ''}</span> ${cell.passed}/${cell.total}${rate}`;
  return `<td class="cell ${kind}">${filterButton(scenario, provider, label, text)}</td>`;
}

export function matrixTable(summary: RunSummary): string {
  const matrix = matrixOf(summary, MAX_SCENARIOS, MAX_PROVIDERS);
  const head = matrix.providers.map(
    (one) => `<th scope="col">${filterButton('', one, `Show ${one}`, escapeMarkup(one))}</th>`,
  );
  const rows = matrix.rows.map(({ scenario, cells }) => {
    const label = filterButton(scenario, '', `Show ${scenario}`, escapeMarkup(scenario));
    const tds = cells.map((cell, index) => cellHtml(scenario, matrix.providers[index] ?? '', cell));
    return `<tr><th scope="row">${label}</th>${tds.join('')}</tr>`;
  });
  const omitted: string[] = [];
  if (matrix.omittedScenarios > 0) omitted.push(`${formatCount(matrix.omittedScenarios)} scenarios`);
  if (matrix.omittedProviders > 0) omitted.push(`${formatCount(matrix.omittedProviders)} providers`);
  const note =
    omitted.length > 0 ? `<p class="notice">${omitted.join(' and ')} left out; failing ones come first.</p>` : '';
  return `<section aria-labelledby="matrix-title">
<h2 id="matrix-title">Scenarios × providers</h2>
<p class="hint">Passed of all. Choose a cell, a scenario or a provider to see its conversations.</p>
<div class="scroll" role="region" aria-labelledby="matrix-title" tabindex="0"><table class="matrix">
<thead><tr><td></td>${head.join('')}</tr></thead>
<tbody>
${rows.join('\n')}
</tbody>
</table></div>
${note}
</section>`;
}

function providerRow(one: Tally, hasCache: boolean): string {
  const ended = one.passed + one.failed + one.errored;
  const pending = one.total - ended;
  const numbers = [
    formatCount(one.passed),
    formatCount(one.failed),
    formatCount(one.errored),
    formatCount(one.usage.inputTokens),
    formatCount(one.usage.outputTokens),
    formatCost(one.costUsd),
    formatMs(one.latency.p50Ms),
    formatMs(one.latency.p95Ms),
    formatMs(one.latency.p99Ms),
    ...(hasCache ? [formatCount(one.cached?.calls ?? 0), formatCost(one.cached ? one.cached.savedUsd : 0)] : []),
  ];
  const name = filterButton('', one.key, `Show ${one.key}`, escapeMarkup(one.key));
  const rate = `<td><div class="rate-cell"><span>${escapeMarkup(formatRate(one.passed, ended))}</span>${verdictBar({ ...one, pending })}</div></td>`;
  return `<tr><th scope="row">${name}</th>${rate}${numbers.map((text) => `<td>${escapeMarkup(text)}</td>`).join('')}</tr>`;
}

export function providerTable(summary: RunSummary): string {
  const head = ['Pass rate', 'Passed', 'Failed', 'Errors', 'Tokens in', 'Tokens out', 'Cost', 'p50', 'p95', 'p99'];
  const hasCache = summary.cached !== undefined;
  if (hasCache) head.push('From the cache', 'Saved');
  return `<section aria-labelledby="providers-title">
<h2 id="providers-title">Providers</h2>
<p class="hint">Latency is the time of single calls.</p>
<div class="scroll" role="region" aria-labelledby="providers-title" tabindex="0"><table class="providers">
<thead><tr><th scope="col">Provider</th>${head.map((name) => `<th scope="col">${name}</th>`).join('')}</tr></thead>
<tbody>
${summary.providers
  .slice(0, MAX_SCENARIOS)
  .map((one) => providerRow(one, hasCache))
  .join('\n')}
</tbody>
</table></div>
</section>`;
}
