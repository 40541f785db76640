import { describe, expect, test } from '@jest/globals';
import { planMatrix } from '../../src/bundle/matrix.js';
import { unsupportedFaults } from '../../src/bundle/unsupported.js';
import type { ConversationRecord } from '../../src/core/conversation.js';
import { ArenaError } from '../../src/core/errors.js';
import { PlanIndex } from '../../src/core/plan.js';
import { checkWarnings } from '../../src/engine/check-warnings.js';
import { directPorts } from '../../src/engine/direct-ports.js';
import { prepare } from '../../src/engine/prepare.js';
import { runItem } from '../../src/engine/run-item.js';
import { supportOf } from '../../src/support.js';
import {
  type EngineBundleParts,
  engineBundle,
  type HoldOptions,
  hold,
  scripted,
  surroundings,
} from '../helpers/engine-bundle.js';
import { bundleWithJudges } from '../helpers/judges.js';

type Eval = { [name: string]: unknown };

const SAYS_ONE = { id: 'one', type: 'contains', params: { patterns: ['one'] } };
const TURNS = [
  { role: 'user', content: 'First' },
  { role: 'user', content: 'Second' },
];

/** Holds two turns, answered with "one" and "two". */
function held(parts: EngineBundleParts, options: HoldOptions = {}): Promise<ConversationRecord> {
  const scenario = { turns: TURNS, ...parts.scenario };
  return hold(engineBundle({ ...parts, scenario }), { complete: scripted('one', 'two'), ...options });
}

const inShort = ({ evals = [] }: ConversationRecord) =>
  evals.map(({ evalId, level, messageIndex, passed }) => [evalId, level, messageIndex, passed]);

const ofPack = (...pack_evals: Eval[]) => held({ arena: { pack_evals } });

