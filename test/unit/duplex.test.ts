import { describe, expect, test } from '@jest/globals';
import { scenarioTimeouts } from '../../activities/run-plan.js';
import { jobInputSchema } from '../../src/schema/job.js';
import { engineBundle, hold, scripted } from '../helpers/engine-bundle.js';

describe('a scenario that is meant to be spoken', () => {
  const timeoutOf = (duplex: object | undefined, timeouts?: object) =>
    scenarioTimeouts(
      jobInputSchema.parse({ bundle: { path: '/b' }, timeouts }),
      engineBundle({ scenario: { duplex } }),
    )('talk');

  // shows Scenario.spec.duplex.timeout
  test.each<[object | undefined, object | undefined, number | undefined]>([
    [undefined, undefined, undefined],
    [{}, undefined, undefined],
    [{ timeout: '90s' }, undefined, 90_000],
    [{ timeout: '90s' }, { call: '5s' }, 90_000],
    [{ timeout: '90s' }, { item: '5s' }, undefined],
  ])('has the time of duplex %j, unless the job says one: %j', (duplex, timeouts, ms) => {
    expect(timeoutOf(duplex, timeouts)).toBe(ms);
  });

  test('is held as text, with its checks', async () => {
    const turns = [
      { role: 'user', content: 'Hello', assertions: [{ type: 'contains', params: { patterns: ['hi'] } }] },
      { role: 'user', content: 'Bye' },
    ];
    const scenario = { duplex: { timeout: '1m', turn_detection: { mode: 'vad' } }, voice: { id: 'x' }, turns };
    const record = await hold(engineBundle({ scenario }), { complete: scripted('hi', 'bye') });
    expect(record).toMatchObject({ verdict: 'passed', calls: 2 });
    expect(record.messages.map(({ content }) => content)).toEqual(['You help.', 'Hello', 'hi', 'Bye', 'bye']);
  });
});
