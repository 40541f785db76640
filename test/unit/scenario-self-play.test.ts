import { describe, expect, test } from '@jest/globals';
import { planMatrix } from '../../src/bundle/matrix.js';
import { unsupportedFaults } from '../../src/bundle/unsupported.js';
import type { CompletionRequest } from '../../src/core/provider.js';
import { supportOf } from '../../src/support.js';
import { engineBundle, hold } from '../helpers/engine-bundle.js';

const MOCK = { type: 'mock', model: 'm' };

interface Parts {
  persona?: object;
  selfPlay?: object;
  scenario?: object;
  arena?: object;
  providers?: { [id: string]: object };
}

/** A scenario that Ada plays, spoken by the provider `caller`. */
function parts({ persona, selfPlay, scenario, arena, providers }: Parts) {
  return {
    providers: providers ?? { caller: MOCK },
    arena: {
      self_play: {
        persona_specs: { ada: { system_prompt: 'You are Ada.', ...persona } },
        roles: [{ id: 'player', provider: 'caller' }],
      },
      ...arena,
    },
    scenario: { turns: undefined, self_play: { persona: 'ada', ...selfPlay }, ...scenario },
  };
}

async function play(more: Parts, says: string[]) {
  const asked: CompletionRequest[] = [];
  let next = 0;
  const record = await hold(engineBundle(parts(more)), {
    complete: (request, provider) => {
      if (request.context.persona === undefined) return { content: 'answer', latencyMs: 0 };
      asked.push(request);
      next += 1;
      return { content: says[next - 1] ?? `${provider} ${next}`, latencyMs: 0 };
    },
  });
  return { record, asked, said: record.messages.filter(({ role }) => role === 'user') };
}

const CONDITIONS = [
  { type: 'satisfaction_expressed', description: 'Say thanks' },
  { type: 'escalation_requested' },
  { type: 'max_turns_reached' },
  { type: 'gave_up', description: 'Leave' },
];

describe('a scenario that a persona plays', () => {
  // shows Scenario.spec.self_play.max_turns, Persona.spec.max_turns, Scenario.spec.self_play.persona
  test.each<[string, number | undefined, number | undefined, number]>([
    ['nothing', undefined, undefined, 10],
    ['the persona', undefined, 3, 3],
    ['the scenario', 2, 3, 2],
  ])('lasts as long as %s says', async (_, scenario, persona, exchanges) => {
    const { said, record } = await play({ selfPlay: { max_turns: scenario }, persona: { max_turns: persona } }, []);
    expect(said).toHaveLength(exchanges);
    expect(said.map(({ persona: who }) => who)).toEqual(said.map(() => 'ada'));
    expect(said.at(-1)?.exit).toBe('max_turns_reached');
    expect(record).toMatchObject({ verdict: 'passed', calls: 2 * exchanges });
  });

  test('the persona that begins is asked to, since models do not answer a system message alone', async () => {
    const { asked } = await play({ selfPlay: { max_turns: 1 } }, ['Hi']);
    expect(asked[0]?.messages.map(({ role }) => role)).toEqual(['system', 'user']);
  });

  test('scripted turns come first, checks of the whole conversation last', async () => {
    const scenario = {
      turns: [{ role: 'user', content: 'First' }],
      conversation_assertions: [{ type: 'contains', params: { patterns: ['never'] } }],
    };
    const { said, record } = await play({ selfPlay: { max_turns: 1 }, scenario }, ['Second']);
    expect(said.map(({ content }) => content)).toEqual(['First', 'Second']);
    expect(record.verdict).toBe('failed');
  });

  // shows Scenario.spec.self_play.exit_conditions, Persona.spec.exit_conditions[].type, Persona.spec.exit_conditions[].description
  test.each<[string, string, number, string | undefined, string]>([
    ['satisfaction', 'Thanks [EXIT: satisfaction_expressed]', 1, 'satisfaction_expressed', 'passed'],
    ['an escalation', 'A manager! [exit: Escalation_Requested]', 1, 'escalation_requested', 'failed'],
    ['a condition of its own', 'Bye [EXIT: gave_up]', 1, 'gave_up', 'passed'],
    ['the natural end', 'Bye [CONVERSATION_COMPLETE]', 1, undefined, 'passed'],
    ['a condition that it does not have', 'Hm [EXIT: lunch]', 2, 'max_turns_reached', 'passed'],
    ['a condition that holds by itself', 'Hm [EXIT: max_turns_reached]', 2, 'max_turns_reached', 'passed'],
  ])('ends with %s', async (_, text, exchanges, exit, verdict) => {
    const { said, record, asked } = await play(
      { selfPlay: { max_turns: 2 }, persona: { exit_conditions: CONDITIONS } },
      [text],
    );
    expect(said).toHaveLength(exchanges);
    expect(said.at(-1)?.exit).toBe(exit);
    expect(said.map(({ content }) => content).join()).not.toContain('[');
    // The assistant still answers, and only a failure is a result.
    expect(record.messages.at(-1)).toMatchObject({ role: 'assistant', content: 'answer' });
    expect(record.verdict).toBe(verdict);
    expect(record.assertions.map(({ type, passed }) => [type, passed])).toEqual(
      verdict === 'failed' ? [['exit_condition', false]] : [],
    );
    const told = asked[0]?.messages[0]?.content;
    expect(told).toContain('[EXIT: gave_up]: Leave');
    expect(told).not.toContain('[EXIT: max_turns_reached]');
  });

  test('names the conditions of the scenario rather than its own', async () => {
    const more = {
      selfPlay: { max_turns: 2, exit_conditions: ['gave_up', 'bored'] },
      persona: { exit_conditions: CONDITIONS },
    };
    const { asked, said } = await play(more, ['Thanks [EXIT: satisfaction_expressed]', 'Yawn [EXIT: bored]']);
    expect(said.map(({ exit }) => exit)).toEqual([undefined, 'bored']);
    expect(asked[0]?.messages[0]?.content).toContain('[EXIT: gave_up]: Leave\n- [EXIT: bored]\n');
  });

  test('says nothing but the marker, and is not answered', async () => {
    const { record, said } = await play({ persona: { exit_conditions: CONDITIONS } }, [
      ' [EXIT: escalation_requested] ',
    ]);
    expect(said).toEqual([]);
    expect(record).toMatchObject({ verdict: 'failed', calls: 1 });
  });

  // shows Scenario.spec.self_play.enabled
  test('is not played when switched off', async () => {
    const scenario = { turns: [{ role: 'user', content: 'Alone' }] };
    expect((await play({ selfPlay: { enabled: false }, scenario }, [])).said.map(({ content }) => content)).toEqual([
      'Alone',
    ]);
  });

  const roles = (...ids: string[]) => ({
    self_play: {
      persona_specs: { ada: { system_prompt: 'You are Ada.' } },
      roles: ids.map((id) => ({ id, provider: id === 'ada' ? 'caller' : 'model' })),
    },
  });

  test.each<[string, Parts, string]>([
    ['the role of the persona’s name', { arena: roles('other', 'ada') }, 'caller 1'],
    ['the only role', { arena: roles('other') }, 'model 1'],
    ['the only provider of the bundle', { arena: roles(), providers: {} }, 'model 1'],
  ])('is spoken by %s', async (_, more, first) => {
    expect((await play({ ...more, selfPlay: { max_turns: 1 } }, [])).said[0]?.content).toBe(first);
  });

  // shows Arena.spec.self_play.enabled
  test.each<[string, Parts, string]>([
    ['two roles', { arena: roles('one', 'two') }, 'it is not clear who plays persona "ada", list one role'],
    ['no role and several providers', { arena: roles() }, 'it is not clear who plays persona "ada"'],
    [
      'self-play switched off',
      { arena: { self_play: { ...roles('ada').self_play, enabled: false } } },
      'the Arena file switches self-play off',
    ],
    ['a persona that does not exist', { selfPlay: { persona: 'bob' } }, 'unknown persona "bob"'],
  ])('is refused while loading with %s', (_, more, why) => {
    expect(() => engineBundle(parts(more))).toThrow(why);
  });
});

