/** The end of a load test as text: target against what was made, percentiles, thresholds, what is not in them. Pure. */
import { formatDurationMs } from '../core/duration.js';
import { endFigures } from '../core/load/end-figures.js';
import type { LoadFigures, LoadSummary } from '../core/load/load-summary.js';
import { thresholdText } from '../core/load/load-words.js';
import type { ThresholdResult } from '../core/load/thresholds.js';
import type { FailedItem, JobResult, Tally } from '../core/run.js';
import { shorten } from '../core/shorten.js';
import { formatUsd } from '../core/usd.js';
import { formatCount, formatMs, formatRate } from '../report/figures.js';
import { formatPace, holdText, measuredText, missingSentences, STATE_WORDS } from '../report/load/words.js';
import { PHASE_WORDS } from './result-view.js';
import { table } from './table.js';
import { type Colors, plainText } from './terminal.js';

/** Thresholds that are told; the reports hold all of them. */
const MAX_THRESHOLDS = 20;
/** Kinds of errors that are told, and characters of what one of them said. */
const MAX_ERRORS = 5;
const MAX_MESSAGE = 200;
/** Of the target; what is below was not reached. */
const REACHED = 0.98;

type Ended = Pick<
  JobResult,
  'phase' | 'message' | 'exitCode' | 'costUsd' | 'startedAt' | 'endedAt' | 'providers' | 'failures'
>;

export function loadResultLines(result: Ended, load: LoadSummary | LoadFigures, colors: Colors): string[] {
  const { phase } = result;
  const figures = 'series' in load ? endFigures(load) : load;
  return [
    ...providerTable(result.providers),
    '',
    targetLine(figures),
    latencyLine(figures),
    ...figures.thresholds.slice(0, MAX_THRESHOLDS).map((one) => thresholdLine(one, colors)),
    ...errorLines(figures, result.failures, colors),
    ...missingSentences({ ...figures, ...load }).map((sentence) => colors.yellow(`note     ${sentence}`)),
    '',
    verdictLine(result, { ...figures, thresholds: load.thresholds }, colors),
    `         ${plainText(result.message)}`,
    ...(phase === 'Cancelled' ? [] : nextLines(figures, result)),
  ];
}

function providerTable(providers: readonly Tally[]): string[] {
  const head = ['PROVIDER', 'ANSWERED', 'CONVERSATIONS', 'PASSED', 'P50', 'P90', 'P95', 'P99', 'MAX', 'COST'];
  const rows = providers.map(({ key, total, passed, failed, errored, latency, costUsd }) => [
    plainText(key),
    formatCount(latency.count),
    formatCount(total),
    formatRate(passed, passed + failed + errored),
    ...[latency.p50Ms, latency.p90Ms, latency.p95Ms, latency.p99Ms, latency.maxMs].map(formatMs),
    costUsd === undefined ? '–' : formatUsd(costUsd),
  ]);
  return table(head, rows, new Set(head.map((_, column) => column).slice(1)));
}

/** `target   100 requests a second, sent 99.8 (> 99.9 %)` */
function targetLine({ model, target, rps, lanes }: LoadFigures): string {
  const workers = `on ${formatCount(lanes)} ${lanes === 1 ? 'worker' : 'workers'}`;
  if (model === 'closed') {
    return `target   ${formatPace(target)} virtual users, made ${formatPace(rps)} requests a second ${workers}`;
  }
  const share = target > 0 ? ` (${formatRate(Math.min(rps, target), target)})` : '';
  return `target   ${formatPace(target)} requests a second, sent ${formatPace(rps)}${share} ${workers}`;
}

function latencyLine({ latency, ttft }: LoadFigures): string {
  const { p50Ms, p95Ms, p99Ms, p999Ms } = latency;
  const times = `p50 ${formatMs(p50Ms)}  p95 ${formatMs(p95Ms)}  p99 ${formatMs(p99Ms)}  p99.9 ${formatMs(p999Ms)}`;
  const first = ttft === undefined ? '' : `   first token p50 ${formatMs(ttft.p50Ms)}  p95 ${formatMs(ttft.p95Ms)}`;
  return `latency  ${times}${first}`;
}

function thresholdLine(threshold: ThresholdResult, colors: Colors): string {
  const { state } = threshold;
  const paint = state === 'passed' ? colors.green : state === 'failed' ? colors.red : colors.yellow;
  const words = `${plainText(thresholdText(threshold))}  ${measuredText(threshold)}`;
  return `${paint(STATE_WORDS[state].padEnd('not measured'.length))}  ${words}`;
}

/** `errors   110 connection_failed: The service cannot be reached …`, with what one of them said. */
function errorLines({ errors = {} }: LoadFigures, failures: readonly FailedItem[], colors: Colors): string[] {
  return Object.entries(errors)
    .slice(0, MAX_ERRORS)
    .map(([code, count]) => {
      const sample = failures.find(({ reason }) => reason === code);
      const said = sample === undefined ? '' : `: ${plainText(shorten(sample.message, MAX_MESSAGE))}`;
      return `${colors.red('errors')}   ${formatCount(count)} ${plainText(code)}${said}`;
    });
}

function verdictLine(result: Ended, { requests, thresholds, conversations }: LoadFigures, colors: Colors): string {
  const { phase, costUsd, startedAt, endedAt, exitCode } = result;
  const paint = phase === 'Succeeded' ? colors.green : colors.red;
  const failed = requests.failed > 0 ? `, ${formatRate(requests.failed, requests.ended)} failed` : '';
  const parts = [
    ...(thresholds.length === 0 ? [] : [`thresholds: ${holdText(thresholds)}`]),
    `${formatCount(requests.ended)} requests${failed}`,
    `${formatCount(conversations.begun)} conversations`,
    formatDurationMs(endedAt - startedAt),
    ...(costUsd === undefined ? [] : [formatUsd(costUsd)]),
    `exit ${exitCode}`,
  ];
  return `${paint(PHASE_WORDS[phase])}  ${parts.join('   ')}`;
}

/** What would let the next test come nearer to what it was to make. */
function nextLines(
  { model, target, rps, requests, conversations, errors = {} }: LoadFigures,
  { failures, message }: Ended,
): string[] {
  const [commonest] = Object.keys(errors);
  const hint = failures.find(({ reason }) => reason === commonest)?.hint;
  const remedy = hint === undefined || message.includes(hint) ? undefined : hint;
  // Where nothing is answered nothing else matters.
  if (requests.failed === requests.ended) return remedy === undefined ? [] : [`next     ${plainText(remedy)}`];
  const isShort = model === 'open' && target > 0 && rps < REACHED * target;
  if (conversations.dropped > 0 || isShort) {
    return ['next     more workers (--workers) or a higher maxInFlight keep the rate to its target'];
  }
  if (requests.rateLimited > 0) {
    return ['next     a lower target, or higher limits of the provider, leave fewer requests refused'];
  }
  return remedy === undefined ? [] : [`next     ${plainText(remedy)}`];
}
