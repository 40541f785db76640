import { describe, expect, test } from '@jest/globals';
import { formatFault } from '../../src/bundle/fault.js';
import { planMatrix } from '../../src/bundle/matrix.js';
import { unsupportedFaults } from '../../src/bundle/unsupported.js';
import type { Message } from '../../src/core/conversation.js';
import type { Completion, Provider } from '../../src/core/provider.js';
import { createProviders, refusalOf } from '../../src/io/providers/create.js';
import { supportOf } from '../../src/support.js';
import { faultsWith, soundBundle, type Texts } from '../helpers/bundle-texts.js';

const RECORDED = JSON.stringify([
  { role: 'system', content: 'You help.' },
  { role: 'user', content: 'Where is  my order?', at: 1_700_000_000_000 },
  { role: 'assistant', tool_calls: [{ id: 'c1', name: 'get_order', args: { id: 7 } }], at: 1_700_000_000_040 },
  { role: 'tool', tool_call_id: 'c1', content: '{}' },
  { role: 'assistant', content: 'On its way', at: 1_700_000_000_050, usage: { prompt_tokens: 9 }, cost_usd: 3 },
  { role: 'user', content: 'Thanks' },
  { role: 'assistant', content: 'Welcome', finish_reason: 'length' },
  { role: 'user', content: 'Thanks' },
  { role: 'assistant', content: 'Again: welcome' },
]);

const provider = (config: string): string =>
  `kind: Provider\nmetadata: { name: fast }\nspec:\n  type: replay\n  additional_config: ${config}\n`;

function replay(config: string, changes: Texts = {}): Provider {
  const bundle = soundBundle({ 'r.json': RECORDED, ...changes, 'providers/fast.yaml': provider(config) });
  const made = createProviders(bundle, { env: {} }).get('fast');
  if (made === undefined) throw new Error('there is no such provider');
  return made;
}

function ask(
  from: Provider,
  said: Message[],
  context: { scenario?: string; persona?: string } = {},
): Promise<Completion> {
  const { signal } = new AbortController();
  const request = { messages: said, parameters: {}, context: { scenario: 'greeting', provider: 'fast', ...context } };
  return from.complete(request, { signal });
}

const user = (content: string): Message => ({ role: 'user', content });
const answer = (content: string): Message => ({ role: 'assistant', content });

