/** The page of a load test. */
import type { LoadSummary } from '../../../core/load/load-summary.js';
import type { RunSummary } from '../../../core/run.js';
import { pageHeader } from '../page-header.js';
import type { RunTotals } from '../run-totals.js';
import { conversationsSection } from '../sections/conversations.js';
import { failuresSection } from '../sections/failures.js';
import { type PagePart, partsSection } from '../sections/parts.js';
import { placeFor } from '../sections/section.js';
import { warningsSection } from '../sections/warnings.js';
import { budgetSection } from './budget.js';
import { errorsSection } from './errors.js';
import { loadOverview } from './overview.js';
import { rowsSection } from './rows.js';
import { seriesSection } from './series.js';
import { thresholdsSection } from './thresholds.js';

/** What the summary knows, in the order in which it is read; its conversations are samples. */
export function loadStart(summary: RunSummary, load: LoadSummary, includeMetadata: boolean): string {
  const sections = [
    loadOverview(summary, load),
    warningsSection(summary.warnings),
    seriesSection(load),
    thresholdsSection(load),
    rowsSection(load),
    errorsSection(load),
    budgetSection(load),
    placeFor('failures'),
    sampleSection(load),
    placeFor('parts'),
  ];
  const body = sections.filter((one) => one !== '').join('\n');
  return `${pageHeader(summary, includeMetadata)}\n<main>\n${body}\n</main>\n`;
}

/** What the samples tell; percentiles and counts of the whole test come from its summary alone. */
export function loadEnd(summary: RunSummary, totals: RunTotals, parts: readonly PagePart[]): string {
  const hint = 'Of the sample conversations below: why they did not pass. Counts are of the samples, not of the test.';
  const sections = [failuresSection(summary, totals, hint), partsSection(parts)];
  return `<div id="late">\n${sections.filter((one) => one !== '').join('\n')}\n</div>\n`;
}

function sampleSection({ scenarios, providers }: LoadSummary): string {
  return conversationsSection({
    title: 'Sample conversations',
    hint: 'The first that did not pass, by reason and by scenario and provider, and some that passed, of each worker. A load test keeps no more.',
    scenarios: scenarios.flatMap(({ scenario }) => scenario ?? []),
    providers: providers.flatMap(({ provider }) => provider ?? []),
  });
}
