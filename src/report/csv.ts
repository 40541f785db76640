import type { ConversationRecord } from '../core/conversation.js';
import { failedItemOf } from '../core/failed-item.js';
import type { ReportFile } from '../core/run.js';
import { type CsvCell, csvRow } from './csv-row.js';
import type { RecordLine } from './record-line.js';
import type { RecordWriter } from './record-writer.js';
import type { ReportFileWriter } from './report-file.js';

const turnsOf = (record: ConversationRecord): number => record.messages.filter((one) => one.role === 'user').length;
const checksOf = (record: ConversationRecord, passed: boolean): number =>
  record.assertions.filter((one) => !one.skipped && one.passed === passed).length;
const evalsOf = (record: ConversationRecord, passed: boolean): number | undefined =>
  record.evals?.filter((one) => !one.skipped && one.passed === passed).length;
/** Maps stand as JSON; an empty cell is an absent one. */
const jsonOf = (map: object | undefined): string | undefined => map && JSON.stringify(map);
const lastAnswerOf = (record: ConversationRecord): string | undefined =>
  record.messages.findLast((one) => one.role === 'assistant')?.content;

/** Order and names are part of the format: new columns are added at the end. An empty cell is an unknown value. */
const COLUMNS: { [name: string]: (record: ConversationRecord) => CsvCell } = {
  id: (record) => record.id,
  index: (record) => record.index,
  scenario: (record) => record.scenario,
  provider: (record) => record.provider,
  region: (record) => record.region,
  trial: (record) => record.trial,
  promptTask: (record) => record.promptTask,
  verdict: (record) => record.verdict,
  reason: (record) => failedItemOf(record)?.reason,
  message: (record) => failedItemOf(record)?.message,
  source: (record) => failedItemOf(record)?.source,
  turns: turnsOf,
  assertionsPassed: (record) => checksOf(record, true),
  assertionsFailed: (record) => checksOf(record, false),
  violations: (record) => record.violations.length,
  toolCalls: (record) => record.toolStats?.total ?? 0,
  inputTokens: (record) => record.usage.inputTokens,
  outputTokens: (record) => record.usage.outputTokens,
  cachedTokens: (record) => record.usage.cachedTokens,
  costUsd: (record) => record.costUsd,
  startedAt: (record) => new Date(record.timing.startedAt).toISOString(),
  durationMs: (record) => record.timing.durationMs,
  callMs: (record) => record.timing.callMs,
  waitMs: (record) => record.timing.waitMs,
  calls: (record) => record.calls,
  attempt: (record) => record.attempt,
  reused: (record) => record.reused === true,
  lastAnswer: lastAnswerOf,
  tolerated: (record) => record.tolerated === true,
  heldBy: (record) => record.heldBy,
  perturbation: (record) => jsonOf(record.perturbation),
  mode: (record) => record.mode,
  labels: (record) => jsonOf(record.labels),
  annotations: (record) => jsonOf(record.annotations),
  tags: (record) => record.tags?.join(' '),
  evalsPassed: (record) => evalsOf(record, true),
  evalsFailed: (record) => evalsOf(record, false),
  judgingCalls: (record) => record.judging?.calls,
  judgingCostUsd: (record) => record.judging?.costUsd,
  restarted: (record) => record.restarted === true,
  cachedCalls: (record) => record.cached?.calls,
  savedUsd: (record) => record.cached?.savedUsd,
};

const NAMES = Object.keys(COLUMNS);
const VALUES = Object.values(COLUMNS);

/** results.csv: a header and one row per conversation. */
export class CsvWriter implements RecordWriter {
  private started = false;

  constructor(private readonly file: ReportFileWriter) {}

  add(entry: RecordLine): Promise<void> | undefined {
    const { record } = entry;
    return this.file.add(this.header(), csvRow(VALUES.map((column) => column(record))));
  }

  async end(): Promise<ReportFile> {
    await this.file.add(this.header());
    return this.file.end();
  }

  private header(): string {
    if (this.started) return '';
    this.started = true;
    return csvRow(NAMES);
  }
}
