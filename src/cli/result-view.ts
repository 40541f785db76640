/** The result of a run as text. Pure. */
import { formatDurationMs } from '../core/duration.js';
import type { JobResult, Phase, Tally } from '../core/run.js';
import { formatUsd } from '../core/usd.js';
import { formatCached } from '../report/figures.js';
import { trialsSentence } from '../report/trial-words.js';
import { failureLine } from './progress-view.js';
import { table } from './table.js';
import { type Colors, plainText } from './terminal.js';

/** Failures that are printed; the reports hold all of them. */
const MAX_FAILURES = 20;
/** Remedies that are printed; many failures share one. */
const MAX_REMEDIES = 10;

/** How a run ended, as the last line begins. */
export const PHASE_WORDS: { [Each in Phase]: string } = {
  Succeeded: 'PASSED',
  Failed: 'FAILED',
  Cancelled: 'CANCELLED',
  Pending: 'PENDING',
  Running: 'RUNNING',
};

type Result = Pick<
  JobResult,
  | 'phase'
  | 'message'
  | 'exitCode'
  | 'counts'
  | 'costUsd'
  | 'cached'
  | 'startedAt'
  | 'endedAt'
  | 'providers'
  | 'failures'
  | 'trials'
>;

/** Table of providers, the failures that are not `shown` yet, what became of trials, and the verdict. */
export function resultLines(result: Result, colors: Colors, shown: ReadonlySet<string>): string[] {
  const trials = trialsSentence(result);
  return [
    ...providerTable(result.providers),
    '',
    ...failureLines(result, colors, shown),
    ...remedyLines(result),
    ...(trials === undefined ? [] : [trials, '']),
    verdictLine(result, colors),
  ];
}

/** Without those that a pass_threshold allows for: they are counted, and stand in the reports. */
function failureLines({ failures, counts }: Result, colors: Colors, shown: ReadonlySet<string>): string[] {
  const fresh = failures.filter((item) => !item.tolerated && !shown.has(item.id)).slice(0, MAX_FAILURES);
  const lines = fresh.map((item) => failureLine(item, colors));
  const seen = [...shown].filter((id) => !failures.some((item) => item.tolerated && item.id === id)).length;
  const more = counts.failed + counts.errored - (counts.tolerated ?? 0) - seen - fresh.length;
  if (more > 0) lines.push(`and ${more} more, see the reports`);
  return lines.length > 0 ? [...lines, ''] : [];
}

/** What to do about the failures, each remedy once. */
function remedyLines({ failures }: Result): string[] {
  const remedies = new Set(failures.flatMap(({ hint, tolerated }) => (tolerated ? [] : (hint ?? []))));
  const lines = [...remedies].slice(0, MAX_REMEDIES).map((hint) => `to do    ${plainText(hint)}`);
  return lines.length > 0 ? [...lines, ''] : [];
}

function verdictLine(result: Result, colors: Colors): string {
  const { phase, counts, costUsd, cached, startedAt, endedAt, exitCode } = result;
  const paint = phase === 'Succeeded' ? colors.green : colors.red;
  const notRun = counts.total - counts.passed - counts.failed - counts.errored;
  const within = counts.tolerated ? ` (${counts.tolerated} within pass_threshold)` : '';
  const numbers = [`${counts.passed} passed`, `${counts.failed} failed${within}`, `${counts.errored} errors`];
  if (notRun > 0) numbers.push(`${notRun} not run`);
  if (counts.reused > 0) numbers.push(`${counts.reused} taken over`);
  const parts = [numbers.join(', '), formatDurationMs(endedAt - startedAt)];
  if (costUsd !== undefined) parts.push(formatUsd(costUsd));
  const saved = formatCached(cached);
  if (saved !== undefined) parts.push(saved);
  parts.push(`exit ${exitCode}`);
  return `${paint(PHASE_WORDS[phase])}  ${parts.join('   ')}`;
}

function providerTable(providers: readonly Tally[]): string[] {
  const head = ['PROVIDER', 'PASSED', 'FAILED', 'ERRORS', 'TOTAL', 'P50', 'P95', 'COST'];
  const rows = providers.map((row) => [
    plainText(row.key),
    ...[row.passed, row.failed, row.errored, row.total].map(String),
    ...[row.latency.p50Ms, row.latency.p95Ms].map((ms) => (ms === undefined ? '-' : formatDurationMs(ms))),
    row.costUsd === undefined ? '-' : formatUsd(row.costUsd),
  ]);
  return table(head, rows, new Set([1, 2, 3, 4, 5, 6, 7]));
}
