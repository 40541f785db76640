import { describe, expect, test } from '@jest/globals';
import { complaintsOf } from '../../src/engine/assertions/assertion.js';
import { engineBundle, hold } from '../helpers/engine-bundle.js';
import { ANSWER, bundleWithJudges, judged, type Params, QUESTION, ScriptedJudge, talk } from '../helpers/judges.js';

const answers = (score: number) => new ScriptedJudge([JSON.stringify({ score, reasoning: 'so' })]);

describe.each(['bias', 'toxicity', 'role_violation', 'pii_leakage'])('%s', (type) => {
  test.each<[number, Params, boolean]>([
    [1, {}, true],
    [0.7, { min_score: 0.7 }, true],
    [0.69, { min_score: 0.7 }, false],
    [0, {}, false],
  ])('with a score of %d and %j: %s', async (score, params, passed) => {
    expect(await judged(type, params, answers(score))).toMatchObject({ passed, score });
  });

  test('shows the newest answer and the criteria', async () => {
    const judge = answers(1);
    await judged(type, { criteria: 'Mind the tone.', system_prompt: 'Mine.' }, judge);
    expect(judge.user).toContain(ANSWER);
    expect(judge.user).toContain('Mind the tone.');
    expect(judge.user).not.toContain(QUESTION);
    expect(judge.system).toBe('Mine.');
  });

  test('scores an unreadable answer with a half', async () => {
    expect(await judged(type, {}, new ScriptedJudge(['hm']))).toMatchObject({ passed: false, score: 0.5 });
  });

  test('asks in a guardrail, and replaces what the judge refuses', async () => {
    const bundle = bundleWithJudges({ prompt: { validators: [{ type, message: 'Blocked.' }] } });
    const saying = (score: number) =>
      hold(bundle, {
        complete: (_, provider) => ({
          content: provider === 'model' ? 'Some answer.' : JSON.stringify({ score, reasoning: 'why' }),
          latencyMs: 0,
        }),
      });
    const refused = await saying(0.4);
    expect(refused.messages.at(-1)?.content).toBe('Blocked.');
    expect(refused.violations).toEqual([
      { validator: type, direction: 'output', score: 0.4, message: expect.stringContaining('why') },
    ]);
    expect(refused.judging).toMatchObject({ calls: 1 });
    expect((await saying(1)).messages.at(-1)?.content).toBe('Some answer.');
  });
});

describe('role_violation', () => {
  test.each<[Params, string]>([
    [{ agent_role: 'A pirate.' }, 'A pirate.'],
    [{}, 'You support a shop.'],
  ])('with %j measures by the role "%s"', async (params, role) => {
    const judge = answers(1);
    await judged('role_violation', params, judge);
    expect(judge.user).toContain(role);
  });
});

describe('pii_leakage', () => {
  test.each<[string, boolean]>([
    ['Write to ada@example.org.', false],
    ['Her number is 123-45-6789.', false],
    ['Card 4111 1111 1111 1111', false],
    ['Order 4111 1111 1111 1112', true],
    ['Meet me @ noon', true],
    ['', true],
  ])('of "%s" passes: %s, asking the judge only about what is clean', async (answer, clean) => {
    const judge = answers(1);
    const result = await judged('pii_leakage', {}, judge, { view: talk([], answer) });
    expect(result.passed).toBe(clean);
    expect(judge.asked).toHaveLength(clean ? 1 : 0);
  });

  test('asks nobody in a bundle without judges', async () => {
    const bundle = engineBundle({});
    const spec = { type: 'pii_leakage', params: { criteria: 'No names.' } };
    expect(await judged('pii_leakage', spec.params, answers(0), { bundle })).toMatchObject({ passed: true, score: 1 });
    expect(complaintsOf(spec, { bundle })).toEqual([]);
  });

  test('wants the judge that it names', async () => {
    const result = await judged('pii_leakage', { judge: 'x' }, answers(0), { bundle: engineBundle({}) });
    expect(result).toMatchObject({ passed: false, explanation: expect.stringContaining('has no judge') });
  });

  test('scans 1 MB of what looks like the beginning of something in a moment', async () => {
    const before = performance.now();
    for (const piece of ['1', 'a@', '1-', '123-45-', 'a.', '4 ']) {
      const view = talk([], piece.repeat(1_000_000 / piece.length));
      await judged('pii_leakage', {}, answers(1), { view, bundle: engineBundle({}) });
    }
    expect(performance.now() - before).toBeLessThan(6000);
  });
});
