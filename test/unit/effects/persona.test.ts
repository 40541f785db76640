import { describe, test } from '@jest/globals';
import { type Effect, PLAYERS, parameters, type Setting, showsEffect, system } from '../../helpers/effects.js';

const PLAYS: Setting = {
  arena: PLAYERS,
  scenario: { turns: [{ role: 'player', persona: 'ada' }] },
};
const shows = (name: string): Setting => ({ ...PLAYS, persona: { system_template: `{{${name}}}` } });
const SAMPLED = { temperature: 0.7, maxTokens: 200 };

describe('fields of a persona', () => {
  const template: Setting = { ...PLAYS, persona: { system_prompt: undefined } };
  const other = { other: { task_type: 'other', system_template: 'Other.' } };
  const activity: Setting = { ...template, arena: { ...PLAYERS, prompt_specs: other } };
  test.each<Effect>([
    ['Persona.spec.system_template', ['One', 'Two'], system, ['One', 'Two'], template],
    ['Persona.spec.system_prompt', ['One', 'Two'], system, ['One', 'Two'], PLAYS],
    ['Persona.spec.prompt_activity', ['main', 'other'], system, ['You help.', 'Other.'], activity],
    ['Persona.spec.optional_vars', [{ v: 'a' }, { v: 'b' }], system, ['a', 'b'], shows('v')],
    ['Persona.spec.goal', ['a', 'b'], system, ['- a', '- b'], shows('goals')],
    ['Persona.spec.goals', [['a'], ['b', 'c']], system, ['- a', '- b\n- c'], shows('goals')],
    ['Persona.spec.constraints', [['a'], ['b']], system, ['- a', '- b'], shows('constraints')],
    ['Persona.spec.style.verbosity', [undefined, 'low'], system, ['medium', 'low'], shows('verbosity')],
    ['Persona.spec.style.challenge_level', [undefined, 'high'], system, ['medium', 'high'], shows('challenge_level')],
    ['Persona.spec.style.friction_tags', [['a'], ['b', 'c']], system, ['a', 'b, c'], shows('friction_tags')],
    [
      'Persona.spec.temperature',
      [0, 1],
      parameters,
      [
        { ...SAMPLED, temperature: 0 },
        { ...SAMPLED, temperature: 1 },
      ],
      PLAYS,
    ],
    [
      'Persona.spec.defaults.temperature',
      [0, 1],
      parameters,
      [
        { ...SAMPLED, temperature: 0 },
        { ...SAMPLED, temperature: 1 },
      ],
      PLAYS,
    ],
    [
      'Persona.spec.defaults.seed',
      [1, 2],
      parameters,
      [
        { ...SAMPLED, seed: 1 },
        { ...SAMPLED, seed: 2 },
      ],
      PLAYS,
    ],
  ])('%s', showsEffect);
});