describe('a replay provider', () => {
  test('answers with the recorded messages in turn, with tool calls, and spends nothing', async () => {
    const recorded = replay('{ recording: r.json }');
    expect(recorded.local).toBe(true);
    expect(await ask(recorded, [user('anything')])).toEqual({
      content: '',
      toolCalls: [{ id: 'c1', name: 'get_order', args: { id: 7 } }],
      finishReason: 'tool_calls',
      costUsd: 0,
      latencyMs: 0,
    });
    const further = [user('anything'), answer(''), { role: 'tool' as const, content: '{}' }];
    expect(await ask(recorded, further)).toEqual({
      content: 'On its way',
      finishReason: 'stop',
      usage: { inputTokens: 9 },
      costUsd: 0,
      latencyMs: 0,
    });
    expect((await ask(recorded, [...further, answer(''), user('x')])).finishReason).toBe('length');
  });

  test('says when the recording is over', async () => {
    const said = Array.from({ length: 4 }, () => answer('x'));
    await expect(ask(replay('{ recording: r.json }'), said)).rejects.toMatchObject({
      code: 'provider_rejected',
      message: 'The recording r.json of provider fast has 4 messages of the assistant, number 5 is asked for.',
    });
  });

  test('finds answers by what the user says, whatever came before', async () => {
    const recorded = replay('{ recording: r.json, match: content }');
    const asked = user('  where is my ORDER? ');
    expect((await ask(recorded, [asked])).toolCalls).toHaveLength(1);
    expect((await ask(recorded, [user('Else'), answer('x'), asked, answer('')])).content).toBe('On its way');
    expect((await ask(recorded, [user('Thanks')])).content).toBe('Welcome');
    expect((await ask(recorded, [user('Thanks'), answer('x'), user('Thanks')])).content).toBe('Again: welcome');
    await expect(ask(recorded, [user('Unheard')])).rejects.toThrow(/has no user message "unheard"/);
    await expect(ask(recorded, [user('Thanks'), answer('x')])).rejects.toThrow(/no further answer to "thanks"/);
  });

  test('speaks the recorded user’s messages for a persona', async () => {
    const recorded = replay('{ recording: r.json }');
    expect((await ask(recorded, [], { persona: 'p' })).content).toBe('Where is  my order?');
    expect((await ask(recorded, [answer('x')], { persona: 'p' })).content).toBe('Thanks');
  });

  test('takes the conversation of the scenario from results of many', async () => {
    const line = (scenario: string) =>
      JSON.stringify({ schemaVersion: 1, id: scenario, scenario, messages: [answer(`of ${scenario}`)] });
    const recorded = replay('{ recording: results.jsonl }', {
      'results.jsonl': `${line('other')}\n${line('greeting')}`,
    });
    expect((await ask(recorded, [])).content).toBe('of greeting');
    expect((await ask(recorded, [], { scenario: 'unknown' })).content).toBe('of other');
  });

  test.each([
    ['{ recording: r.json, timing: realtime }', 40],
    ['{ recording: r.json, timing: accelerated, speed: 10 }', 4],
  ])('takes its time with %s', async (config, latencyMs) => {
    const recorded = replay(config);
    expect(recorded.local).toBe(false);
    expect((await ask(recorded, [user('x')])).latencyMs).toBe(latencyMs);
  });

  test('stops waiting when it is told to', async () => {
    const late = RECORDED.replace('1700000000040', '1700009000040');
    const recorded = replay('{ recording: r.json, timing: realtime }', { 'r.json': late });
    const controller = new AbortController();
    const context = { scenario: 'greeting', provider: 'fast' };
    const answered = recorded.complete({ messages: [], parameters: {}, context }, { signal: controller.signal });
    controller.abort(new Error('enough'));
    await expect(answered).rejects.toThrow('enough');
  });

  test.each([
    ['{ recording: r.json, timing: slow }', /timing/],
    ['{ recording: r.json, speed: 0 }', /speed/],
    ['{ recording: r.json, match: text }', /match/],
    ['{ recording: r.json, sped: 2 }', /sped is none of recording, timing, speed, match/],
    ['{}', /recording/],
  ])('is refused with %s', (config, expected) => {
    expect(refusalOf(replay(config))?.message).toMatch(expected);
  });

  test.each([
    ['from the Arena file', 'r.json', []],
    [
      'as published bundles write it',
      'examples/shop/r.json',
      [/^providers\/fast\.yaml:5:24 examples\/shop\/r\.json does not exist, r\.json is taken/],
    ],
    ['to a file that is not there, which counts when it is to run', 'gone.json', []],
  ])('names its recording %s', (_what, path, expected) => {
    const changes = { 'r.json': RECORDED, 'providers/fast.yaml': provider(`{ recording: ${path} }`) };
    expect(faultsWith(changes)).toEqual(expected.map((one) => expect.stringMatching(one)));
  });

  test.each([
    ['a missing recording', 'gone.json', '', /^providers\/fast\.yaml:5:24 gone\.json does not exist, record it first/],
    ['a broken recording', 'bad.json', '[', /^bad\.json:1:2 is not valid JSON/],
  ])('is refused before the run for %s', (_what, path, text, expected) => {
    const bundle = soundBundle({ 'bad.json': text, 'providers/fast.yaml': provider(`{ recording: ${path} }`) });
    const faults = unsupportedFaults(bundle, planMatrix(bundle).cells, supportOf(false)).map(formatFault);
    expect(faults).toEqual([expect.stringMatching(expected)]);
    expect(unsupportedFaults(bundle, planMatrix(bundle).cells, supportOf(true))).toEqual([]);
  });
});
