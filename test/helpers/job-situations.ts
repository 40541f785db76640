/** What a controller may find of a job, and what its conditions say then. */
import type { JobView } from '../../k8s/controller/reconcile/arena-job-view.js';
import { at, broken, ended, NOW, RUN, resolved, running, view } from './job-views.js';

export const spec = (changes: object): JobView['spec'] => ({ ...view().spec, ...changes });
const cron = { schedule: { cron: '0 2 * * *', timezone: 'UTC', concurrencyPolicy: 'Forbid' } };
const schedule = { paused: false, recent: [], running: [], nextAt: NOW + 3_600_000 };
const refused = (reason: 'ProviderNotFound' | 'SourceNotReady' | 'InvalidProvider', more: string[] = []) => ({
  refusals: [reason, ...more].map((each) => ({ reason, message: `because of ${each}` })),
});
export const crash = { reason: 'WorkersCrash', message: 'pod a crashes' };
export const held = {
  provider: 'model',
  items: 7,
  since: 0,
  code: 'unauthorized' as const,
  message: 'wrong key',
  hint: 'set it',
};
const over = (phase: 'Succeeded' | 'Failed' | 'Cancelled') => [phase === 'Succeeded' ? 'Complete' : phase, 'Finished'];

export interface Expected {
  phase: string;
  reason: string;
  message: string | RegExp;
  yes: string[];
  unknown?: string[];
}

