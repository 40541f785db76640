import { describe, expect, test } from '@jest/globals';
import { complaintsOf } from '../../src/engine/assertions/assertion.js';
import { ConversationView } from '../../src/engine/assertions/view.js';
import {
  ANSWER,
  bundleWithJudges,
  callOf,
  judged,
  type Params,
  QUESTION,
  ScriptedJudge,
  talk,
} from '../helpers/judges.js';

const answers = (score: number) => new ScriptedJudge([JSON.stringify({ score, reasoning: 'so' })]);

const FULL: Params = { contexts: ['Hold it for 10 s.', 'It is red.'], reference: 'Ten seconds.' };

/** type, params that it needs, parts of the question that it shows, parts that it does not */
const TYPES: [string, Params, string[], string[]][] = [
  ['faithfulness', { contexts: ['C'] }, [QUESTION, ANSWER, '[1] Hold it for 10 s.'], ['Ten seconds.']],
  ['hallucination', { contexts: ['C'] }, [QUESTION, ANSWER, '[2] It is red.'], ['Ten seconds.']],
  ['contextual_precision', { contexts: ['C'], reference: 'R' }, [QUESTION, '[2] It is red.', 'Ten seconds.'], [ANSWER]],
  ['contextual_recall', { contexts: ['C'], expected_output: 'R' }, [QUESTION, '[1]', 'Ten seconds.'], [ANSWER]],
  ['contextual_relevancy', { context: 'C' }, [QUESTION, '[1]', '[2]'], [ANSWER, 'Ten seconds.']],
  ['answer_relevancy', {}, [QUESTION, ANSWER], ['It is red.', 'Ten seconds.']],
];

describe.each(TYPES)('%s', (type, needed, shown, hidden) => {
  test.each<[number, Params, boolean]>([
    [1, {}, true],
    [0.8, { min_score: 0.8 }, true],
    [0.79, { min_score: 0.8 }, false],
    [0.99, {}, false],
  ])('with a score of %d and %j: %s', async (score, params, passed) => {
    expect(await judged(type, { ...needed, ...params }, answers(score))).toMatchObject({ passed, score });
  });

  test('shows what it measures, and no more', async () => {
    const judge = answers(1);
    await judged(type, { ...FULL, criteria: 'In metric units.' }, judge);
    for (const text of [...shown, 'In metric units.']) expect(judge.user).toContain(text);
    for (const text of hidden) expect(judge.user).not.toContain(text);
  });

  test('takes another question, system prompt and judge', async () => {
    const judge = answers(1);
    await judged(type, { ...FULL, question: 'Why?', system_prompt: 'Mine.', judge: 'mild' }, judge);
    expect(judge.system).toBe('Mine.');
    expect(judge.user).toContain('Question:\n');
    expect(judge.user).toContain('Why?');
    expect(judge.user).not.toContain(QUESTION);
    expect(judge.asked[0]?.provider).toBe('mild-model');
  });

  test('scores an unreadable answer with a half', async () => {
    expect(await judged(type, needed, new ScriptedJudge(['hm']))).toMatchObject({ passed: false, score: 0.5 });
  });
});

test.each(TYPES.filter(([, needed]) => Object.keys(needed).length > 0))(
  '%s asks nobody when something is missing',
  async (type, needed) => {
    for (const missing of Object.keys(needed)) {
      const { [missing]: _, ...rest } = needed;
      const judge = answers(1);
      const result = await judged(type, rest, judge);
      expect(result).toMatchObject({ passed: false, score: 0, explanation: expect.stringContaining('is missing') });
      expect(judge.asked).toEqual([]);
      expect(complaintsOf({ type, params: rest }, { bundle: bundleWithJudges() })[0]).toContain('can never pass');
    }
  },
);

describe('context_field', () => {
  const view = talk([
    callOf('search', JSON.stringify({ hits: [{ text: 'First.' }, { text: 'Second.' }] })),
    callOf('note', 'no JSON'),
    callOf('search', JSON.stringify({ hits: [{ text: 'Third.' }, { text: '' }] })),
    { ...callOf('search', JSON.stringify({ hits: [{ text: 'Failed.' }] })), error: 'broken' },
  ]);

  test('finds the contexts in the results of tools, in order', async () => {
    const judge = answers(1);
    await judged('faithfulness', { context_field: 'hits[].text' }, judge, { view });
    expect(judge.user).toContain('[1] First.\n\n[2] Second.\n\n[3] Third.');
    expect(judge.user).not.toContain('Failed.');
  });

  test('fails the check where it finds nothing, without a question', async () => {
    const judge = answers(1);
    const result = await judged('faithfulness', { context_field: 'documents' }, judge, { view });
    expect(result).toMatchObject({ passed: false, explanation: 'no tool result so far holds a context' });
    expect(judge.asked).toEqual([]);
  });

  test('must be an expression', async () => {
    const { explanation } = await judged('faithfulness', { context_field: 'a[' }, answers(1), { view });
    expect(explanation).toContain('"context_field" is no JMESPath expression');
  });
});

test('there must be an answer where that is judged', async () => {
  const view = new ConversationView({ messages: [{ role: 'user', content: 'hi' }], calls: [], from: 0, usage: {} });
  const of = async (type: string) => (await judged(type, { ...FULL }, answers(1), { view })).explanation;
  expect(await of('faithfulness')).toBe('there is no answer to judge');
  expect(await of('contextual_recall')).toContain('so');
});
