import type { RunSummary, Tally } from '../../core/run.js';
import { formatCached, formatCost, formatCount, formatHeld, formatMs, formatRate, formatTime } from '../figures.js';
import { matrixOf, notPassed } from '../matrix.js';
import { codeSpan, prose, table } from './markdown-text.js';

const MAX_SCENARIOS = 200;
const MAX_PROVIDERS = 20;
const MAX_WARNINGS = 20;
const MAX_METADATA = 50;

export function headline(summary: RunSummary): string {
  const mark = summary.phase === 'Succeeded' ? '✅' : summary.phase === 'Failed' ? '❌' : '⚠️';
  return `# ${mark} ${codeSpan(summary.job)}: ${summary.phase}\n\n${prose(summary.message)}\n`;
}

export function overview(summary: RunSummary): string {
  const { counts } = summary;
  const ended = counts.passed + counts.failed + counts.errored;
  const rows: [string, string][] = [
    ['Conversations', formatCount(counts.total)],
    ['Passed', `${formatCount(counts.passed)} (${formatRate(counts.passed, ended)})`],
    ['Failed', formatCount(counts.failed)],
    ...(counts.tolerated ? [within(counts.tolerated)] : []),
    ['Errors', formatCount(counts.errored)],
  ];
  if (ended < counts.total) rows.push(['Not run', formatCount(counts.total - ended)]);
  if (counts.reused > 0) rows.push(['Taken over from an earlier run', formatCount(counts.reused)]);
  rows.push(
    ['Cost', formatCost(summary.costUsd)],
    ...cacheRows(summary),
    ...heldRows(summary),
    ['Calls', formatCount(summary.calls)],
    ['Duration', formatMs(summary.endedAt - summary.startedAt)],
    ['Started', formatTime(summary.startedAt)],
    ['Bundle', `${codeSpan(summary.bundle.name)} ${codeSpan(summary.bundle.digest.slice(0, 12))}`],
    ['Run', codeSpan(summary.run)],
  );
  if (summary.retryOf) rows.push(['Retry of', codeSpan(summary.retryOf)]);
  rows.push(...metadataRows(summary));
  return `## Overview\n\n${table(['', 'Value'], rows)}${warningList(summary.warnings)}`;
}

function within(tolerated: number): [string, string] {
  return ['of them within a pass_threshold', formatCount(tolerated)];
}

function cacheRows({ cached }: RunSummary): [string, string][] {
  const text = formatCached(cached);
  return text === undefined ? [] : [['Cache', text]];
}

function heldRows({ held }: RunSummary): [string, string][] {
  const text = formatHeld(held);
  return text === undefined ? [] : [['Waited for providers that were down', prose(text)]];
}

/** What the Arena file says about itself. */
function metadataRows({ bundle: { namespace, labels = {}, annotations = {} } }: RunSummary): [string, string][] {
  const all = [...Object.entries(labels), ...Object.entries(annotations)].slice(0, MAX_METADATA);
  const rows = all.map(([key, value]): [string, string] => [codeSpan(key), codeSpan(value)]);
  return namespace === undefined ? rows : [['Namespace', codeSpan(namespace)], ...rows];
}

/** A list with a heading of its own; empty where there are none. */
export function warningList(all: readonly string[]): string {
  if (all.length === 0) return '';
  const shown = all.slice(0, MAX_WARNINGS).map((text) => `- ${codeSpan(text, 500)}\n`);
  const more = all.length > MAX_WARNINGS ? `- and ${all.length - MAX_WARNINGS} more in summary.json\n` : '';
  return `\n### Warnings\n\n${shown.join('')}${more}`;
}

function cellText(cell: Tally | undefined): string {
  if (!cell) return '';
  const held = cell.passed + (cell.tolerated ?? 0);
  const mark = notPassed(cell) === 0 ? (held > 0 ? '✅' : '–') : '❌';
  const errors = cell.errored > 0 ? `, ${cell.errored} err` : '';
  return `${mark} ${cell.passed}/${cell.total}${errors}`;
}

export function resultsMatrix(summary: RunSummary): string {
  const matrix = matrixOf(summary, MAX_SCENARIOS, MAX_PROVIDERS);
  const rows = matrix.rows.map(({ scenario, cells }) => [codeSpan(scenario), ...cells.map(cellText)]);
  const body = table(['Scenario', ...matrix.providers.map((provider) => codeSpan(provider))], rows);
  const omitted: string[] = [];
  if (matrix.omittedScenarios > 0) omitted.push(`${formatCount(matrix.omittedScenarios)} scenarios`);
  if (matrix.omittedProviders > 0) omitted.push(`${formatCount(matrix.omittedProviders)} providers`);
  const note = omitted.length > 0 ? `\n${omitted.join(' and ')} left out; failing ones come first.\n` : '';
  return `## Results\n\nPassed of all, by scenario and provider.\n\n${body}${note}`;
}

export function costSummary(summary: RunSummary): string {
  const head = ['Provider', 'Passed', 'Input tokens', 'Output tokens', 'Cost', 'p50', 'p95', 'p99'];
  const hasCache = summary.cached !== undefined;
  if (hasCache) head.push('From the cache', 'Saved');
  const rows = summary.providers
    .slice(0, MAX_SCENARIOS)
    .map((one) => [
      codeSpan(one.key),
      `${one.passed}/${one.total} (${formatRate(one.passed, one.passed + one.failed + one.errored)})`,
      ...costCells(one, hasCache),
    ]);
  const { counts } = summary;
  rows.push(['**Total**', `${counts.passed}/${counts.total}`, ...costCells(summary, hasCache)]);
  return `## Cost and latency\n\nLatency is the time of single calls.\n\n${table(head, rows)}`;
}

type Costs = Pick<Tally, 'usage' | 'costUsd' | 'cached' | 'latency'>;

function costCells({ usage, costUsd, cached, latency }: Costs, hasCache: boolean): string[] {
  const saved = cached === undefined ? ['0', formatCost(0)] : [formatCount(cached.calls), formatCost(cached.savedUsd)];
  return [
    formatCount(usage.inputTokens),
    formatCount(usage.outputTokens),
    formatCost(costUsd),
    formatMs(latency.p50Ms),
    formatMs(latency.p95Ms),
    formatMs(latency.p99Ms),
    ...(hasCache ? saved : []),
  ];
}
