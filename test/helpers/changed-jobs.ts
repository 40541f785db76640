/** Changes of a job that has started: what the API server says to them. */

/** What stays as it was in a job that runs once: field, change. */
export const frozenParts: readonly [string, object][] = [
  ['sourceRef', { sourceRef: { name: 'other' } }],
  ['type', { type: 'datagen' }],
  ['arenaFile', { arenaFile: 'b.yaml' }],
  ['scenarios', { scenarios: { include: ['a'] } }],
  ['trials', { trials: 4 }],
  ['trials', { trials: null }],
  ['evaluation', { evaluation: { outputFormats: ['csv', 'html'] } }],
  ['workers', { workers: { replicas: 4 } }],
  ['workers', { workers: { podOverrides: { labels: { a: 'b' } } } }],
  ['toolRegistries', { toolRegistries: [{ name: 'a' }] }],
  ['output', { output: { type: 's3', s3: { bucket: 'a' } } }],
  ['timeouts', { timeouts: { run: '1h' } }],
  ['cache', { cache: {} }],
  ['verbose', { verbose: true }],
  ['sessionRecording', { sessionRecording: true }],
];

const bucket = { output: { type: 's3', s3: { bucket: 'c' } } };

/** Of a job with a schedule and a trigger, one after the other: title, status before, change, what is said. */
export const changesOfRecurring: readonly [string, object, object, string | undefined][] = [
  [
    'may be changed for its next run',
    {},
    { trials: 7, scenarios: { include: ['b'] }, workers: { replicas: 5 } },
    undefined,
  ],
  ['stays of its type', {}, { type: 'datagen' }, 'type cannot change once the job has started'],
  ['may be changed while a run is open', { phase: 'Running' }, { trials: 8, schedule: { cron: '@daily' } }, undefined],
  ['keeps the pods of an open run', {}, { workers: null }, 'workers cannot change while a run is open'],
  ['keeps the place of the results of an open run', {}, bucket, 'output cannot change while a run is open'],
  ['may have others between two runs', { phase: 'Failed' }, { workers: null, ...bucket }, undefined],
  ['may not end to recur and be another', {}, { schedule: null, trigger: null, trials: 9 }, 'trials cannot change'],
  ['may end to recur', {}, { schedule: null, trigger: null }, undefined],
  ['is then as it was', {}, { trials: 9 }, 'trials cannot change'],
];

/** Of a load test with a budget of 5 dollars, one after the other: title, status before, change of the block, what is said. */
export const changesOfLoad: readonly [string, object, object, string | undefined][] = [
  ['keeps its target', { phase: 'Running' }, { targetRPS: 6 }, 'loadTest cannot change once the job has started'],
  ['keeps its stages', {}, { targetRPS: null, stages: [{ duration: '1m', target: 1 }] }, 'loadTest cannot change'],
  ['may have more to spend', {}, { budgetLimit: '12.50' }, undefined],
  ['keeps what it may spend', {}, { budgetLimit: '9' }, 'loadTest.budgetLimit can only be raised'],
  ['keeps that it is bounded', {}, { budgetLimit: null }, 'loadTest.budgetLimit can only be raised'],
  ['gets no other bound', {}, { budgetTokens: 900 }, 'loadTest.budgetTokens can only be raised'],
  ['has what it had at its end', { phase: 'Failed' }, { budgetLimit: '20' }, 'only while the run is open'],
];
