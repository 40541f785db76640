/** A load test as the status of its job tells it. Pure. */
import { formatDurationMs } from '../../../src/core/duration.js';
import type { LoadEvent, LoadFigures } from '../../../src/core/load/load-summary.js';
import { budgetText, clockText, elapsedText, TARGET_UNIT } from '../../../src/core/load/load-words.js';
import { isTimeMetric, type ThresholdResult } from '../../../src/core/load/thresholds.js';
import type { Counts } from '../../../src/core/run.js';
import { shorten } from '../../../src/core/shorten.js';
import type { ArenaJobStatus } from '../../../src/schema/cluster/arena-job-status.js';
import type { JobEvent } from './arena-job-events.js';

/** UTF-16 units of a threshold, and of an Event: ids may be long. */
const MAX_THRESHOLD = 100;
const MAX_EVENT = 300;

/** What stands before the code of an error. */
export const ERROR = 'error:';

type Progress = NonNullable<ArenaJobStatus['progress']>;

/** In time where the test ends by the clock, else in conversations. A conversation that has begun and not ended is pending. */
export function loadProgress(load: LoadFigures, counts: Counts, isOver: boolean): Progress {
  const { begun } = load.conversations;
  const failed = counts.failed + counts.errored;
  const total = Math.max(begun, counts.total);
  return {
    ...{ total, completed: counts.passed, failed, pending: isOver ? 0 : Math.max(0, total - counts.passed - failed) },
    text: isOver ? elapsedText(load) : progressText(load, counts.passed + failed, total),
  };
}

function progressText(load: LoadFigures, ended: number, total: number): string {
  return load.endMs === undefined ? `${ended}/${total}` : clockText(load, '/');
}

/** `6m0s of 10m0s, target 100 requests a second, now 99.8, 212 in flight, p95 1.9s`. */
export function loadTold(load: LoadFigures): string {
  const { model, target, rps, inFlight, requests, conversations, latency, clockMs } = load;
  if (clockMs < 0) return `the test begins with ${load.lanes} lanes`;
  const parts = [
    clockText(load, ' of '),
    `target ${rounded(target)} ${TARGET_UNIT[model]}`,
    `now ${rounded(rps)}${model === 'open' ? '' : ' requests a second'}`,
    `${inFlight} in flight`,
    `${requests.ended} requests, ${requests.failed} failed`,
  ];
  if (latency.p95Ms !== undefined) parts.push(`p95 ${formatDurationMs(latency.p95Ms)}`);
  if (conversations.dropped > 0) parts.push(`${conversations.dropped} dropped`);
  const lost = load.thresholds.filter(({ state }) => state === 'failed').length;
  if (lost > 0) parts.push(`${lost} of the thresholds lost`);
  return parts.join(', ');
}

/** What is measured this moment, as texts: numbers in an object of the cluster are whole. */
export function loadMeasured(load: LoadFigures): NonNullable<ArenaJobStatus['load']> {
  const { model, target, rps, lanes, requests, conversations, turns, errors = {}, latency, ttft, wait } = load;
  const { usage, events } = load;
  const newest = events.at(-1);
  return {
    ...{ model, target: rounded(target), rps: rounded(rps), lanes: String(lanes), inFlight: String(load.inFlight) },
    ...counted({
      requests: requests.ended,
      failedRequests: requests.failed,
      rateLimitedRequests: requests.rateLimited,
    }),
    ...counted({ unknownRequests: requests.unknown, droppedConversations: conversations.dropped }),
    ...counted({ conversations: conversations.begun, turns }),
    ...counted(Object.fromEntries(Object.entries(errors).map(([code, count]) => [`${ERROR}${code}`, count]))),
    ...inMs('latency', latency),
    ...(ttft === undefined ? {} : inMs('ttft', ttft)),
    ...(wait === undefined ? {} : inMs('wait', wait)),
    ...counted({ inputTokens: usage.inputTokens ?? 0, outputTokens: usage.outputTokens ?? 0 }),
    ...(load.costUsd === undefined ? {} : { costUsd: load.costUsd.toFixed(4) }),
    ...(newest === undefined ? {} : { lastEventAt: new Date(newest.at).toISOString() }),
  };
}

