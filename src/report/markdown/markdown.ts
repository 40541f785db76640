import type { ConversationRecord } from '../../core/conversation.js';
import type { DatasetSummary } from '../../core/datagen/dataset-summary.js';
import { failedItemOf } from '../../core/failed-item.js';
import type { LoadSummary } from '../../core/load/load-summary.js';
import type { FailedItem, ReportFile, RunSummary } from '../../core/run.js';
import { formatCount } from '../figures.js';
import {
  errorsText,
  eventsText,
  loadCostText,
  loadOverviewText,
  percentilesText,
  thresholdsText,
} from '../load/markdown.js';
import type { RecordLine } from '../record-line.js';
import type { RecordWriter } from '../record-writer.js';
import type { ReportFileWriter } from '../report-file.js';
import type { ReportOptions } from '../report-options.js';
import { transcript } from '../transcript.js';
import { datasetSections } from './dataset.js';
import { EvalTable } from './eval-table.js';
import { codeSpan, fenced } from './markdown-text.js';
import { costSummary, headline, overview, resultsMatrix } from './sections.js';
import { trialSections } from './trials.js';

/** Failures shown, and those of them with their conversation: a job summary of a CI holds about 1 MiB. */
const MAX_FAILURES = 100;
const MAX_DETAILED = 25;
const MAX_TRANSCRIPT = 6000;

/** report.md: for a pull request or a job summary; bounded at any size of the run. */
export class MarkdownWriter implements RecordWriter {
  private readonly failures: string[] = [];
  private readonly evals = new EvalTable();
  private failed = 0;
  private tolerated = 0;

  constructor(
    private readonly file: ReportFileWriter,
    private readonly summary: RunSummary,
    private readonly options: NonNullable<ReportOptions['markdown']>,
  ) {}

  add(entry: RecordLine): undefined {
    this.evals.add(entry.record);
    if (this.options.showFailedTests === false) return;
    const item = failedItemOf(entry.record);
    if (!item) return;
    if (item.tolerated) {
      this.tolerated += 1;
      return;
    }
    this.failed += 1;
    if (this.failed > MAX_FAILURES) return;
    const detailed = this.options.includeDetails !== false && this.failed <= MAX_DETAILED;
    this.failures.push(failureText(item) + (detailed ? details(entry.record) : ''));
  }

  async end(): Promise<ReportFile> {
    const { summary } = this;
    const body = this.bodyOf(summary);
    const sections = [headline(summary), ...body];
    await this.file.add(sections.filter((one) => one !== undefined).join('\n'));
    return this.file.end();
  }

  private bodyOf({ load, dataset }: RunSummary): (string | undefined)[] {
    if (load !== undefined) return this.loadTest(load);
    return dataset === undefined ? this.evaluation() : this.dataset(dataset);
  }

  private dataset(dataset: DatasetSummary): (string | undefined)[] {
    const { summary, options } = this;
    const sections: (string | undefined)[] = datasetSections(summary, dataset);
    if (options.showFailedTests !== false && this.failed > 0) sections.push(this.failedTests());
    sections.push(this.evals.section());
    if (options.showCostSummary !== false) sections.push(costSummary(summary));
    return sections;
  }

  private evaluation(): (string | undefined)[] {
    const { summary, options } = this;
    const sections: (string | undefined)[] = [];
    if (options.showOverview !== false) sections.push(overview(summary));
    if (options.showResultsMatrix !== false) sections.push(resultsMatrix(summary), ...trialSections(summary));
    if (options.showFailedTests !== false && this.failed + this.tolerated > 0) sections.push(this.failedTests());
    sections.push(this.evals.section());
    if (options.showCostSummary !== false) sections.push(costSummary(summary));
    return sections;
  }

  private loadTest(load: LoadSummary): (string | undefined)[] {
    const { summary, options } = this;
    const sections: (string | undefined)[] = [];
    if (options.showOverview !== false) sections.push(loadOverviewText(summary, load));
    sections.push(thresholdsText(load));
    if (options.showResultsMatrix !== false) sections.push(percentilesText(load));
    if (options.showFailedTests !== false) {
      sections.push(errorsText(load));
      if (this.failed > 0) sections.push(this.failedTests('Failures among the sample conversations'));
    }
    sections.push(eventsText(load));
    if (options.showCostSummary !== false) sections.push(loadCostText(load));
    return sections;
  }

  private failedTests(title = 'Failures'): string {
    const parts = [...this.failures];
    const omitted = this.failed - this.failures.length;
    if (omitted > 0) parts.push(`${formatCount(omitted)} more failures stand in results.jsonl.\n`);
    if (this.tolerated > 0) {
      const within = 'failed within the pass_threshold of their checks; they stand in results.jsonl.';
      parts.push(`${formatCount(this.tolerated)} ${within}\n`);
    }
    return `## ${title}\n\n${parts.join('\n')}`;
  }
}

function failureText(item: FailedItem): string {
  const lines = [`### ${codeSpan(item.id)}\n`, `${item.verdict}: ${codeSpan(item.reason)}`];
  if (item.source) lines[1] += ` at ${codeSpan(item.source)}`;
  const next = item.hint ? `\nNext: ${codeSpan(item.hint, 500)}\n` : '';
  return `${lines.join('\n')}\n\n${fenced(item.message)}${next}`;
}

function details(record: ConversationRecord): string {
  const checks = record.assertions
    .filter((check) => !check.skipped)
    .slice(0, 50)
    .map(
      (check) =>
        `- ${check.passed ? '✅' : '❌'} ${codeSpan(check.type)} ${codeSpan(check.error ?? check.explanation)}\n`,
    );
  const list = checks.length > 0 ? `${checks.join('')}\n` : '';
  const about = aboutScenario(record);
  const conversation = fenced(transcript(record.messages, MAX_TRANSCRIPT));
  return `\n<details><summary>Conversation</summary>\n\n${about}${list}${conversation}\n</details>\n`;
}

/** What the scenario says for people, and who answered in the place of the provider. */
function aboutScenario({ description, heldBy, labels, annotations }: ConversationRecord): string {
  const pairs = [...Object.entries(labels ?? {}), ...Object.entries(annotations ?? {})].slice(0, 20);
  const words = [
    ...(description ? [codeSpan(description, 500)] : []),
    ...(heldBy ? [`held by ${codeSpan(heldBy)}`] : []),
    ...pairs.map(([key, value]) => codeSpan(`${key}: ${value}`)),
  ];
  return words.length === 0 ? '' : `${words.join(' · ')}\n\n`;
}
