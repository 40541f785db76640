import { describe, expect, test } from '@jest/globals';
import { runSettingsOf } from '../../../activities/run-plan.js';
import type { Bundle } from '../../../src/bundle/bundle.js';
import {
  at,
  type ClusterEffect,
  jobOf,
  resolved,
  showsClusterEffect,
  type World,
} from '../../helpers/cluster-objects.js';

const input = (field: string) => at((job) => Reflect.get(job.input, field));
const SAID: World = { config: { evaluation: { metrics: ['cost'], maxRetries: 2, concurrency: 9 } } };

describe('settings of an evaluation', () => {
  test.each<ClusterEffect>([
    ['ArenaJob.spec.evaluation.outputFormats', [['junit'], undefined], input('formats'), [['junit'], undefined]],
    [
      'ArenaJob.spec.evaluation.metrics',
      [['latency'], undefined],
      at((job) => job.metrics),
      [['latency'], ['cost']],
      SAID,
    ],
    ['ArenaJob.spec.evaluation.maxRetries', [0, undefined], input('maxRetries'), [0, 2], SAID],
    ['ArenaJob.spec.evaluation.concurrency', [5, undefined], at((job) => job.concurrencyPerWorker), [5, 9], SAID],
    ['ArenaJob.spec.evaluation.failOn', [['timeout'], undefined], input('failOn'), [['timeout'], undefined]],
  ])('%s does what it says', async (...effect) => showsClusterEffect(effect));

  test('of a job stand before those of its config and of the Arena file', async () => {
    const spec = { evaluation: { maxRetries: 0, concurrency: 5, failOn: [] }, workers: { replicas: 3 } };
    const job = jobOf(await resolved({ ...SAID, job: spec }));
    const defaults = { output: {}, concurrency: 7, max_retries: 4, fail_on: ['timeout'] };
    const bundle = { arena: { spec: { defaults } } } as unknown as Bundle;
    expect(runSettingsOf(job.input, bundle, job)).toMatchObject({ concurrency: 15, maxRetries: 0, failOn: [] });
  });
});
