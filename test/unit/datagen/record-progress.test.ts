import { expect, test } from '@jest/globals';
import { describeProgress } from '../../../src/core/progress.js';
import type { Progress } from '../../../src/core/run.js';

const left = { errored: 0, failedChecks: 50, invalid: 0, exactDuplicates: 0, nearDuplicates: 0, surplus: 0 };
const progress = (passed: number, dataset?: Progress['dataset']): Progress => ({
  ...{ run: 'a/1', phase: 'Running', stage: 'running', startedAt: 0, waitingForRetry: 0, held: [], providers: [] },
  counts: { total: 200, passed, failed: 50, errored: 0, reused: 0 },
  shards: { done: 0, inFlight: 1, toDo: 1 },
  ...(dataset === undefined ? {} : { dataset }),
});

test.each<[string, Progress, string]>([
  ['an evaluation', progress(60), '110 of 200 conversations'],
  [
    'the first round',
    progress(60, { count: 100, records: 0, rounds: 0, left: { ...left, failedChecks: 0 } }),
    'about 60 of 100 records · 110 of 200 conversations',
  ],
  [
    'a round that is over',
    progress(50, { count: 100, records: 50, rounds: 1, left }),
    '50 of 100 records · 100 of 200 conversations',
  ],
  [
    'the second round',
    progress(80, { count: 100, records: 50, rounds: 1, left }),
    'about 65 of 100 records · 130 of 200 conversations',
  ],
])('the Temporal UI tells of %s', (_, at, expected) => {
  expect(describeProgress(at, []).split('\n')[0]).toBe(`**Running** · running · ${expected}`);
});
