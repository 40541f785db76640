import { describe, expect, test } from '@jest/globals';
import type { Message } from '../../src/core/conversation.js';
import type { CompletionRequest } from '../../src/core/provider.js';
import { MockProvider } from '../../src/io/providers/mock.js';
import { parseMockConfig } from '../../src/io/providers/mock-config.js';

const FILE = `
defaultResponse: global
scenarios:
  talk:
    defaultResponse: of the scenario
    turns:
      1: one
      2:
        type: tool_calls
        content: looking
        tool_calls:
          - {name: find, arguments: {id: 7}}
          - {name: list}
      3: {response: three}
      4: {text: four}
      5:
        type: multimodal
        parts:
          - {type: text, text: a picture}
          - {type: image, media: {url: "https://example.org/a.png", mime_type: image/png}}
          - {type: image, image_url: {url: "https://example.org/b.png"}}
  bare: {turns: {1: only}}
selfplay:
  ada:
    defaultResponse: persona default
    turns: {1: persona one, 2: persona two}
  quiet: {turns: {1: persona one}}
`;

const provider = new MockProvider({ id: 'p', model: 'm', config: parseMockConfig('mock.yaml', FILE) });
const tools = [{ name: 'find', description: '', inputSchema: {} }];

function ask(messages: Message[], more: Partial<CompletionRequest> = {}, scenario = 'talk', persona?: string) {
  const context = { scenario, provider: 'p', persona };
  return provider.complete({ messages, parameters: {}, context, ...more });
}

const system: Message = { role: 'system', content: 'a long system prompt that costs nothing' };
const user: Message = { role: 'user', content: 'user' };
const assistant: Message = { role: 'assistant', content: 'said' };
const tool: Message = { role: 'tool', content: 'result' };

describe('the mock provider', () => {
  test.each<[string, Message[], string]>([
    ['the first turn', [system, user], 'one'],
    ['the second turn', [system, user, assistant, user], 'looking'],
    ['the answer after a tool result takes the next entry', [user, assistant, user, assistant, tool], 'three'],
    ['and shifts the turns after it', [user, assistant, user, assistant, tool, assistant, user], 'four'],
    ['a turn that is not listed', [user, user, user, user, user, user], 'of the scenario'],
  ])('%s', async (_, messages, content) => {
    expect((await ask(messages, { tools })).content).toBe(content);
  });

  test('falls back from scenario to file to a fixed text', async () => {
    expect((await ask([user], {}, 'unknown')).content).toBe('global');
    expect((await ask([user, user], {}, 'bare')).content).toBe('global');
    const empty = new MockProvider({ id: 'p', model: 'm', config: parseMockConfig('mock.yaml', '') });
    const request = { messages: [user], parameters: {}, context: { scenario: 'talk', provider: 'p' } };
    expect((await empty.complete(request)).content).toBe('Mock response for provider p model m');
    expect((await new MockProvider({ id: 'p', model: 'm' }).complete(request)).content).toBe(
      'Mock response from p model m',
    );
    const standIn = new MockProvider({ id: 'p', model: 'm', standIn: true });
    expect((await standIn.complete(request)).content).toBe('Mock response from provider');
  });

  test('speaks for a persona by the number of its message, then by the scenario', async () => {
    expect((await ask([system], {}, 'talk', 'ada')).content).toBe('persona one');
    expect((await ask([system, assistant, user], {}, 'talk', 'ada')).content).toBe('persona two');
    expect((await ask([assistant, user, assistant, user], {}, 'talk', 'ada')).content).toBe('persona default');
    expect((await ask([assistant, user, assistant, user], {}, 'talk', 'quiet')).content).toBe('three');
    expect((await ask([system], {}, 'talk', 'unknown')).content).toBe('one');
  });

  test('calls tools only when there are some', async () => {
    const messages = [user, assistant, user];
    expect(await ask(messages, { tools })).toMatchObject({
      finishReason: 'tool_calls',
      toolCalls: [
        { id: 'call_0_find', name: 'find', args: { id: 7 } },
        { id: 'call_1_list', name: 'list', args: {} },
      ],
    });
    expect(await ask(messages)).not.toHaveProperty('toolCalls');
    expect(await ask(messages, { tools: [] })).not.toHaveProperty('toolCalls');
  });

  test('answers with several parts', async () => {
    expect(await ask([user, user, user, user, user])).toMatchObject({
      content: 'a picture',
      parts: [
        { type: 'text', text: 'a picture' },
        { type: 'image', url: 'https://example.org/a.png', mimeType: 'image/png' },
        { type: 'image', url: 'https://example.org/b.png' },
      ],
    });
  });

  test('counts four bytes a token at $0.01 a thousand, without the system prompt', async () => {
    const long: Message = { role: 'user', content: 'é'.repeat(9) };
    const { usage, costUsd } = await ask([system, long, assistant, user], {}, 'bare');
    // floor(18/4) + floor(4/4) + floor(4/4), and floor(6/4) for "global".
    expect(usage).toEqual({ inputTokens: 6, outputTokens: 1 });
    expect(costUsd).toBeCloseTo(7 * 0.00001, 10);
  });

  test('an empty history counts as ten tokens, an empty answer as twenty', async () => {
    const silent = new MockProvider({
      id: 'p',
      model: 'm',
      config: parseMockConfig('m.yaml', 'scenarios: {talk: {turns: {0: ""}}}'),
    });
    const request = { messages: [system], parameters: {}, context: { scenario: 'talk', provider: 'p' } };
    expect((await silent.complete(request)).usage).toEqual({ inputTokens: 10, outputTokens: 20 });
  });
});

describe('a mock file', () => {
  test.each<[string, string]>([
    ['scenarios: [a]\n', 'mock.yaml:1:12 scenarios: '],
    [
      'scenarios:\n  talk:\n    turns:\n      first: hi\n',
      'mock.yaml:4:14 scenarios.talk.turns.first: must be the number of a turn',
    ],
    ['scenarios:\n  talk:\n    turns:\n      2: [1]\n', 'mock.yaml:4:10 scenarios.talk.turns.2: must be a text'],
    ['a: [\n', 'mock.yaml:2:1 is not valid YAML'],
    ['just a text', 'mock.yaml:1:1 '],
  ])('%j is refused with its place', (text, fault) => {
    expect(() => parseMockConfig('mock.yaml', text)).toThrow(fault);
  });

  test('names every fault at once', () => {
    const text = 'defaultResponse: [1]\nselfplay: 3\n';
    expect(() => parseMockConfig('mock.yaml', text)).toThrow(/mock\.yaml:1:18 .*\nmock\.yaml:2:11 /);
  });

  test('aliases that multiply are refused', () => {
    const bomb = `${Array.from(
      { length: 12 },
      (_, i) =>
        `a${i}: &a${i} [${
          i === 0
            ? '1'
            : Array(10)
                .fill(`*a${i - 1}`)
                .join(',')
        }]`,
    ).join('\n')}\n`;
    expect(() => parseMockConfig('mock.yaml', bomb)).toThrow('mock.yaml');
  });
});
