import { expect, test } from '@jest/globals';
import { checkJobInput } from '../../src/bundle/check-job-input.js';
import { type JobOptions, jobInput } from '../../src/cli/job-input.js';
import { engineBundle } from '../helpers/engine-bundle.js';

test.each<[Partial<JobOptions>, object | undefined]>([
  [{}, undefined],
  [{ cache: true }, {}],
  [{ cacheAll: true }, { mode: 'all' }],
  [{ cache: true, cacheAll: true }, { mode: 'all' }],
  [{ cacheMaxAge: '24h' }, { maxAge: '24h' }],
  [
    { cacheAll: true, cacheMaxAge: '24h' },
    { mode: 'all', maxAge: '24h' },
  ],
])('the options %j ask for the cache %j', (options, cache) => {
  const input = jobInput('job', { bundle: engineBundle({}) } as Parameters<typeof jobInput>[1], {
    workers: 1,
    ...options,
  });
  expect(input.cache).toEqual(cache);
  expect(checkJobInput(input).cache).toEqual(cache && { mode: 'deterministic', ...cache });
});

test.each([
  [{ cache: true }, 'cache must be a map'],
  [{ cache: { mode: 'some' } }, 'cache.mode "some" is not one of deterministic, all'],
  [{ cache: { maxAge: '7d' } }, 'cache.maxAge is not a duration'],
  [{ cache: { max_age: '7h' } }, 'unknown key "max_age"'],
])('the input %j is refused', (input, message) => {
  expect(() => checkJobInput({ bundle: { path: '/b' }, ...input })).toThrow(message);
});
