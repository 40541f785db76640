import { createHash } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import { ArenaError } from '../../src/core/errors.js';
import type { Completion, CompletionRequest } from '../../src/core/provider.js';
import { engineBundle, hold, scripted } from '../helpers/engine-bundle.js';

const turn = (content: string, ...patterns: string[]) => ({
  role: 'user',
  content,
  assertions: patterns.length === 0 ? undefined : [{ type: 'content_includes', params: { patterns } }],
});

describe('a conversation', () => {
  test('sends the whole history each time, the system message first', async () => {
    const scenario = {
      turns: [turn('one'), { role: 'assistant', content: 'as if said' }, turn('two')],
    };
    const asked: CompletionRequest[] = [];
    const answer = scripted('first', 'second');
    const record = await hold(engineBundle({ scenario }), {
      complete: (request) => {
        asked.push(request);
        return answer();
      },
    });
    expect(asked.map(({ messages }) => messages.map(({ content }) => content))).toEqual([
      ['You help.', 'one'],
      ['You help.', 'one', 'first', 'as if said', 'two'],
    ]);
    expect(asked[0]).toEqual({
      messages: [
        { role: 'system', content: 'You help.' },
        { role: 'user', content: 'one' },
      ],
      parameters: {},
      context: { scenario: 'talk', provider: 'model' },
    });
    expect(record.messages.map(({ role }) => role)).toEqual([
      'system',
      'user',
      'assistant',
      'assistant',
      'user',
      'assistant',
    ]);
    expect(record).toMatchObject({ verdict: 'passed', calls: 2, assertions: [], attempt: 1, schemaVersion: 1 });
  });

  test('a turn whose checks fail is the last one; checks of the conversation still run', async () => {
    const scenario = {
      turns: [turn('one', 'hello'), turn('two', 'bye'), turn('three')],
      conversation_assertions: [{ type: 'turn_count', params: { count: 2 } }],
    };
    const arena = { globals: { conversation_assertions: [{ type: 'min_length', params: { min: 1 } }] } };
    const record = await hold(engineBundle({ scenario, arena }), { complete: scripted('hello', 'hello again') });
    expect(record.verdict).toBe('failed');
    expect(record.error).toBeUndefined();
    expect(
      record.assertions.map(({ level, type, messageIndex, passed, source }) => [
        level,
        type,
        messageIndex,
        passed,
        source,
      ]),
    ).toEqual([
      ['turn', 'content_includes', 2, true, 'talk.yaml:10:11'],
      ['turn', 'content_includes', 4, false, 'talk.yaml:17:11'],
      ['conversation', 'min_length', undefined, true, expect.stringMatching(/^config\.arena\.yaml:\d+:\d+$/)],
      ['conversation', 'turn_count', undefined, true, expect.stringMatching(/^talk\.yaml:\d+:\d+$/)],
    ]);
  });

  test('a failed check of the conversation fails it', async () => {
    const scenario = { conversation_assertions: [{ type: 'content_includes', params: { patterns: ['bye'] } }] };
    expect((await hold(engineBundle({ scenario }), { complete: scripted('hi') })).verdict).toBe('failed');
  });

  test('a failure of the provider is an error with its code; what was said so far is kept', async () => {
    const failure = { code: 'rate_limited' as const, message: 'slow down', status: 429, retryAfterMs: 1000 };
    const answer = scripted('first');
    let calls = 0;
    const scenario = {
      turns: [turn('one'), turn('two')],
      conversation_assertions: [{ type: 'contains', params: { patterns: ['first'] } }],
    };
    const record = await hold(engineBundle({ scenario }), {
      complete: () => {
        calls += 1;
        if (calls === 2) throw new ArenaError(failure);
        return answer();
      },
    });
    expect(record).toMatchObject({ verdict: 'errored', error: failure, calls: 2, assertions: [{ passed: true }] });
    expect(record.messages.map(({ content }) => content)).toEqual(['You help.', 'one', 'first', 'two']);
  });

  test('anything else that is thrown is an internal error', async () => {
    const complete = () => {
      throw new TypeError('oops');
    };
    expect(await hold(engineBundle({}), { complete })).toMatchObject({
      verdict: 'errored',
      error: { code: 'internal', message: 'oops' },
    });
  });

  test('an abort is passed on with its reason', async () => {
    const controller = new AbortController();
    const reason = new Error('cancelled');
    const held = hold(engineBundle({}), {
      complete: () => {
        controller.abort(reason);
        throw new Error('aborted');
      },
      ports: { signal: controller.signal },
    });
    await expect(held).rejects.toBe(reason);
  });

  test('a provider that is not there is named', async () => {
    const record = await hold(engineBundle({}), { provider: 'none' });
    expect(record).toMatchObject({ verdict: 'errored', error: { code: 'provider_not_found' }, messages: [] });
  });

  test('usage, cost and times are summed', async () => {
    let now = 1000;
    const answers = [
      { content: 'a', usage: { inputTokens: 3, outputTokens: 4 }, costUsd: 0.5, latencyMs: 100 },
      { content: 'b', usage: { inputTokens: 5, cachedTokens: 2 }, costUsd: 0.25, latencyMs: 200, ttftMs: 20 },
    ];
    const record = await hold(engineBundle({ scenario: { turns: [turn('one'), turn('two')] } }), {
      complete: () => {
        now += 250;
        const answer = answers.shift();
        if (answer === undefined) throw new Error('asked too often');
        return answer;
      },
      ports: { now: () => now },
    });
    expect(record.usage).toEqual({ inputTokens: 8, outputTokens: 4, cachedTokens: 2 });
    expect(record.costUsd).toBeCloseTo(0.75, 10);
    expect(record.timing).toEqual({ startedAt: 1000, durationMs: 500, callMs: 300, waitMs: 200 });
    expect(record.messages[4]).toMatchObject({ latencyMs: 200, ttftMs: 20, costUsd: 0.25 });
  });

  test('one call of unknown cost makes the sum unknown', async () => {
    const complete = scripted({ content: 'a', costUsd: 1 }, 'b');
    const record = await hold(engineBundle({ scenario: { turns: [turn('one'), turn('two')] } }), { complete });
    expect(record.costUsd).toBeUndefined();
  });

  test('checks of cost see the true totals', async () => {
    const scenario = { conversation_assertions: [{ type: 'cost_budget', params: { max_cost_usd: 0.1 } }] };
    const complete = scripted({ content: 'a', costUsd: 0.2 });
    expect(await hold(engineBundle({ scenario }), { complete })).toMatchObject({
      verdict: 'failed',
      assertions: [{ score: 0.5 }],
    });
  });

  test('streaming follows the turn, then the scenario', async () => {
    const scenario = { streaming: true, turns: [turn('one'), { ...turn('two'), streaming: false }] };
    const streams: (boolean | undefined)[] = [];
    await hold(engineBundle({ scenario }), {
      complete: ({ stream }) => {
        streams.push(stream);
        return { content: 'ok', latencyMs: 0 };
      },
    });
    expect(streams).toEqual([true, undefined]);
  });

  test('sampling: job over turn over Arena file over provider', async () => {
    const parts = {
      arena: { defaults: { temperature: 0.2, max_tokens: 0, seed: 1 } },
      scenario: { turns: [turn('one'), { ...turn('two'), assistant_temp: 0.9, seed: 7 }] },
      files: {
        'model.yaml':
          'kind: Provider\nmetadata: {name: model}\nspec: {type: mock, model: m, defaults: {temperature: 1, top_p: 0.5, max_tokens: 99, presence_penalty: 1}}\n',
      },
    };
    const ask = async (settings: object) => {
      const seen: CompletionRequest['parameters'][] = [];
      await hold(engineBundle(parts), {
        settings,
        complete: ({ parameters }) => {
          seen.push(parameters);
          return { content: 'ok', latencyMs: 0 };
        },
      });
      return seen;
    };
    const base = { temperature: 0.2, topP: 0.5, maxTokens: 99, seed: 1, presencePenalty: 1 };
    expect(await ask({})).toEqual([base, { ...base, temperature: 0.9, seed: 7 }]);
    expect(await ask({ temperature: 0.4, maxTokens: 5 })).toEqual([
      { ...base, temperature: 0.4, maxTokens: 5 },
      { ...base, temperature: 0.4, maxTokens: 5, seed: 7 },
    ]);
  });

  test('parts of a user message: files for the model, names for the record', async () => {
    const parts = [
      { type: 'text', text: 'Look at {{what}}' },
      { type: 'image', media: { file_path: 'pictures/a.jpg', detail: 'low' } },
      { type: 'image', media: { url: 'https://example.org/b.png', mime_type: 'image/png' } },
    ];
    const bundle = engineBundle({
      vars: { what: 'this' },
      arena: { defaults: { config_dir: 'media' } },
      scenario: { turns: [{ role: 'user', parts }] },
      files: { 'media/pictures/a.jpg': new Uint8Array([255]), 'media/mock.yaml': '{}' },
    });
    let asked: CompletionRequest | undefined;
    const record = await hold(bundle, {
      complete: (request) => {
        asked = request;
        return { content: 'ok', latencyMs: 0 };
      },
    });
    const image = { type: 'image', mimeType: 'image/jpeg', detail: 'low', filePath: 'pictures/a.jpg' };
    expect(asked?.messages[1]?.parts?.[1]).toEqual({ ...image, data: '/w==' });
    expect(record.messages[1]).toEqual({
      role: 'user',
      content: 'Look at this',
      parts: [
        { type: 'text', text: 'Look at this' },
        image,
        { type: 'image', mimeType: 'image/png', url: 'https://example.org/b.png' },
      ],
    });
  });

  test('words beside parts without text are sent with them', async () => {
    const parts = [{ type: 'image', media: { url: 'https://example.org/b.png' } }];
    const record = await hold(engineBundle({ scenario: { turns: [{ role: 'user', content: 'Look', parts }] } }));
    const image = { type: 'image', mimeType: 'image/png', url: 'https://example.org/b.png' };
    expect(record.messages[1]).toEqual({
      role: 'user',
      content: 'Look',
      parts: [{ type: 'text', text: 'Look' }, image],
    });
  });

  // shows Document.metadata.labels
  test('labels come from metadata and spec', async () => {
    const file =
      'kind: Scenario\nmetadata: {name: talk, labels: {team: a}}\nspec: {task_type: main, labels: {level: 3}, turns: [{role: user, content: a}]}\n';
    const record = await hold(engineBundle({ files: { 'talk.yaml': file } }), { region: 'eu' });
    expect(record).toMatchObject({ labels: { team: 'a', level: '3' }, region: 'eu', promptTask: 'main' });
  });

  test('given the same answers it makes the same requests and comes to the same record', async () => {
    const bundle = engineBundle({
      tools: { look: { mock_result: { b: 1, a: 2 } } },
      scenario: { turns: [turn('one', 'done'), turn('two')] },
    });
    const once = async (answers: Completion[], nowOf: () => number) => {
      const hashes: string[] = [];
      let next = 0;
      const record = await hold(bundle, {
        complete: (request) => {
          hashes.push(createHash('sha256').update(JSON.stringify(request)).digest('hex'));
          const answer = answers[next];
          next += 1;
          if (answer === undefined) throw new Error('asked too often');
          return answer;
        },
        ports: { now: nowOf },
      });
      const { timing: _, ...rest } = record;
      return { hashes, rest };
    };
    const answers: Completion[] = [
      {
        content: '',
        toolCalls: [{ id: 'x', name: 'look', args: { q: 1 } }],
        latencyMs: 12,
        costUsd: 0.1,
        raw: { id: 'r1' },
      },
      { content: 'done', latencyMs: 34, usage: { inputTokens: 1 } },
      { content: 'bye', latencyMs: 56, ttftMs: 5 },
    ];
    const first = await once(answers, () => 0);
    const second = await once(JSON.parse(JSON.stringify(answers)), () => Date.now());
    expect(second).toEqual(first);
    expect(new Set(first.hashes).size).toBe(3);
  });
});
