import type { RunSummary } from '../../core/run.js';
import { datasetEnd, datasetStart } from './dataset/document.js';
import { loadEnd, loadStart } from './load/document.js';
import { pageHeader, partHeader } from './page-header.js';
import type { RunTotals } from './run-totals.js';
import { checksSection } from './sections/checks.js';
import { type ConversationsText, conversationsSection } from './sections/conversations.js';
import { costSection } from './sections/cost.js';
import { failuresSection } from './sections/failures.js';
import { latencySection } from './sections/latency.js';
import { matrixSection } from './sections/matrix.js';
import { overview } from './sections/overview.js';
import { type PagePart, partsSection } from './sections/parts.js';
import { providersSection } from './sections/providers.js';
import { placeFor } from './sections/section.js';
import { trialSections } from './sections/trials.js';
import { warningsSection } from './sections/warnings.js';

/** What the summary knows, with places for what only its conversations tell. */
export function pageStart(summary: RunSummary, includeMetadata: boolean): string {
  const { load, dataset } = summary;
  if (load !== undefined) return loadStart(summary, load, includeMetadata);
  if (dataset !== undefined) return datasetStart(summary, dataset, includeMetadata);
  return evaluationStart(summary, includeMetadata);
}

/** What only its conversations tell; they have been written by then, so it stands behind them in the file. */
export function pageEnd(summary: RunSummary, totals: RunTotals, parts: readonly PagePart[]): string {
  if (summary.load !== undefined) return loadEnd(summary, totals, parts);
  return (summary.dataset === undefined ? evaluationEnd : datasetEnd)(summary, totals, parts);
}

/** Of an evaluation, in the order in which it is read. */
function evaluationStart(summary: RunSummary, includeMetadata: boolean): string {
  const sections = [
    overview(summary),
    warningsSection(summary.warnings),
    placeFor('failures'),
    matrixSection(summary),
    providersSection(summary),
    placeFor('latency'),
    costSection(summary),
    placeFor('checks'),
    trialSections(summary),
    conversationsSection(conversationsOf(summary, false)),
    placeFor('parts'),
  ];
  const body = sections.filter((one) => one !== '').join('\n');
  return `${pageHeader(summary, includeMetadata)}\n<main>\n${body}\n</main>\n`;
}

function evaluationEnd(summary: RunSummary, totals: RunTotals, parts: readonly PagePart[]): string {
  const sections = [
    failuresSection(summary, totals),
    latencySection(summary, totals),
    checksSection(totals),
    partsSection(parts),
  ];
  return `<div id="late">\n${sections.filter((one) => one !== '').join('\n')}\n</div>\n`;
}

/** A page that only holds more conversations. */
export function partStart(summary: RunSummary, number: number, mainFile: string): string {
  return `${partHeader(summary, number, mainFile)}\n<main>\n${conversationsSection(conversationsOf(summary, true))}\n</main>\n`;
}

function conversationsOf({ counts, scenarios, providers }: RunSummary, isPart: boolean): ConversationsText {
  return {
    title: 'Conversations',
    scenarios: scenarios.map(({ key }) => key),
    providers: providers.map(({ key }) => key),
    ...(isPart ? {} : { ended: counts.passed + counts.failed + counts.errored }),
  };
}
