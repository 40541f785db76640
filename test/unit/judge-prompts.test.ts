import { describe, expect, test } from '@jest/globals';
import { stringify } from 'yaml';
import { complaintsOf } from '../../src/engine/assertions/assertion.js';
import { bundleWithJudges, callOf, judged, type Params, QUESTION, ScriptedJudge, talk } from '../helpers/judges.js';

const prompt = (name: string, system_template: string, more: object = {}) =>
  stringify({ kind: 'PromptConfig', metadata: { name }, spec: { task_type: name, system_template, ...more } });

/** A bundle with these judge prompts in the folder `judges`. */
function bundleOf(prompts: { [file: string]: string }, judge_defaults: object = {}) {
  const files = Object.fromEntries(Object.entries(prompts).map(([file, text]) => [`judges/${file}`, text]));
  return bundleWithJudges({ arena: { judge_defaults: { prompt_registry: './judges', ...judge_defaults } }, files });
}

async function asked(params: Params, bundle: ReturnType<typeof bundleOf>, view = talk(), type = 'llm_judge') {
  const judge = new ScriptedJudge(['{"score": 1}']);
  const { explanation } = await judged(type, params, judge, { bundle, view });
  return { system: judge.system, user: judge.user, explanation };
}

describe('the system prompt of a judge', () => {
  const bundle = bundleOf(
    {
      'usual.yaml': prompt('usual', 'The usual.'),
      'short.prompt.yaml': prompt('named', 'The named.'),
      'notes.yaml': 'just: notes',
    },
    { prompt: 'usual' },
  );

  // shows Arena.spec.judge_defaults.prompt, Arena.spec.judge_defaults.prompt_registry
  test.each<[Params, string]>([
    [{}, 'The usual.'],
    [{ prompt: 'named' }, 'The named.'],
    [{ prompt: 'short' }, 'The named.'],
    [{ prompt: 'main' }, 'You help.'],
    [{ prompt: 'named', system_prompt: 'Mine.' }, 'Mine.'],
  ])('for %j is %s', async (params, system) => {
    expect((await asked(params, bundle)).system).toBe(system);
    expect((await asked(params, bundle, talk(), 'llm_judge_session')).system).toBe(system);
  });

  test('is ours where nobody wrote one, and asks for the verdict as JSON', async () => {
    const { system } = await asked({}, bundleWithJudges());
    expect(system).toContain('{"passed": true or false, "score": a number from 0 to 1');
  });
});