// What stands in `yes` is True, in `unknown` Unknown, all else False.
export const situations: [string, Partial<JobView>, Expected][] = [
  [
    'nobody has looked at',
    {},
    { phase: 'Pending', reason: 'Pending', message: 'the job is being looked at', yes: [], unknown: ['ConfigValid'] },
  ],
  [
    'waits for its source',
    { resolution: refused('SourceNotReady') },
    {
      phase: 'Pending',
      reason: 'SourceNotReady',
      message: 'because of SourceNotReady',
      yes: [],
      unknown: ['ConfigValid'],
    },
  ],
  [
    'waits for what was applied after it',
    { resolution: refused('ProviderNotFound'), createdAt: NOW - 1000 },
    { phase: 'Pending', reason: 'ProviderNotFound', message: /because/, yes: [] },
  ],
  [
    'is refused',
    { resolution: refused('InvalidProvider', ['another fault']) },
    {
      phase: 'Failed',
      reason: 'InvalidProvider',
      message: 'because of InvalidProvider\nbecause of another fault',
      yes: [...over('Failed'), 'Stalled'],
    },
  ],
  [
    'is suspended before its start',
    { resolution: resolved(), spec: spec({ suspend: true }) },
    { phase: 'Pending', reason: 'Suspended', message: /set it to false/, yes: ['ConfigValid'] },
  ],
  [
    'is cancelled before its start',
    { spec: spec({ cancelled: true }) },
    {
      phase: 'Cancelled',
      reason: 'Cancelled',
      message: 'cancelled before a run was started',
      yes: over('Cancelled'),
      unknown: ['ConfigValid'],
    },
  ],
  [
    'starts',
    { resolution: resolved(['it is old']) },
    {
      phase: 'Running',
      reason: 'Starting',
      message: `the run ${RUN} waits for a worker that plans it`,
      yes: ['ConfigValid', 'JobCreated', 'Progressing'],
    },
  ],
  [
    'waits for its schedule',
    { resolution: resolved(), spec: spec(cron), schedule },
    {
      phase: 'Pending',
      reason: 'Scheduled',
      message: `the next run is due at ${at(3600)}`,
      yes: ['Ready', 'ConfigValid'],
    },
  ],
  [
    'has its schedule suspended',
    { spec: spec({ ...cron, suspend: true }), schedule },
    { phase: 'Pending', reason: 'Suspended', message: /holds the schedule/, yes: [], unknown: ['ConfigValid'] },
  ],
  [
    'has a schedule that Temporal does not take',
    { resolution: resolved(), spec: spec(cron), scheduleFault: 'no such zone' },
    {
      phase: 'Failed',
      reason: 'InvalidSchedule',
      message: 'no such zone',
      yes: [...over('Failed'), 'ConfigValid', 'Stalled'],
    },
  ],
  [
    'has a run that nobody answers for',
    running(null),
    {
      phase: 'Running',
      reason: 'Starting',
      message: /waits for a worker/,
      yes: ['ConfigValid', 'JobCreated', 'Progressing'],
    },
  ],
  [
    'runs',
    running(),
    {
      phase: 'Running',
      reason: 'Running',
      message: '3 of 10 conversations, 2 passed, 1 failed',
      yes: ['ConfigValid', 'JobCreated', 'Progressing'],
    },
  ],
  [
    'runs on a schedule',
    running({}, { spec: spec(cron), schedule }),
    {
      phase: 'Running',
      reason: 'Running',
      message: /^3 of 10/,
      yes: ['Ready', 'ConfigValid', 'JobCreated', 'Progressing'],
    },
  ],
  [
    'tries again',
    running({ waitingForRetry: 4 }),
    {
      phase: 'Running',
      reason: 'Retrying',
      message: /^4 wait to be tried again; 3 of 10/,
      yes: ['ConfigValid', 'JobCreated', 'Progressing'],
    },
  ],
  [
    'waits for a provider',
    running({ held: [held, { ...held, provider: 'b' }] }),
    {
      phase: 'Running',
      reason: 'ProviderHeld',
      message: /^model and 1 more held: wrong key, set it; 7 wait; 3 of 10/,
      yes: ['ConfigValid', 'JobCreated', 'Progressing'],
    },
  ],
  [
    'is suspended while it runs',
    running({ paused: true }, { spec: spec({ suspend: true }) }),
    {
      phase: 'Running',
      reason: 'Suspended',
      message: /spec\.suspend holds the run; 3 of 10/,
      yes: ['ConfigValid', 'JobCreated'],
    },
  ],
  [
    'was paused in Temporal',
    running({ paused: true }),
    { phase: 'Running', reason: 'Paused', message: /resume it there; 3 of 10/, yes: ['ConfigValid', 'JobCreated'] },
  ],
  [
    'is being cancelled',
    running({}, { spec: spec({ cancelled: true }) }),
    {
      phase: 'Running',
      reason: 'Cancelling',
      message: 'what has finished is being reported',
      yes: ['ConfigValid', 'JobCreated'],
    },
  ],
  [
    'has workers that crash',
    running({}, { readyWorkers: 0, workerTrouble: crash }),
    {
      phase: 'Running',
      reason: 'WorkersCrash',
      message: 'pod a crashes',
      yes: ['ConfigValid', 'JobCreated', 'Stalled'],
    },
  ],
  [
    'has some workers that crash',
    running({}, { readyWorkers: 2, workerTrouble: crash }),
    {
      phase: 'Running',
      reason: 'Running',
      message: '3 of 10 conversations, 2 passed, 1 failed; pod a crashes',
      yes: ['ConfigValid', 'JobCreated', 'Progressing'],
    },
  ],
  [
    'is suspended with workers that end',
    running({ paused: true }, { readyWorkers: 0, workerTrouble: crash, spec: spec({ suspend: true }) }),
    { phase: 'Running', reason: 'Suspended', message: /holds the run/, yes: ['ConfigValid', 'JobCreated'] },
  ],
  [
    'is cancelled with workers that crash',
    running({}, { readyWorkers: 0, workerTrouble: crash, spec: spec({ cancelled: true }) }),
    { phase: 'Running', reason: 'Cancelling', message: /reported/, yes: ['ConfigValid', 'JobCreated'] },
  ],
  [
    'has passed',
    ended({ phase: 'Succeeded', reason: 'AllPassed', message: 'all passed' }),
    {
      phase: 'Succeeded',
      reason: 'AllPassed',
      message: 'all passed',
      yes: ['Ready', 'ConfigValid', 'JobCreated', ...over('Succeeded')],
    },
  ],
  [
    'has failed',
    ended({}),
    {
      phase: 'Failed',
      reason: 'AssertionsFailed',
      message: '1 of 4 conversations failed',
      yes: ['ConfigValid', 'JobCreated', ...over('Failed'), 'Stalled'],
    },
  ],
  [
    'was cancelled',
    ended({ phase: 'Cancelled', reason: 'Cancelled', message: 'stopped' }),
    {
      phase: 'Cancelled',
      reason: 'Cancelled',
      message: 'stopped',
      yes: ['ConfigValid', 'JobCreated', ...over('Cancelled')],
    },
  ],
  [
    'was refused when it was planned',
    broken('failed', 'invalid_input', 'NoScenarios: nothing matches'),
    {
      phase: 'Failed',
      reason: 'NoScenarios',
      message: 'NoScenarios: nothing matches',
      yes: ['JobCreated', ...over('Failed'), 'Stalled'],
    },
  ],
  [
    'broke by a fault of ours',
    broken('failed', 'internal', 'boom'),
    {
      phase: 'Failed',
      reason: 'InternalError',
      message: 'the run failed: boom',
      yes: ['ConfigValid', 'JobCreated', ...over('Failed'), 'Stalled'],
    },
  ],
  [
    'was terminated',
    broken('terminated', 'internal', 'by hand'),
    {
      phase: 'Failed',
      reason: 'Terminated',
      message: 'the run failed: by hand',
      yes: ['ConfigValid', 'JobCreated', ...over('Failed'), 'Stalled'],
    },
  ],
  [
    'ran out of time',
    broken('timedOut', 'internal', 'late'),
    {
      phase: 'Failed',
      reason: 'TimedOut',
      message: 'the run failed: late',
      yes: ['ConfigValid', 'JobCreated', ...over('Failed'), 'Stalled'],
    },
  ],
  [
    'ended at once when it was cancelled',
    broken('cancelled', 'internal', 'before it could report'),
    {
      phase: 'Cancelled',
      reason: 'Cancelled',
      message: 'before it could report',
      yes: ['ConfigValid', 'JobCreated', ...over('Cancelled')],
    },
  ],
];