describe('evals of the bundle and of prompts', () => {
  const AT_THE_END = [['one', 'conversation', undefined, false]];
  const EACH_TURN = [
    ['one', 'turn', 2, true],
    ['one', 'turn', 4, false],
  ];

  // shows Arena.spec.pack_evals[].trigger, Arena.spec.pack_evals[].enabled, Arena.spec.pack_evals[].sample_percentage
  test.each<[Eval, unknown[]]>([
    [{}, AT_THE_END],
    [{ trigger: 'on_session_complete' }, AT_THE_END],
    [{ trigger: 'on_conversation_complete' }, AT_THE_END],
    [{ trigger: 'every_turn' }, EACH_TURN],
    [{ trigger: 'on_turn_complete' }, EACH_TURN],
    [{ trigger: 'sample_turns', sample_percentage: 100 }, EACH_TURN],
    [{ trigger: 'sample_turns', sample_percentage: 0 }, []],
    [{ trigger: 'sample_sessions', sample_percentage: 100 }, AT_THE_END],
    [{ trigger: 'sample_sessions', sample_percentage: 0 }, []],
    [{ trigger: 'on_workflow_step' }, []],
    [{ enabled: false }, []],
    [{ enabled: true }, AT_THE_END],
  ])('%j gives %j', async (change, expected) => {
    expect(inShort(await ofPack({ ...SAYS_ONE, ...change }))).toEqual(expected);
    expect(inShort(await held({ prompt: { evals: [{ ...SAYS_ONE, ...change }] } }))).toEqual(expected);
  });

  test('are reported and decide nothing', async () => {
    const record = await ofPack(SAYS_ONE);
    expect(record).toMatchObject({
      verdict: 'passed',
      assertions: [],
      evals: [
        {
          evalId: 'one',
          type: 'contains',
          params: { patterns: ['one'] },
          passed: false,
          score: 0,
          source: expect.stringMatching(/^config\.arena\.yaml:\d+:\d+$/),
        },
      ],
    });
  });

  // shows Arena.spec.pack_evals[].id, PromptConfig.spec.evals[].id
  test('of a prompt take the place of the bundle’s with their id', async () => {
    const own = { ...SAYS_ONE, params: { patterns: ['two'] } };
    const record = await held({
      arena: { pack_evals: [SAYS_ONE, { ...SAYS_ONE, id: 'other' }] },
      prompt: { evals: [own] },
    });
    expect(inShort(record)).toEqual([
      ['one', 'conversation', undefined, true],
      ['other', 'conversation', undefined, false],
    ]);
  });

  test('are carried out after a failure, too', async () => {
    const complete = () => {
      throw new ArenaError({ code: 'unauthorized', message: 'no' });
    };
    const record = await held(
      { arena: { pack_evals: [{ id: 'count', type: 'turn_count', params: { max: 9 } }] } },
      { complete },
    );
    expect(record).toMatchObject({ verdict: 'errored', evals: [{ evalId: 'count', passed: true }] });
  });

  // shows Arena.spec.pack_evals[].params, Arena.spec.pack_evals[].type
  // shows Arena.spec.pack_evals[].threshold.min_score, Arena.spec.pack_evals[].threshold.max_score
  test.each<[Eval, boolean]>([
    [{ params: { patterns: ['two', 'x'] } }, false],
    [{ params: { patterns: ['two', 'x'], min_score: 0.5 } }, true],
    [{ params: { patterns: ['two', 'x'] }, threshold: { min_score: 0.5 } }, true],
    [{ params: { patterns: ['two', 'x'], min_score: 0.6 }, threshold: { min_score: 0.5 } }, false],
    [{ params: { patterns: ['two'] }, threshold: { max_score: 0.5 } }, false],
    [{ type: 'contains_any' }, true],
  ])('%j passes: %s', async (change, passed) => {
    expect((await ofPack({ ...SAYS_ONE, ...change })).evals).toMatchObject([{ passed }]);
  });

  // shows Arena.spec.pack_evals[].when, Arena.spec.pack_evals[].message
  test('heed their conditions, and keep the author’s words', async () => {
    const [result] = (await ofPack({ ...SAYS_ONE, when: { any_tool_called: true }, message: 'Says one.' })).evals ?? [];
    expect(result).toMatchObject({ skipped: true, passed: true, message: 'Says one.' });
  });

  test('sample the same conversations each time, about as many as they say', async () => {
    const pack_evals = [{ ...SAYS_ONE, trigger: 'sample_turns', sample_percentage: 30 }];
    const turns = Array.from({ length: 200 }, () => ({ role: 'user', content: 'Hello' }));
    const looked = async () => {
      const record = await held(
        { arena: { pack_evals }, scenario: { turns } },
        { complete: () => ({ content: '1', latencyMs: 0 }) },
      );
      return record.evals?.map(({ messageIndex }) => messageIndex) ?? [];
    };
    const first = await looked();
    expect(first.length).toBeGreaterThan(35);
    expect(first.length).toBeLessThan(85);
    expect(await looked()).toEqual(first);
  });

  // shows JobInput.packEvals.skip, JobInput.packEvals.types
  test.each<[{ skip: boolean; types?: string[] }, string[]]>([
    [{ skip: true }, []],
    [{ skip: false }, ['a', 'b', 'c']],
    [{ skip: false, types: ['contains'] }, ['a', 'b']],
    [{ skip: false, types: ['content_includes'] }, ['a', 'b']],
    [{ skip: false, types: ['regex', 'contains'] }, ['a', 'b', 'c']],
    [{ skip: false, types: ['json_valid'] }, []],
  ])('with the choice %j are %j', async (packEvals, ids) => {
    const evals = [
      { ...SAYS_ONE, id: 'a' },
      { ...SAYS_ONE, id: 'b', type: 'content_includes' },
      { id: 'c', type: 'regex', params: { pattern: 'x' } },
    ];
    const record = await held(
      { arena: { pack_evals: evals }, scenario: { conversation_assertions: [{ type: 'json_valid' }] } },
      { settings: { packEvals } },
    );
    expect(record.evals?.map(({ evalId }) => evalId) ?? []).toEqual(ids);
    expect(record.assertions).toHaveLength(1);
  });
});

// shows PromptConfig.spec.evals[].description, PromptConfig.spec.evals[].metric, PromptConfig.spec.evals[].groups
test.each<Eval>([
  { description: 'What for.' },
  { metric: { name: 'm', type: 'gauge' } },
  { groups: ['g'] },
  { own: 1 },
])('%j is a note for people and other hosts, and changes nothing', async (note) => {
  const [plain, noted] = [await ofPack(SAYS_ONE), await ofPack({ ...SAYS_ONE, ...note })];
  const withoutPlaces = ({ evals }: ConversationRecord) => evals?.map((result) => ({ ...result, source: '' }));
  expect(withoutPlaces(noted)).toEqual(withoutPlaces(plain));
});