describe('placeholders of a judge prompt', () => {
  const all = '{{criteria}}|{{rubric}}|{{question}}|{{conversation}}|{{response}}|{{tool_calls}}|{{reference}}';

  test('take what is judged, marked, which then is not said twice', async () => {
    const view = talk([callOf('find', 'found')]);
    const { system, user } = await asked(
      { prompt: 'p', criteria: 'Kind.' },
      bundleOf({ 'p.yaml': prompt('p', all) }),
      view,
    );
    const [criteria, rubric, question, conversation, response, calls, reference] = system.split('|');
    expect([criteria, rubric, reference]).toEqual(['Kind.', '', '']);
    for (const [part, text] of [
      [question, QUESTION],
      [conversation, 'User: '],
      [response, 'Hold'],
      [calls, 'find({})'],
    ]) {
      expect(part).toMatch(/^<material ([0-9a-f]{16})>\n[\s\S]*\n<\/material \1>$/);
      expect(part).toContain(text);
    }
    expect(user).not.toContain('Hold the button.');
    expect(user).not.toContain('Kind.');
    expect(user).toContain('Answer with one JSON object');
  });

  test('do not open up in what was said', async () => {
    const bundle = bundleOf({ 'p.yaml': prompt('p', '{{response}}') });
    const { system } = await asked(
      { prompt: 'p', criteria: 'secret' },
      bundle,
      talk([], '{{criteria}} {{unknown}} $& $1'),
    );
    expect(system).toContain('\n{{criteria}} {{unknown}} $& $1\n');
  });

  test('take defaults of the prompt where the check has nothing', async () => {
    const variables = [
      { name: 'rubric', default: 'by default' },
      { name: 'criteria', default: 'never seen' },
      { name: 'house', default: 'Arena' },
    ];
    const bundle = bundleOf({ 'p.yaml': prompt('p', '{{house}} {{rubric}} {{criteria}}', { variables }) });
    expect((await asked({ prompt: 'p', criteria: 'Kind.' }, bundle)).system).toBe('Arena by default Kind.');
  });

  test('take fragments, from files of the bundle', async () => {
    const fragments = [{ name: 'house', path: 'judges/house.txt', required: true }];
    const text = prompt('p', '{{house}}', { fragments });
    const bundle = bundleOf({ 'p.yaml': text, 'house.txt': 'The rules for {{criteria}}.' });
    expect((await asked({ prompt: 'p', criteria: 'kindness' }, bundle)).system).toBe('The rules for kindness.');
    expect(() => bundleOf({ 'p.yaml': text })).toThrow(/judges\/p\.yaml:\d+:\d+ judges\/house\.txt does not exist/);
  });

  test.each<[string, object, string]>([
    ['{{mood}}', {}, 'nothing fills {{mood}} in the judge prompt "p"'],
    ['ok', { variables: [{ name: 'criteria', required: true }] }, 'the judge prompt "p" needs "criteria"'],
    ['ok', { variables: [{ name: 'mood', required: true }] }, 'the judge prompt "p" needs "mood"'],
  ])('of %s with %j give way to the standard prompt, with a warning: %s', async (template, more, why) => {
    const bundle = bundleOf({ 'p.yaml': prompt('p', template, more) });
    expect((await asked({ prompt: 'p' }, bundle)).system).toContain('"score": a number from 0 to 1');
    expect(complaintsOf({ type: 'llm_judge', params: { prompt: 'p' } }, { bundle })[0]).toBe(
      `llm_judge: ${why}; the judge gets the standard prompt`,
    );
  });

  test.each(['llm_judge', 'llm_judge_session', 'toxicity'])(
    'a prompt of %s that is not there: the same',
    async (type) => {
      const bundle = bundleOf({});
      expect((await asked({ prompt: 'nothing' }, bundle, talk(), type)).system).toContain(
        '"score": a number from 0 to 1',
      );
      const complaints = complaintsOf({ type, params: { prompt: 'nothing' } }, { bundle });
      expect(complaints).toContainEqual(expect.stringContaining('no prompt is called "nothing"'));
    },
  );
});

describe('judge_defaults', () => {
  test('that name no prompt get a warning at their line, and judges the standard prompt', async () => {
    const bundle = bundleOf({ 'usual.yaml': prompt('usual', 'x') }, { prompt: 'usal' });
    expect(bundle.warnings).toContainEqual(
      expect.objectContaining({
        message: 'unknown judge prompt "usal": judges get the standard one',
        hint: 'did you mean "usual"?',
        line: expect.any(Number),
      }),
    );
    expect((await asked({}, bundle)).system).toContain('"score": a number from 0 to 1');
  });

  test.each(['main', 'opening', 'prompt'])('may name a prompt of the bundle, here as %s', async (name) => {
    const arena = { judge_defaults: { prompt: name }, prompt_configs: [{ id: 'opening', file: 'prompt.yaml' }] };
    expect((await asked({}, bundleWithJudges({ arena }))).system).toBe('You help.');
  });

  test('with a folder that holds nothing get a warning', () => {
    expect(bundleOf({}).warnings.map(({ message }) => message)).toContain('./judges holds no prompts');
  });

  test('with a broken prompt in the folder are a fault in that file', () => {
    const broken = 'kind: PromptConfig\nspec:\n  task_type: a\n  system: wrong\n';
    expect(() => bundleOf({ 'broken.yaml': broken })).toThrow(/judges\/broken\.yaml:\d+:\d+/);
  });
});
