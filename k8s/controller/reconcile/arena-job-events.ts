/** What is worth an Event of a job: told once, when the status changes. Pure. */
import type { ArenaJobStatus } from '../../../src/schema/cluster/arena-job-status.js';
import type { Decision } from './arena-job-decide.js';
import { isOver, type JobRun } from './arena-job-runs.js';

export interface JobEvent {
  type: 'Normal' | 'Warning';
  reason: string;
  message: string;
}

const normal = (reason: string, message: string): JobEvent => ({ type: 'Normal', reason, message });
const warning = (reason: string, message: string): JobEvent => ({ type: 'Warning', reason, message });

export function eventsOf(
  before: ArenaJobStatus,
  after: ArenaJobStatus,
  decision: Decision,
  skipped: readonly JobRun[],
): JobEvent[] {
  const events: JobEvent[] = [];
  const { start, nothingToRetry } = decision;
  const told = reasonOf(after, 'Progressing');
  if (start?.why === 'retry')
    events.push(normal('RetryScheduled', `the failed items of ${before.run} run again as ${after.run}`));
  if (start?.why === 'trigger')
    events.push(normal('SourceChanged', `${after.source?.name} is at ${after.source?.revision}`));
  for (const run of decision.retryFailed) events.push(normal('RetryScheduled', `the failed items of ${run} run again`));
  if (nothingToRetry) events.push(normal('NothingToRetry', `${after.run} has no failed item to run again`));
  if (after.run !== undefined && after.run !== before.run) events.push(normal('JobStarted', `run ${after.run}`));
  events.push(...quarters(before, after));
  const was = reasonOf(before, 'Progressing');
  if (told?.reason !== was?.reason && told !== undefined) {
    if (told.reason === 'ProviderHeld') events.push(warning('ProviderThrottled', told.message));
    if (told.reason === 'Retrying') events.push(normal('RetryScheduled', told.message));
    if (told.reason === 'Suspended') events.push(normal('Suspended', told.message));
    if (was?.reason === 'Suspended' && after.phase === 'Running') events.push(normal('Resumed', told.message));
  }
  events.push(...workers(before, after));
  for (const { message = '', id } of skipped) events.push(normal('RunSkipped', `${id}: ${message}`));
  return [...events, ...ends(before, after)];
}

/** Of a run that is open: its workers do not come up, or do after all. */
function workers(before: ArenaJobStatus, after: ArenaJobStatus): JobEvent[] {
  const isStalled = ({ phase, conditions = [] }: ArenaJobStatus): boolean =>
    phase === 'Running' && conditions.some(({ type, status }) => type === 'Stalled' && status === 'True');
  const told = reasonOf(after, 'Stalled');
  if (isStalled(after) && reasonOf(before, 'Stalled')?.reason !== told?.reason) {
    return [warning('WorkersFailing', told?.message ?? '')];
  }
  if (!isStalled(before) || isStalled(after) || after.phase !== 'Running') return [];
  return [normal('WorkersReady', `${after.activeWorkers ?? 0} workers of the job are ready`)];
}

/** One each quarter of the way. */
function quarters(before: ArenaJobStatus, after: ArenaJobStatus): JobEvent[] {
  const { progress } = after;
  // A load test goes by the clock: its conversations are no part of a whole.
  if (after.phase !== 'Running' || progress === undefined || progress.total === 0 || after.load !== undefined)
    return [];
  const quarter = (status: ArenaJobStatus): number => {
    const { total = 0, completed = 0, failed = 0 } = status.progress ?? {};
    return total === 0 ? 0 : Math.floor((4 * (completed + failed)) / total);
  };
  const passed = after.run === before.run ? quarter(before) : 0;
  const now = quarter(after);
  // The last quarter is the end, which has an Event of its own.
  return now > passed && now < 4 ? [normal('Progress', `${25 * now} %: ${progress.text}`)] : [];
}

function ends(before: ArenaJobStatus, after: ArenaJobStatus): JobEvent[] {
  const { phase } = after;
  if (phase === undefined || !isOver({ phase })) return [];
  if (before.phase === phase && before.run === after.run && before.completionTime === after.completionTime) return [];
  const message = reasonOf(after, 'Ready')?.message ?? '';
  if (phase === 'Succeeded') return [normal('JobSucceeded', message)];
  return phase === 'Cancelled' ? [normal('Cancelled', message)] : [warning('JobFailed', message)];
}

function reasonOf(status: ArenaJobStatus, condition: string): { reason: string; message: string } | undefined {
  return status.conditions?.find(({ type }) => type === condition);
}
