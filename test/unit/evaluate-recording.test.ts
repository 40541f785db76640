import { describe, expect, test } from '@jest/globals';
import { stringify } from 'yaml';
import { planMatrix } from '../../src/bundle/matrix.js';
import type { ConversationRecord, Message } from '../../src/core/conversation.js';
import { PlanIndex } from '../../src/core/plan.js';
import { directPorts } from '../../src/engine/direct-ports.js';
import type { EnginePorts } from '../../src/engine/ports.js';
import { prepare } from '../../src/engine/prepare.js';
import { runItem } from '../../src/engine/run-item.js';
import { createOutsideServices } from '../../src/io/outside-services.js';
import { createTool } from '../../src/io/tools/create-tool.js';
import { engineBundle } from '../helpers/engine-bundle.js';

const TALK: Message[] = [
  { role: 'user', content: 'Where is it?' },
  { role: 'assistant', content: '', toolCalls: [{ id: 'c', name: 'find', args: { id: 7 } }], costUsd: 0.5 },
  { role: 'tool', content: 'shelf', toolResult: { id: 'c', name: 'find' } },
  { role: 'assistant', content: 'On the shelf', costUsd: 0.25, usage: { outputTokens: 3 } },
  { role: 'user', content: 'Thanks' },
  { role: 'assistant', content: 'Bye' },
];

interface Parts {
  spec?: object;
  messages?: object[];
  arena?: object;
  ports?: Partial<EnginePorts>;
  metadata?: object;
}

/** Judges a chat by an eval of this spec. */
async function judge({ spec, messages = TALK, arena, ports, metadata }: Parts): Promise<ConversationRecord> {
  const document = {
    kind: 'Eval',
    metadata: { name: 'old', ...metadata },
    spec: { recording: { path: 'chat.json' }, ...spec },
  };
  const bundle = engineBundle({
    arena: { evals: [{ file: 'old.yaml' }], ...arena },
    files: { 'old.yaml': stringify(document), 'chat.json': JSON.stringify({ title: 'A chat', messages }) },
  });
  const { cells, regions, faults } = planMatrix(bundle, { evals: ['old'] });
  expect(faults.filter(({ severity }) => severity === 'error')).toEqual([]);
  const item = new PlanIndex({ schemaVersion: 1, bundle: '', cells, regions }).at(0);
  const prepared = prepare(bundle, { variables: {} }, { createTool, services: createOutsideServices() });
  const { signal } = new AbortController();
  return runItem(prepared, item, { ...directPorts(new Map(), signal), ...ports });
}

const everyAnswer = (...assertions: object[]): object => ({ turns: [{ all_turns: { assertions } }] });
const contains = (pattern: string): object => ({ type: 'contains', params: { patterns: [pattern] } });
const told = ({ assertions }: ConversationRecord) =>
  assertions.map(({ level, messageIndex, type, passed, skipped }) =>
    [level, messageIndex, type, passed ? 'passed' : 'failed', skipped ? 'skipped' : '']
      .filter((word) => word !== undefined && word !== '')
      .join(' '),
  );

