import { describe, expect, test } from '@jest/globals';
import { engineBundle, hold, scripted } from '../helpers/engine-bundle.js';

async function locate(client: object, consent: 'grant' | 'deny' | 'timeout', more: object = {}) {
  const bundle = engineBundle({
    tools: { locate: { mode: 'client', mock_result: { lat: 'north' }, client, ...more } },
    scenario: { turns: [{ role: 'user', content: 'Where am I?', consent_overrides: { locate: consent } }] },
  });
  const calls = scripted({ toolCalls: [{ id: 'a', name: 'locate', args: {} }] }, 'There.');
  const record = await hold(bundle, { complete: calls });
  const answer = record.messages.find(({ role }) => role === 'tool');
  return { said: answer?.content, error: answer?.toolResult?.error };
}

const DENIED = 'Tool locate blocked by hook: Tool locate denied: user declined consent';
const LATE = 'Tool locate blocked by hook: Tool locate denied: consent request timed out';

describe('a tool at the user’s side', () => {
  // shows Tool.spec.client.consent.message, Tool.spec.client.categories[], Tool.spec.client.timeout_ms
  test.each<[object, 'deny' | 'timeout', string, string, object]>([
    [{}, 'deny', DENIED, DENIED, {}],
    [{ consent: { required: true, message: 'May I?' } }, 'deny', DENIED, `${DENIED} (asked: May I?)`, {}],
    [{ categories: ['location', 'time'] }, 'deny', DENIED, `${DENIED} (it touches: location, time)`, {}],
    [{ timeout_ms: 50 }, 'deny', DENIED, DENIED, {}],
    [{ timeout_ms: 50 }, 'timeout', LATE, `${LATE} (within 50 ms)`, {}],
    [{}, 'timeout', LATE, `${LATE} (within 70 ms)`, { timeout_ms: 70 }],
  ])('%j that the user answers by %s', async (client, consent, told, recorded, more) => {
    const { said, error } = await locate(client, consent, more);
    expect(said).toContain(told);
    expect(said).not.toContain('asked');
    expect(error).toBe(recorded);
  });

  // shows Tool.spec.client.validate_output
  test('has its answer held against its schema, unless it says no', async () => {
    const schema = { output_schema: { type: 'object', properties: { lat: { type: 'number' } } } };
    expect((await locate({}, 'grant', schema)).error).toContain('result validation failed');
    expect((await locate({ validate_output: true }, 'grant', schema)).error).toContain('result validation failed');
    const unchecked = await locate({ validate_output: false }, 'grant', schema);
    expect(unchecked.error).toBeUndefined();
    expect(JSON.parse(unchecked.said ?? '')).toEqual({ lat: 'north' });
  });
});
