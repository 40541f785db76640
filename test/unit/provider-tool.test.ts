import { describe, expect, test } from '@jest/globals';
import { loadBundleFromFiles } from '../../src/bundle/load-bundle.js';
import { planMatrix } from '../../src/bundle/matrix.js';
import { unsupportedFaults } from '../../src/bundle/unsupported.js';
import type { ConversationRecord } from '../../src/core/conversation.js';
import { ArenaError } from '../../src/core/errors.js';
import type { CompletionRequest } from '../../src/core/provider.js';
import { toolFaults } from '../../src/io/tools/tool-faults.js';
import { toolSpecSchema } from '../../src/schema/tool.js';
import { supportOf } from '../../src/support.js';
import { engineBundle, hold, scripted } from '../helpers/engine-bundle.js';

const SPECIALIST = { specialist: { type: 'mock', model: 'm', defaults: { temperature: 0.3, max_tokens: 50 } } };
const tool = (provider: object, more: object = {}) => ({
  look_up: {
    description: 'Asks the specialist',
    input_schema: { type: 'object', properties: { topic: { type: 'string' } } },
    mode: 'provider',
    provider,
    ...more,
  },
});
const CALL = { toolCalls: [{ id: 'c1', name: 'look_up', args: { topic: 'tides' } }] };

const toolTexts = ({ messages }: ConversationRecord) =>
  messages.filter(({ role }) => role === 'tool').map(({ content }) => content);

describe('a tool that a provider carries out', () => {
  test('sends the arguments to that provider, whose answer is the result and counts in the conversation', async () => {
    const bundle = engineBundle({ tools: tool({ id: 'specialist' }), providers: SPECIALIST });
    const asked: [string, CompletionRequest][] = [];
    const next = scripted(CALL, 'The moon.', 'It is the moon.');
    const record = await hold(bundle, {
      complete: (request, provider) => {
        asked.push([provider, request]);
        return { ...next(), usage: { inputTokens: 1 }, costUsd: 0.5 };
      },
    });
    expect(asked[1]?.[0]).toBe('specialist');
    expect(asked[1]?.[1]).toMatchObject({
      messages: [{ role: 'user', content: '{"topic":"tides"}' }],
      parameters: { temperature: 0.3, maxTokens: 50 },
      context: { scenario: 'talk', provider: 'specialist', tool: 'look_up' },
    });
    expect(toolTexts(record)).toEqual(['The moon.']);
    expect([record.calls, record.usage.inputTokens, record.costUsd]).toEqual([3, 3, 1.5]);
  });

  test('may have a system prompt, a template for the message, and JSON as its result', async () => {
    // shows Tool.spec.provider.id, Tool.spec.provider.system, Tool.spec.provider.message
    const provider = { id: 'specialist', system: 'Be exact.', message: 'What about {{.topic}}?' };
    const bundle = engineBundle({ tools: tool(provider), providers: SPECIALIST });
    const asked: unknown[] = [];
    const next = scripted(CALL, '{"cause":"moon"}', 'done');
    const record = await hold(bundle, {
      complete: ({ messages }) => {
        asked.push(messages.map(({ role, content }) => [role, content]));
        return next();
      },
    });
    expect(asked[1]).toEqual([
      ['system', 'Be exact.'],
      ['user', 'What about tides?'],
    ]);
    expect(toolTexts(record)).toEqual(['{\n  "cause": "moon"\n}']);
  });

  test('ends the conversation when nobody answers, so that it can be tried again', async () => {
    const bundle = engineBundle({ tools: tool({ id: 'specialist' }), providers: SPECIALIST });
    const next = scripted(CALL);
    const record = await hold(bundle, {
      complete: ({ context }) => {
        if (context.tool !== undefined) throw new ArenaError({ code: 'provider_unavailable', message: 'HTTP 503' });
        return next();
      },
    });
    expect([record.verdict, record.error?.code]).toEqual(['errored', 'provider_unavailable']);
  });

  test('is refused without its block, with a provider that is not there, or with a broken template', () => {
    const without = toolSpecSchema.safeParse(tool({}).look_up);
    expect(without.error?.issues.map(({ path }) => path.join('.'))).toEqual(['provider.id']);
    const files = new Map(
      Object.entries({
        'config.arena.yaml': JSON.stringify({
          kind: 'Arena',
          metadata: { name: 'a' },
          spec: { tool_specs: tool({ id: 'nobody' }), provider_specs: SPECIALIST },
        }),
      }).map(([path, text]) => [path, Buffer.from(text)]),
    );
    const { faults } = loadBundleFromFiles(files, 'config.arena.yaml');
    expect(faults.map(({ message }) => message)).toContain('unknown provider "nobody"');
    const broken = engineBundle({ tools: tool({ id: 'specialist', message: '{{.topic' }), providers: SPECIALIST });
    expect(toolFaults(broken).map(({ message }) => message)).toEqual([expect.stringMatching(/^the message cannot/)]);
  });

  test('asks for a provider that this version can call', () => {
    const providers = { specialist: { type: 'openai', model: 'gpt-realtime' } };
    const bundle = engineBundle({ tools: tool({ id: 'specialist' }), arena: { provider_specs: providers } });
    const { cells } = planMatrix(bundle, { providers: ['model'] });
    expect(unsupportedFaults(bundle, cells, supportOf(false)).map(({ message }) => message)).toEqual([
      expect.stringMatching(/model that only speaks/),
    ]);
  });
});