/** Beside what every run has, under the names that dashboards know. */
export function loadMeasures(load: LoadFigures): { [name: string]: string } {
  const { budget, thresholds } = load;
  const judged: { [name: string]: string } = {};
  for (const each of thresholds) {
    const of = [each.scenario, each.provider].flatMap((id) => (id === undefined ? [] : [`@${id}`])).join('');
    const name = shorten(`threshold:${each.metric}${of}`, MAX_THRESHOLD);
    // The same metric may stand there twice, as a bound above and one below.
    judged[name in judged ? `${name}:${each.operator}${each.value}` : name] = verdictOf(each);
  }
  const passed = thresholds.filter(({ state }) => state === 'passed').length;
  const { lastEventAt: _, model, ...figures } = loadMeasured(load);
  const { inFlight: _i, costUsd: _c, ...measured } = figures;
  return {
    ...measured,
    ...judged,
    ...(thresholds.length === 0 ? {} : { thresholds_passed: `${passed}/${thresholds.length} passed` }),
    ...(budget === undefined ? {} : { budgetBreached: String(budget.reached) }),
    ...(budget?.usd === undefined ? {} : { budgetLimit: String(budget.usd), budgetCurrency: 'USD' }),
    ...(budget?.tokens === undefined ? {} : { budgetTokens: String(budget.tokens) }),
    loadModel: model ?? load.model,
  };
}

/** `1.9s < 3s PASS`. What was not measured does not pass. */
function verdictOf({ metric, operator, value, state, actual }: ThresholdResult): string {
  const told =
    actual === undefined ? 'unknown' : isTimeMetric(metric) ? formatDurationMs(actual) : actualText(metric, actual);
  return `${told} ${operator} ${value} ${state === 'passed' ? 'PASS' : 'FAIL'}`;
}

const actualText = (metric: ThresholdResult['metric'], actual: number): string =>
  metric === 'total_cost' ? actual.toFixed(4) : String(Number(actual.toPrecision(4)));

const EVENTS: { [what in LoadEvent['what']]?: { type: 'Normal' | 'Warning'; reason: string } } = {
  setRate: { type: 'Normal', reason: 'RateChanged' },
  stopped: { type: 'Normal', reason: 'StoppedEarly' },
  budgetReached: { type: 'Warning', reason: 'BudgetReached' },
  budgetRaised: { type: 'Normal', reason: 'BudgetRaised' },
  thresholdLost: { type: 'Warning', reason: 'ThresholdLost' },
  lanes: { type: 'Normal', reason: 'LoadSpread' },
};

/** What has happened to the test since the status was written last, of the few that are known: each is told once. */
export function loadEvents(before: ArenaJobStatus, run: string | undefined, load: LoadFigures | undefined): JobEvent[] {
  const told = before.run === run ? Date.parse(before.load?.lastEventAt ?? '') : Number.NaN;
  return (load?.events ?? []).flatMap(({ at, what, text, clockMs }) => {
    const event = EVENTS[what];
    if (event === undefined || at <= told) return [];
    const message = shorten(`${formatDurationMs(Math.max(0, clockMs))}: ${text}`, MAX_EVENT);
    return [{ ...event, message }];
  });
}

/** The budget that waits to be raised. */
export function budgetHeld(load: LoadFigures | undefined): string | undefined {
  if (load?.budget?.reached !== true) return undefined;
  return `the budget is used up, ${budgetText(load.budget)}: raise it in spec.loadTest, or end the run by spec.cancelled`;
}

/** What the budget of the spec has that the open run was not told of yet; undefined: nothing. */
export function budgetRaise(
  spec: { budgetLimit?: string; budgetTokens?: number } | undefined,
  load: LoadFigures | undefined,
): { usd?: number; tokens?: number } | undefined {
  const { usd, tokens } = load?.budget ?? {};
  // Sums of decimal fractions are not exact.
  const moreUsd = usd === undefined ? 0 : Number((Number(spec?.budgetLimit ?? usd) - usd).toFixed(6));
  const moreTokens = tokens === undefined ? 0 : (spec?.budgetTokens ?? tokens) - tokens;
  if (moreUsd <= 0 && moreTokens <= 0) return undefined;
  return { ...(moreUsd > 0 ? { usd: moreUsd } : {}), ...(moreTokens > 0 ? { tokens: moreTokens } : {}) };
}

function counted(counts: { [name: string]: number }): { [name: string]: string } {
  return Object.fromEntries(Object.entries(counts).map(([name, count]) => [name, String(count)]));
}

function inMs(name: string, { p50Ms, p95Ms, p99Ms }: LoadFigures['latency']): { [name: string]: string } {
  const times = { P50: p50Ms, P95: p95Ms, P99: p99Ms };
  return Object.fromEntries(
    Object.entries(times).flatMap(([part, ms]) =>
      ms === undefined ? [] : [[`${name}${part}Ms`, String(Math.round(ms))]],
    ),
  );
}

const rounded = (value: number): string => String(value >= 100 ? Math.round(value) : Math.round(value * 10) / 10);
