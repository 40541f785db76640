import { describe, expect, test } from '@jest/globals';
import { judgesOf } from '../../src/bundle/judge-providers.js';
import { planMatrix } from '../../src/bundle/matrix.js';
import { createProviders, refusalOf } from '../../src/io/providers/create.js';
import { ARENA, faultsWith, SOUND, soundBundle, type Texts } from '../helpers/bundle-texts.js';

const arena = SOUND[ARENA] ?? '';
const judged = (more: string): string => arena.replace('  defaults:\n', `${more}  defaults:\n`);

const withEval = (targets: string, more = ''): Texts => ({
  [ARENA]: judged(`${more}  evals: [{ file: evals/old.yaml }]\n`),
  'evals/old.yaml': `kind: Eval
metadata: { name: old }
spec:
  recording: { path: old.json }
  judge_targets:
${targets}`,
  'evals/old.json': '[{"role":"assistant","content":"Hi"}]',
});

describe('judges with a model of their own', () => {
  // shows Eval.spec.judge_targets.*.model
  test('become providers in the group judge that never join the matrix', () => {
    const bundle = soundBundle(withEval('    strict: { type: openai, model: gpt-4o, id: anything }\n'));
    expect(bundle.providers.get('old.judge.strict')).toMatchObject({
      id: 'old.judge.strict',
      group: 'judge',
      onlyJudges: true,
      spec: { type: 'openai', model: 'gpt-4o' },
    });
    expect(bundle.providers.get('old.judge.strict')?.at(['spec', 'model'])).toBe('evals/old.yaml:6:29');
    expect(planMatrix(bundle).cells.find(({ scenario }) => scenario === 'greeting')?.providers).toEqual([
      'fast',
      'slow',
    ]);
  });

  // shows Arena.spec.judges[].model, Arena.spec.judges[].provider, Arena.spec.judges[].name
  test('of the Arena file copy the provider that they name, with their own model', () => {
    const bundle = soundBundle({
      [ARENA]: judged('  judges: [{ name: a, provider: fast, model: big }, { name: b, provider: slow }]\n'),
    });
    expect(bundle.providers.get('judge.a')?.spec).toMatchObject({ type: 'mock', model: 'big' });
    expect(bundle.providers.get('fast')?.spec.model).toBeUndefined();
    expect([...judgesOf(bundle, undefined)]).toEqual([
      ['a', 'judge.a'],
      ['b', 'slow'],
    ]);
  });

  test('of an eval come first and hide those of the Arena file with the same name', () => {
    const own = '    b: { type: claude, model: m }\n    c: { type: mock, model: m }\n';
    const bundle = soundBundle(
      withEval(own, '  judges: [{ name: a, provider: fast }]\n  judge_specs: { b: { provider: slow } }\n'),
    );
    expect([...judgesOf(bundle, 'old')]).toEqual([
      ['b', 'old.judge.b'],
      ['c', 'old.judge.c'],
      ['a', 'fast'],
    ]);
    expect([...judgesOf(bundle, undefined)]).toEqual([
      ['a', 'fast'],
      ['b', 'slow'],
    ]);
  });

  // shows Eval.spec.judge_targets.*.id
  test('take address, key and mock answers from the provider of their id', () => {
    const faults = faultsWith(withEval('    j: { type: openai, model: big, id: fast }\n'));
    expect(faults).toEqual([
      'evals/old.yaml:6:10 the provider "fast" is of type mock: it judges, type openai has no effect, write the same type, or another id',
    ]);
    const bundle = soundBundle(withEval('    j: { type: mock, model: big, id: fast }\n'));
    expect(bundle.providers.get('old.judge.j')?.spec).toMatchObject({ type: 'mock', model: 'big' });
  });

  test('speak themselves when every assistant is mocked', () => {
    const bundle = soundBundle(withEval('    j: { type: openai, model: m }\n'));
    const providers = createProviders(bundle, { mockProvider: true, env: {} });
    expect(providers.get('fast')?.local).toBe(true);
    expect(providers.get('old.judge.j')?.local).toBe(false);
  });

  // shows Eval.spec.judge_targets.*.type
  test('whose type cannot be called are known as such', () => {
    const bundle = soundBundle(withEval('    j: { type: imagen, model: m }\n'));
    const judge = createProviders(bundle, { env: {} }).get('old.judge.j');
    expect(judge && refusalOf(judge)?.message).toMatch(/^evals\/old\.yaml:6:10 /);
  });

  test.each([
    ['an unknown type', '    j: { type: gpt, model: m }\n', /^evals\/old\.yaml:6:10 .*"gpt" is not one of/],
    ['no model', '    j: { type: openai }\n', /^evals\/old\.yaml:6:5 .*model is required/],
  ])('with %s are refused', (_what, target, expected) => {
    expect(faultsWith(withEval(target)).join('\n')).toMatch(expected);
  });

  test('must not take the name of a provider', () => {
    const more = '  judges: [{ name: a, provider: fast, model: big }]\n  provider_specs: { judge.a: { type: mock } }\n';
    expect(faultsWith({ [ARENA]: judged(more) })).toContainEqual(
      expect.stringMatching(/both be called "judge\.a", rename one/),
    );
  });
});
