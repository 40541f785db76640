import { nothingLeft } from './datagen/dataset-summary.js';
import { describeRecords } from './datagen/expected-records.js';
import { formatDurationMs } from './duration.js';
import { heldRows } from './held-providers.js';
import type { HeldRow } from './hold.js';
import { describeLoad, loadFigures } from './load/load-figures.js';
import type { LoadFigures } from './load/load-summary.js';
import type { FailedItem, JobResult, Phase, Progress, Stage } from './run.js';
import type { RunState } from './run-state.js';
import { bothSpent, NOTHING_SPENT, type Spent } from './spent.js';

/** Rows of the by-provider table; the rest is summed. */
const MAX_ROWS = 100;

/** Failures shown in the workflow's current details. */
const MAX_FAILURES_SHOWN = 10;

export interface RunStanding {
  run: string;
  phase: Phase;
  stage: Stage;
  state: RunState;
  /** Shards in flight. */
  inFlight: number;
  /** Milliseconds since the epoch. */
  now: number;
}

export function progressOf({ run, phase, stage, state, inFlight, now }: RunStanding): Progress {
  const { plan } = state;
  const load = plan.load && state.load && loadFigures(state.load, plan.load, now);
  const counts = load === undefined ? state.counts : countsOf(load);
  const rows = Object.entries(state.providers).map(([provider, [passed, failed, errored]]) => {
    return { provider, passed, failed, errored };
  });
  const shown = rows.slice(0, MAX_ROWS);
  const others = rows.slice(MAX_ROWS);
  if (others.length > 0) {
    const sum = (key: 'passed' | 'failed' | 'errored') => others.reduce((total, row) => total + row[key], 0);
    shown.push({ provider: '(others)', passed: sum('passed'), failed: sum('failed'), errored: sum('errored') });
  }
  const reused = plan.reused.passed + plan.reused.failed + plan.reused.errored;
  return {
    run,
    phase,
    stage,
    counts: { total: plan.total, ...counts, reused },
    waitingForRetry: state.deferred.reduce((sum, entry) => sum + entry.items, 0),
    held: heldRows(state),
    ...(state.paused ? { paused: true } : {}),
    shards: {
      done: state.shardsDone,
      inFlight,
      toDo: Math.ceil((plan.toRun - state.nextItem) / plan.shardSize) + state.ready.length,
    },
    providers: shown,
    spent: load === undefined ? spentOf(state) : { ...load.usage, costUsd: load.costUsd },
    ...(plan.metrics === undefined ? {} : { metrics: plan.metrics }),
    startedAt: state.startedAt,
    ...datasetOf(state),
    ...(plan.total === 0 && load === undefined ? {} : { capacity: capacityOf(state) }),
    ...(load === undefined ? {} : { load }),
  };
}

const countsOf = ({ conversations: { passed, failed, errored } }: LoadFigures) => ({ passed, failed, errored });

/** Until the first round is over nothing is chosen; it has a conversation for each record. */
function datasetOf({ plan, dataset }: RunState): Pick<Progress, 'dataset'> {
  if (dataset !== undefined) return { dataset: dataset.figures };
  if (plan.dataGen === undefined || plan.total === 0) return {};
  return { dataset: { count: plan.total, records: 0, left: nothingLeft(), rounds: 0 } };
}

function spentOf({ spent }: RunState): Spent {
  return spent === undefined ? NOTHING_SPENT : bothSpent(spent.passed, spent.others);
}

function capacityOf({ plan, workers = plan.workers }: RunState): Progress['capacity'] {
  const { concurrency, concurrencyPerWorker: perWorker } = plan;
  return {
    concurrency,
    ...(workers === undefined ? {} : { workers }),
    ...(perWorker === undefined ? {} : { perWorker }),
  };
}

/** The Markdown that stands in the workflow's current details in the Temporal UI. */
export function describeProgress(progress: Progress, failures: FailedItem[], result?: JobResult): string {
  const { counts, load } = progress;
  const lines = load === undefined ? describeConversations(progress) : describeLoadTest(progress, load);
  if (counts.reused > 0) lines.push(`${counts.reused} results taken over from an earlier run.`, '');
  if (progress.waitingForRetry > 0) lines.push(`${progress.waitingForRetry} waiting to be tried again.`, '');
  if (progress.paused) lines.push('**Paused**: nothing new begins until it is resumed.', '');
  for (const row of progress.held) lines.push(describeHeld(row), '');
  if (result !== undefined) {
    const took = formatDurationMs(result.endedAt - result.startedAt);
    lines.push(`${cell(result.message)} (${took})`, '', `Reports: ${cell(result.reportUrl)}`, '');
  }
  for (const failure of failures.slice(0, MAX_FAILURES_SHOWN)) {
    lines.push(`- \`${failure.id.replaceAll('`', "'")}\` ${cell(failure.reason)}: ${cell(failure.message)}`);
  }
  return lines.join('\n');
}

function describeConversations({ phase, stage, counts, providers, dataset }: Progress): string[] {
  const done = counts.passed + counts.failed + counts.errored;
  const records = dataset === undefined ? '' : `${describeRecords(dataset, counts)} · `;
  return [
    `**${phase}** · ${stage} · ${records}${done} of ${counts.total} conversations`,
    '',
    '| provider | passed | failed | errors |',
    '|---|---:|---:|---:|',
    ...providers.map((row) => `| ${cell(row.provider)} | ${row.passed} | ${row.failed} | ${row.errored} |`),
    `| **all** | **${counts.passed}** | **${counts.failed}** | **${counts.errored}** |`,
    '',
  ];
}

function describeLoadTest({ phase, stage }: Progress, load: LoadFigures): string[] {
  return [`**${phase}** · ${stage} · load test`, '', ...describeLoad(load, cell)];
}

function describeHeld({ provider, items, since, tryAgainAt, until, message, hint }: HeldRow): string {
  const time = (ms: number): string => `${new Date(ms).toISOString().slice(0, 19).replace('T', ' ')} UTC`;
  const next = tryAgainAt === undefined ? 'It is being asked again.' : `It is asked again at ${time(tryAgainAt)}`;
  const end = until === undefined ? '' : `, until ${time(until)}`;
  const what = hint === undefined ? '' : ` **To do:** ${cell(hint)}.`;
  return (
    `**Held: ${cell(provider)}** is down since ${time(since)}: ${cell(message)}${what} ` +
    `${items} conversations wait. ${next}${tryAgainAt === undefined ? '' : `${end}.`}`
  );
}

/** Text from outside must stay text: no table cell, link or HTML of its own. */
export function cell(text: string): string {
  return text.replace(/\s+/g, ' ').replace(/[\\`*_{}[\]<>|#]/g, (c) => `\\${c}`);
}