describe('the prompt of a persona', () => {
  const told = async (persona: object, scenario?: object) =>
    (await play({ persona, scenario, selfPlay: { max_turns: 1 } }, [])).asked[0]?.messages[0]?.content;

  // shows Persona.spec.goal, Persona.spec.constraints, Persona.spec.style.verbosity
  test('lists goals, constraints and manner below a plain prompt', async () => {
    const persona = {
      goal: 'A refund',
      constraints: ['Be short'],
      style: { verbosity: 'low', friction_tags: ['rude'] },
    };
    expect(await told(persona)).toMatch(
      /^You are Ada\.\n\nYour goals:\n- A refund\n\nYour constraints:\n- Be short\n\nYour manner:\n- Verbosity: low\n- Friction: rude\n\n/,
    );
  });

  // shows Persona.spec.name, Persona.spec.description
  test('is filled with its name, what its style says besides, and fragments', async () => {
    const system_template = '{{name}}|{{description}}|{{mood}}|{{tone}}';
    const persona = { system_template, name: 'Ada L.', description: 'Counts', style: { mood: 'calm' } };
    await expect(told(persona)).resolves.toBeUndefined();
    expect(await told({ ...persona, optional_vars: { tone: 'dry' } })).toMatch(/^Ada L\.\|Counts\|calm\|dry\n/);
  });

  // shows Persona.spec.fragments[]
  test('takes texts from files', async () => {
    const persona = {
      system_template: 'Say: {{tone}}',
      fragments: [{ name: 'tone', path: 'tone.txt', required: true }],
    };
    const asked: CompletionRequest[] = [];
    const bundle = engineBundle({ ...parts({ persona, selfPlay: { max_turns: 1 } }), files: { 'tone.txt': 'softly' } });
    await hold(bundle, {
      complete: (request) => {
        asked.push(request);
        return { content: 'a', latencyMs: 0 };
      },
    });
    expect(asked[0]?.messages[0]?.content).toMatch(/^Say: softly\n/);
    expect(() => engineBundle(parts({ persona }))).toThrow('tone.txt');
  });

  // shows Persona.spec.voice
  test('has no voice, and a run says so', () => {
    const said = (voice: object | undefined) => {
      const bundle = engineBundle(parts({ persona: { voice } }));
      return unsupportedFaults(bundle, planMatrix(bundle).cells, supportOf(false)).map(({ message }) => message);
    };
    expect([said(undefined), said({ id: 'x' })]).toEqual([[], ['a voice has no effect in this version']]);
  });

  // shows Persona.spec.required_vars
  test('cannot do without its required variables', async () => {
    const persona = { required_vars: ['order'], system_prompt: 'Order {{order}}' };
    const { record } = await play({ persona }, []);
    expect(record.error?.message).toContain('persona "ada": required variable "order" has no value');
    expect(await told(persona, { variables: { order: 'Q-1' } })).toMatch(/^Order Q-1/);
  });
});