describe('an eval that cannot be carried out', () => {
  test('fails by itself, even for a passing reason, and leaves the conversation alone', async () => {
    const bundle = bundleWithJudges({ arena: { pack_evals: [{ id: 'judged', type: 'llm_judge' }] } });
    const complete = (_: unknown, provider: string) => {
      if (provider === 'model') return { content: 'Hi.', latencyMs: 0 };
      throw new ArenaError({ code: 'provider_unavailable', message: 'the judge is down' });
    };
    expect(await hold(bundle, { complete })).toMatchObject({
      verdict: 'passed',
      evals: [{ evalId: 'judged', type: 'llm_judge', passed: false, score: 0, error: 'the judge is down' }],
    });
  });

  test('is announced before the run', () => {
    const pack_evals = [
      { id: 'a', type: 'llm_judge' },
      { id: 'b', type: 'my_own' },
      { id: 'c', type: 'contains', params: { patterns: ['x'] } },
      { id: 'd', type: 'my_own', enabled: false },
    ];
    const prompt = { evals: [{ id: 'e', type: 'regex', params: { pattern: '(' } }] };
    const said = checkWarnings(engineBundle({ arena: { pack_evals }, prompt }), ['talk']).map(({ message }) => message);
    expect(said).toEqual([
      expect.stringContaining('llm_judge can never pass: the bundle has no judge'),
      'there is no check "my_own": this eval fails',
      expect.stringContaining('regex can never pass'),
    ]);
  });

  test('may be of a type of another host: the run is not refused for it', async () => {
    const bundle = engineBundle({
      arena: { pack_evals: [{ id: 'b', type: 'my_own', metric: { name: 'x' }, note: 1 }] },
    });
    expect(unsupportedFaults(bundle, planMatrix(bundle).cells, supportOf(false))).toEqual([]);
    const record = await hold(bundle, { complete: scripted('one') });
    expect(record).toMatchObject({ verdict: 'passed', evals: [{ evalId: 'b', passed: false }] });
  });
});

test('an eval without id, or with another trigger, is a fault at its line', () => {
  expect(() => engineBundle({ arena: { pack_evals: [{ type: 'contains' }] } })).toThrow(
    /pack_evals\[0\]\.id is required/,
  );
  expect(() => engineBundle({ arena: { pack_evals: [{ ...SAYS_ONE, trigger: 'every_tun' }] } })).toThrow(/every_turn/);
});

test('what judges of evals use counts as judging', async () => {
  const bundle = bundleWithJudges({
    arena: { pack_evals: [{ id: 'judged', type: 'llm_judge', trigger: 'every_turn' }] },
  });
  const complete = () => ({ content: '{"score": 0.4}', latencyMs: 0, usage: { inputTokens: 1 } });
  expect(await hold(bundle, { complete })).toMatchObject({
    evals: [{ score: 0.4, messageIndex: 2 }],
    judging: { calls: 1, usage: { inputTokens: 1 } },
  });
});

test('evals of the bundle look at recordings as well', async () => {
  const chat = [
    { role: 'user', content: 'First' },
    { role: 'assistant', content: 'one' },
    { role: 'user', content: 'Second' },
    { role: 'assistant', content: 'two' },
  ];
  const bundle = engineBundle({
    arena: {
      pack_evals: [SAYS_ONE, { ...SAYS_ONE, id: 'each', trigger: 'every_turn' }],
      eval_specs: { old: { recording: { path: 'chat.json' } } },
    },
    files: { 'chat.json': JSON.stringify(chat) },
  });
  const { cells, regions } = planMatrix(bundle, { evals: ['old'] });
  const item = new PlanIndex({ schemaVersion: 1, bundle: '', cells, regions }).at(0);
  const prepared = prepare(bundle, { variables: {} }, surroundings());
  const record = await runItem(prepared, item, directPorts(new Map(), new AbortController().signal));
  expect(record.verdict).toBe('passed');
  expect(inShort(record)).toEqual([
    ['each', 'turn', 1, true],
    ['each', 'turn', 3, false],
    ['one', 'conversation', undefined, false],
  ]);
});
