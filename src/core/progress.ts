import { formatDurationMs } from './duration.js';
import { heldRows } from './held-providers.js';
import type { HeldRow } from './hold.js';
import type { FailedItem, JobResult, Phase, Progress, Stage } from './run.js';
import type { RunState } from './run-state.js';
import { bothSpent, NOTHING_SPENT } from './spent.js';

/** Rows of the by-provider table; the rest is summed. */
const MAX_ROWS = 100;

/** Failures shown in the workflow's current details. */
const MAX_FAILURES_SHOWN = 10;

export function progressOf(run: string, phase: Phase, stage: Stage, state: RunState, inFlight: number): Progress {
  const { plan, counts } = state;
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
    spent: state.spent === undefined ? NOTHING_SPENT : bothSpent(state.spent.passed, state.spent.others),
    ...(plan.metrics === undefined ? {} : { metrics: plan.metrics }),
    startedAt: state.startedAt,
    ...(plan.total === 0 ? {} : { capacity: capacityOf(state) }),
  };
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
  const { counts } = progress;
  const done = counts.passed + counts.failed + counts.errored;
  const lines = [
    `**${progress.phase}** · ${progress.stage} · ${done} of ${counts.total} conversations`,
    '',
    '| provider | passed | failed | errors |',
    '|---|---:|---:|---:|',
    ...progress.providers.map((row) => `| ${cell(row.provider)} | ${row.passed} | ${row.failed} | ${row.errored} |`),
    `| **all** | **${counts.passed}** | **${counts.failed}** | **${counts.errored}** |`,
    '',
  ];
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