describe('the eval of a recording', () => {
  // shows Eval.spec.turns[].all_turns.assertions[], Eval.spec.conversation_assertions[], Eval.spec.assertions[]
  test('judges each answer on the conversation up to there, then the whole', async () => {
    const record = await judge({
      spec: {
        ...everyAnswer(contains('shelf'), { type: 'tools_called', params: { tools: ['find'] } }),
        conversation_assertions: [contains('bye')],
        assertions: [{ type: 'contains_any', params: { patterns: ['shelf'] } }],
      },
      arena: { globals: { conversation_assertions: [{ type: 'min_length', params: { min: 1 } }] } },
    });
    expect(told(record)).toEqual([
      'turn 1 contains passed skipped',
      'turn 1 tools_called passed skipped',
      'turn 3 contains passed',
      'turn 3 tools_called passed',
      'turn 5 contains failed',
      'turn 5 tools_called passed',
      'conversation min_length passed',
      'conversation contains passed',
      'conversation contains_any passed',
    ]);
    expect(record.verdict).toBe('failed');
    expect(record.assertions[2]?.source).toBe('old.yaml:10:13');
  });

  test('does not look ahead: a call counts from the answer that made it', async () => {
    const messages = [{ role: 'assistant', content: 'A' }, ...TALK];
    const record = await judge({
      messages,
      spec: everyAnswer({ type: 'tools_not_called', params: { tools: ['find'] } }),
    });
    expect(told(record)).toEqual([
      'turn 0 tools_not_called passed',
      'turn 2 tools_not_called passed skipped',
      'turn 4 tools_not_called failed',
      'turn 6 tools_not_called failed',
    ]);
  });

  // shows Eval.spec.description
  test('becomes a record like that of a held conversation', async () => {
    const record = await judge({
      spec: { description: 'Old ones', tags: ['nightly'], assertions: [contains('bye')] },
      metadata: { labels: { team: 'a' }, annotations: { note: 'b' } },
    });
    expect(record).toMatchObject({
      id: 'old/eval',
      scenario: 'old',
      provider: 'eval',
      description: 'Old ones',
      labels: { team: 'a' },
      annotations: { note: 'b' },
      tags: ['nightly'],
      recording: { file: 'chat.json', metadata: { title: 'A chat' } },
      verdict: 'passed',
      messages: TALK,
      toolStats: { total: 1, byTool: { find: 1 } },
      usage: {},
      costUsd: 0,
      calls: 0,
    });
    expect(record.region).toBeUndefined();
  });

  test.each([
    ['what the recorded calls cost', { type: 'cost_budget', params: { max_cost_usd: 0.7 } }, false],
    ['the tokens that they used', { type: 'cost_budget', params: { max_output_tokens: 3 }, min_score: 0 }, true],
    ['how late the last answer was', { type: 'latency_budget', params: { max_ms: 5 } }, true],
    ['what came of the tools', { type: 'tool_result_includes', params: { tool: 'find', patterns: ['shelf'] } }, true],
  ])('sees %s', async (_what, { params, type }, passed) => {
    const messages = TALK.map((message) => (message.content === 'Bye' ? { ...message, latencyMs: 4 } : message));
    const bound = type === 'cost_budget' && passed ? { min_score: 0 } : {};
    const record = await judge({ messages, spec: { assertions: [{ type, params: { ...params, ...bound } }] } });
    expect(record.assertions.map((result) => [result.explanation, result.passed])).toEqual([
      [expect.any(String), passed],
    ]);
  });

  test('knows the workflow states that the messages name', async () => {
    const messages = ['open', 'open', 'done'].map((state) => ({ role: 'assistant', content: 'x', state }));
    const workflow = {
      version: 1,
      entry: 'open',
      states: { open: { prompt_task: 'main', on_event: { end: 'done' } }, done: { terminal: true } },
    };
    const record = await judge({
      messages,
      arena: { workflow },
      spec: everyAnswer({ type: 'outcome_equivalent', params: { metric: 'final_state', expected_state: 'open' } }),
    });
    expect(record.assertions.map(({ passed }) => passed)).toEqual([true, true, false]);
  });

  test('reports the evals of the bundle, which decide nothing', async () => {
    const shelf = { type: 'contains', params: { patterns: ['shelf'] } };
    const pack_evals = [
      { id: 'each', trigger: 'every_turn', ...shelf },
      { id: 'end', trigger: 'on_session_complete', ...shelf },
    ];
    const record = await judge({ arena: { pack_evals } });
    expect(record.evals?.map(({ evalId, messageIndex, passed }) => [evalId, messageIndex, passed])).toEqual([
      ['each', 3, true],
      ['each', 5, false],
      ['end', undefined, false],
    ]);
    expect([record.verdict, record.assertions]).toEqual(['passed', []]);
  });

  test('without any check passes, unless a guardrail fired', async () => {
    expect((await judge({})).verdict).toBe('passed');
    const fired = { violations: [{ validator: 'x', direction: 'output', score: 0 }] };
    expect((await judge({ messages: [{ role: 'assistant', content: 'x', ...fired }] })).verdict).toBe('failed');
  });
});

describe('the time of a recording', () => {
  const timed = [0, 60, 90].map((seconds, index) => ({
    role: index === 1 ? 'user' : 'assistant',
    content: `${index}`,
    timestamp: 1_700_000_000 + seconds,
  }));

  /** Moments waited for, in seconds after the start at 1000 s. */
  async function moments(spec: object, messages: object[] = timed): Promise<number[]> {
    const waited: number[] = [];
    const ports: Partial<EnginePorts> = {
      now: () => 1_000_000,
      waitUntil: async (epochMs) => {
        waited.push(epochMs / 1000);
      },
    };
    await judge({ spec, messages, ports });
    return waited;
  }

  test.each([
    // shows Eval.spec.mode, Eval.spec.speed
    ['nothing', {}, [0, 0, 0]],
    ['instant', { mode: 'instant' }, [0, 0, 0]],
    ['realtime', { mode: 'realtime' }, [1000, 1090, 1090]],
    ['realtime with a speed', { mode: 'realtime', speed: 0.5 }, [1000, 1180, 1180]],
    ['accelerated', { mode: 'accelerated', speed: 3 }, [1000, 1030, 1030]],
  ])('with %s', async (_what, spec, expected) => {
    expect(await moments(spec)).toEqual(expected);
  });

  test('goes on from the start that was recorded first', async () => {
    const waited: number[] = [];
    const ports: Partial<EnginePorts> = {
      now: () => 5_000_000,
      perform: async (what) => {
        expect(what).toBe('clock');
        return 1_000_000 as never;
      },
      waitUntil: async (epochMs) => {
        waited.push(epochMs / 1000);
      },
    };
    const record = await judge({ spec: { mode: 'realtime' }, messages: timed, ports });
    expect(waited).toEqual([1000, 1090, 1090]);
    expect(record.timing.startedAt).toBe(1_000_000);
  });

  test('is none where messages have no times', async () => {
    expect(await moments({ mode: 'realtime' }, TALK)).toEqual([0, 0, 0, 0]);
  });
});
