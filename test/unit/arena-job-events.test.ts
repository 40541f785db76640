import { describe, expect, test } from '@jest/globals';
import type { JobView } from '../../k8s/controller/reconcile/arena-job-view.js';
import { crash, held, spec } from '../helpers/job-situations.js';
import { ended, progress, RUN, resolved, running, told } from '../helpers/job-views.js';

describe('the Events of a job', () => {
  const reasons = (changes: Partial<JobView>) =>
    told(changes).events.map(({ type, reason, message }) => [type, reason, message]);
  const once = (before: Partial<JobView>, changes: Partial<JobView>) =>
    reasons({ ...changes, before: told(before).status });
  const stuck = running({}, { readyWorkers: 0, workerTrouble: crash });
  const done = (passed: number) => running({ counts: { ...progress().counts, passed } });
  const anew: Partial<JobView> = { retry: 'a', resolution: resolved(), runs: [] };

  test.each<[string, string[][], () => string[][]]>([
    ['its start', [['Normal', 'JobStarted', `run ${RUN}`]], () => reasons({ resolution: resolved() })],
    ['each quarter once', [['Normal', 'Progress', '50 %: 6/10']], () => once(done(2), done(5))],
    ['nothing within a quarter', [], () => once(done(5), done(6))],
    [
      'a provider that is down',
      [
        [
          'Warning',
          'ProviderThrottled',
          'model held: wrong key, set it; 7 wait; 3 of 10 conversations, 2 passed, 1 failed',
        ],
      ],
      () => once(running(), running({ held: [held] })),
    ],
    [
      'tries to come',
      [['Normal', 'RetryScheduled', '1 wait to be tried again; 3 of 10 conversations, 2 passed, 1 failed']],
      () => once(running(), running({ waitingForRetry: 1 })),
    ],
    ['workers that do not come up', [['Warning', 'WorkersFailing', 'pod a crashes']], () => once(running(), stuck)],
    ['them once', [], () => once(stuck, stuck)],
    [
      'another trouble of theirs',
      [['Warning', 'WorkersFailing', 'no image']],
      () => once(stuck, { ...stuck, workerTrouble: { reason: 'WorkerImageUnavailable', message: 'no image' } }),
    ],
    [
      'workers that came up after all',
      [['Normal', 'WorkersReady', '2 workers of the job are ready']],
      () => once(stuck, running({}, { readyWorkers: 2 })),
    ],
    [
      'no recovery of a run that ends',
      [['Warning', 'JobFailed', '1 of 4 conversations failed']],
      () => once(stuck, ended({})),
    ],
    [
      'its success',
      [['Normal', 'JobSucceeded', 'all passed']],
      () => once(running(), ended({ phase: 'Succeeded', reason: 'AllPassed', message: 'all passed' })),
    ],
    ['its failure', [['Warning', 'JobFailed', '1 of 4 conversations failed']], () => once(running(), ended({}))],
    [
      'its cancellation',
      [['Normal', 'Cancelled', 'stopped']],
      () => once(running(), ended({ phase: 'Cancelled', reason: 'Cancelled', message: 'stopped' })),
    ],
    [
      'a retry',
      [
        ['Normal', 'RetryScheduled', `the failed items of ${RUN} run again as ${RUN.replace(/1$/, '2')}`],
        ['Normal', 'JobStarted', `run ${RUN.replace(/1$/, '2')}`],
      ],
      () => once(ended({}), anew),
    ],
    [
      'that there is nothing to retry',
      [['Normal', 'NothingToRetry', `${RUN} has no failed item to run again`]],
      () =>
        once(ended({ phase: 'Succeeded', counts: { total: 4, passed: 4, failed: 0, errored: 0, reused: 0 } }), anew),
    ],
    [
      'its suspension',
      [['Normal', 'Suspended', 'spec.suspend holds the run; 3 of 10 conversations, 2 passed, 1 failed']],
      () => once(running(), running({ paused: true }, { spec: spec({ suspend: true }) })),
    ],
    [
      'its end',
      [['Normal', 'Resumed', '3 of 10 conversations, 2 passed, 1 failed']],
      () => once(running({ paused: true }, { spec: spec({ suspend: true }) }), running()),
    ],
  ])('tell of %s', (_, expected, made) => {
    expect(made()).toEqual(expected);
  });
});
