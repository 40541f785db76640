import { describe, expect, test } from '@jest/globals';
import { drawChaos } from '../../src/engine/tools/chaos.js';
import { engineBundle, hold, scripted } from '../helpers/engine-bundle.js';

const item = { index: 0, id: 'a', scenario: 's', provider: 'p', region: 'default', trial: 1 };
const failing = (probability: number) => ({
  role: 'user',
  chaos: { tool_failures: [{ tool: 'look', mode: 'error' as const, probability }] },
});

describe('injected faults', () => {
  const call = (id: string) => ({ id, name: 'look', args: { id } });

  async function talk(chaos: object, more: object = {}, waited: number[] = []) {
    const bundle = engineBundle({
      tools: { look: { mock_result: 'found' } },
      scenario: { turns: [{ role: 'user', content: 'Look', chaos }], ...more },
    });
    const record = await hold(bundle, {
      complete: scripted({ toolCalls: [call('1')] }, 'done'),
      ports: { waitUntil: (at) => Promise.resolve(void waited.push(at)), now: () => 1000 },
    });
    return record.messages.find(({ role }) => role === 'tool');
  }

  // shows Scenario.spec.turns[].chaos.tool_failures[].mode, Scenario.spec.turns[].chaos.tool_failures[].message
  test.each<[string, object, object]>([
    [
      'error',
      { mode: 'error' },
      { error: expect.stringContaining('blocked by hook: Tool look denied: simulated tool failure') },
    ],
    ['timeout', { mode: 'timeout' }, { error: expect.stringContaining('simulated timeout') }],
    [
      'its own words',
      { mode: 'error', message: 'no network' },
      { error: expect.stringContaining('denied: no network') },
    ],
  ])('of mode %s answer in the tool’s place, also in a stream', async (_, failure, result) => {
    const chaos = { tool_failures: [{ tool: 'look', ...failure }] };
    for (const streaming of [false, true]) {
      expect((await talk(chaos, { streaming }))?.toolResult).toMatchObject(result);
    }
  });

  test('of mode slow let the tool run late', async () => {
    const waited: number[] = [];
    const answer = await talk({ tool_failures: [{ tool: 'look', mode: 'slow' }] }, {}, waited);
    expect([answer?.content, waited]).toEqual(['found', [6000]]);
  });

  // shows Scenario.spec.turns[].chaos.tool_failures[].tool
  test.each<[string, boolean]>([
    ['look', true],
    ['lo*', true],
    ['other', false],
  ])('for the tool %s', async (tool, fails) => {
    expect((await talk({ tool_failures: [{ tool, mode: 'error' }] }))?.toolResult?.error !== undefined).toBe(fails);
  });

  // shows Scenario.spec.turns[].chaos.tool_failures[].probability
  test.each([0, 0.25, 0.5, 1])('befall a share of %d of the calls, the same ones each time', (probability) => {
    const drawn = Array.from({ length: 4000 }, (_, number) => drawChaos(failing(probability), 'look', number, item, 7));
    const share = drawn.filter(({ answer }) => answer !== undefined).length / drawn.length;
    expect(Math.abs(share - probability)).toBeLessThan(0.03);
    expect(
      Array.from({ length: 4000 }, (_, number) => drawChaos(failing(probability), 'look', number, item, 7)),
    ).toEqual(drawn);
  });

  test('differ by seed, trial and call', () => {
    const pattern = (seed: number | undefined, trial: number) =>
      Array.from({ length: 64 }, (_, number) =>
        drawChaos(failing(0.5), 'look', number, { ...item, trial }, seed).answer === undefined ? 0 : 1,
      ).join('');
    const patterns = [pattern(undefined, 1), pattern(1, 1), pattern(2, 1), pattern(1, 2)];
    expect(new Set(patterns).size).toBe(4);
  });
});
