import type { AssertionResult, ConversationRecord } from '../core/conversation.js';
import { failedItemOf } from '../core/failed-item.js';
import type { ReportFile, RunSummary } from '../core/run.js';
import { shorten } from '../core/shorten.js';
import { arenaProperties, caseProperties } from './junit-properties.js';
import { plainLine } from './plain-text.js';
import type { RecordLine } from './record-line.js';
import type { RecordWriter } from './record-writer.js';
import type { ReportFileWriter } from './report-file.js';
import type { ReportOptions } from './report-options.js';
import { transcript } from './transcript.js';
import { attributes, escapeMarkup } from './xml.js';

/** Longest text of a `failure` or `error`, and of a `system-out`, in UTF-16 units. */
const MAX_REASONS = 16_000;
const MAX_TRANSCRIPT = 64_000;
/** A suite that grows beyond this is closed, and goes on as a second one of the same name. */
const MAX_SUITE = 8 * 1024 * 1024;

/** Test cases that wait for the end of their suite, whose start tag holds the counts. */
interface Suite {
  name: string;
  cases: string[];
  size: number;
  failures: number;
  errors: number;
  skipped: number;
  timeMs: number;
  startedAt: number;
}

/**
 * junit.xml: a suite for each scenario, a test case for each conversation. Items come by trial, region, scenario,
 * provider, so the conversations of a scenario are neighbours only within one trial and region: each such block is a
 * suite of its own, which keeps one pass and little memory. Names hold nothing of the run, so a CI's history works.
 */
export class JunitWriter implements RecordWriter {
  private readonly includeSystemOut: boolean;
  private suite: Suite | undefined;
  private started = false;

  constructor(
    private readonly file: ReportFileWriter,
    private readonly summary: RunSummary,
    options: ReportOptions['junit'],
    /** One of several files, whose counts of their own are not known when they begin. */
    private readonly isPart: boolean,
  ) {
    this.includeSystemOut = options?.includeSystemOut ?? false;
  }

  add(entry: RecordLine): Promise<void> | undefined {
    const { record } = entry;
    const name = suiteName(record);
    const full = this.suite && (this.suite.name !== name || this.suite.size > MAX_SUITE);
    const before = full ? this.takeSuite() : '';
    this.suite ??= newSuite(name, record.timing.startedAt);
    const text = testCase(record, this.includeSystemOut);
    this.suite.cases.push(text);
    this.suite.size += text.length;
    this.suite.failures += record.verdict === 'failed' && !record.tolerated ? 1 : 0;
    this.suite.skipped += record.tolerated ? 1 : 0;
    this.suite.errors += record.verdict === 'errored' ? 1 : 0;
    this.suite.timeMs += record.timing.durationMs;
    this.suite.startedAt = Math.min(this.suite.startedAt, record.timing.startedAt);
    return before === '' ? undefined : this.file.add(before);
  }

  async end(): Promise<ReportFile> {
    await this.file.add(this.takeSuite(), '</testsuites>\n');
    return this.file.end();
  }

  private takeSuite(): string {
    const { suite } = this;
    this.suite = undefined;
    const head = this.started ? '' : documentStart(this.summary, this.isPart);
    this.started = true;
    if (!suite) return head;
    const start = attributes({
      name: suite.name,
      tests: suite.cases.length,
      failures: suite.failures,
      errors: suite.errors,
      skipped: suite.skipped === 0 ? undefined : suite.skipped,
      time: seconds(suite.timeMs),
      timestamp: new Date(suite.startedAt).toISOString(),
    });
    const about = arenaProperties(this.summary);
    return `${head}  <testsuite${start}>\n${about}${suite.cases.join('')}  </testsuite>\n`;
  }
}

function newSuite(name: string, startedAt: number): Suite {
  return { name, cases: [], size: 0, failures: 0, errors: 0, skipped: 0, timeMs: 0, startedAt };
}

function documentStart({ job, counts, startedAt, endedAt }: RunSummary, isPart: boolean): string {
  const totals = {
    tests: counts.passed + counts.failed + counts.errored,
    failures: counts.failed - (counts.tolerated ?? 0),
    errors: counts.errored,
    time: seconds(endedAt - startedAt),
  };
  const start = attributes({ name: job, ...(isPart ? {} : totals) });
  return `<?xml version="1.0" encoding="UTF-8"?>\n<testsuites${start}>\n`;
}

/** `refunds`, `refunds (trial 2)`, `refunds (eu, trial 2)`. */
export function suiteName({ scenario, region, trial }: ConversationRecord): string {
  const parts: string[] = [];
  if (region !== undefined && region !== 'default') parts.push(region);
  if (trial > 1) parts.push(`trial ${trial}`);
  return parts.length === 0 ? scenario : `${scenario} (${parts.join(', ')})`;
}

function testCase(record: ConversationRecord, includeSystemOut: boolean): string {
  const start = attributes({ name: record.id, classname: record.scenario, time: seconds(record.timing.durationMs) });
  const output = includeSystemOut ? escapeMarkup(transcript(record.messages, MAX_TRANSCRIPT)) : '';
  const systemOut = includeSystemOut ? `      <system-out>${output}</system-out>\n` : '';
  return `    <testcase${start}>\n${caseProperties(record)}${outcome(record)}${systemOut}    </testcase>\n`;
}

/**
 * `failure` = the model did not do as asked, `error` = the conversation could not be held. A failure that a
 * pass_threshold allows for must not turn a CI red, nor look like a pass: it is `skipped`.
 */
function outcome(record: ConversationRecord): string {
  const failed = failedItemOf(record);
  if (!failed) return '';
  if (failed.tolerated) {
    const message = `within pass_threshold: ${failed.reason}: ${failed.message}`;
    return `      <skipped${attributes({ message: plainLine(message) })}/>\n`;
  }
  const tag = failed.verdict === 'failed' ? 'failure' : 'error';
  const start = attributes({ type: failed.reason, message: plainLine(failed.message) });
  const text = escapeMarkup(shorten(reasons(record), MAX_REASONS));
  return `      <${tag}${start}>${text}</${tag}>\n`;
}

function reasons({ error, assertions, violations }: ConversationRecord): string {
  const lines: string[] = [];
  if (error) {
    const status = error.status === undefined ? '' : ` (status ${error.status})`;
    lines.push(`${error.code}${status}: ${error.message}`);
    if (error.hint) lines.push(`next: ${error.hint}`);
  }
  for (const check of assertions) if (!check.passed && !check.skipped) lines.push(...checkLines(check));
  for (const violation of violations) {
    const why = violation.message ? `: ${violation.message}` : '';
    lines.push(`guardrail ${violation.validator} fired on ${violation.direction}${why}`);
  }
  return lines.join('\n');
}

function checkLines(check: AssertionResult): string[] {
  const where = check.messageIndex === undefined ? check.level : `message ${check.messageIndex}`;
  const score = check.score === undefined ? '' : `, score ${check.score}`;
  const lines = [`${check.type} (${where}${score}): ${check.error ?? check.explanation}`];
  if (check.message) lines.push(`  ${check.message}`);
  if (check.source) lines.push(`  at ${check.source}`);
  return lines;
}

function seconds(ms: number): string {
  return (Math.max(0, ms) / 1000).toFixed(3);
}
