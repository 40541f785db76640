import type { RunSummary } from '../../core/run.js';
import { pageHeader, partHeader } from './page-header.js';
import type { RunTotals } from './run-totals.js';
import { checksSection } from './sections/checks.js';
import { conversationsSection } from './sections/conversations.js';
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

/** What the summary of an evaluation knows, in the order in which it is read, with places for what comes later. */
export function evaluationStart(summary: RunSummary, includeMetadata: boolean): string {
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
    conversationsSection(summary, false),
    placeFor('parts'),
  ];
  const body = sections.filter((one) => one !== '').join('\n');
  return `${pageHeader(summary, includeMetadata)}\n<main>\n${body}\n</main>\n`;
}

/** What only its conversations tell; they have been written by then, so it stands behind them in the file. */
export function evaluationEnd(summary: RunSummary, totals: RunTotals, parts: readonly PagePart[]): string {
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
  return `${partHeader(summary, number, mainFile)}\n<main>\n${conversationsSection(summary, true)}\n</main>\n`;
}
