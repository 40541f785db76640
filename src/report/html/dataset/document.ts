/** The page of a generated data set. */
import type { DatasetSummary } from '../../../core/datagen/dataset-summary.js';
import type { RunSummary } from '../../../core/run.js';
import { pageHeader } from '../page-header.js';
import type { RunTotals } from '../run-totals.js';
import { conversationsSection } from '../sections/conversations.js';
import { costSection } from '../sections/cost.js';
import { failuresSection } from '../sections/failures.js';
import { latencySection } from '../sections/latency.js';
import { type PagePart, partsSection } from '../sections/parts.js';
import { placeFor } from '../sections/section.js';
import { warningsSection } from '../sections/warnings.js';
import { duplicatesSection } from './duplicates.js';
import { filesSection } from './files.js';
import { lossesSection } from './losses.js';
import { datasetOverview } from './overview.js';
import { samplesSection } from './samples.js';
import { sharesSection } from './shares.js';

/** What the summary knows, in the order in which it is read. */
export function datasetStart(summary: RunSummary, dataset: DatasetSummary, includeMetadata: boolean): string {
  const { counts, scenarios, providers } = summary;
  const sections = [
    datasetOverview(summary, dataset),
    warningsSection(summary.warnings),
    filesSection(dataset),
    samplesSection(dataset),
    sharesSection(dataset),
    lossesSection(dataset),
    duplicatesSection(dataset),
    placeFor('failures'),
    placeFor('latency'),
    costSection(summary),
    conversationsSection({
      title: 'Conversations',
      hint: 'All that were held, those that gave no record as well.',
      scenarios: scenarios.map(({ key }) => key),
      providers: providers.map(({ key }) => key),
      ended: counts.passed + counts.failed + counts.errored,
    }),
    placeFor('parts'),
  ];
  const body = sections.filter((one) => one !== '').join('\n');
  return `${pageHeader(summary, includeMetadata)}\n<main>\n${body}\n</main>\n`;
}

/** What only the conversations tell. */
export function datasetEnd(summary: RunSummary, totals: RunTotals, parts: readonly PagePart[]): string {
  const hint = 'Why conversations failed their checks, or could not be held.';
  const sections = [failuresSection(summary, totals, hint), latencySection(summary, totals), partsSection(parts)];
  return `<div id="late">\n${sections.filter((one) => one !== '').join('\n')}\n</div>\n`;
}
