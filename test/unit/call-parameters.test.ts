import { describe, expect, test } from '@jest/globals';
import type { CallParameters } from '../../src/core/provider.js';
import { callParameters } from '../../src/engine/call-parameters.js';
import { ARENA, SOUND, soundBundle } from '../helpers/bundle-texts.js';

type Level = 'job' | 'turn' | 'prompt' | 'arena' | 'provider';

/** What is sent when a field has another value on each of these levels. */
function sent(field: keyof CallParameters, values: { [level in Level]?: number }): unknown {
  const keys = { arena: snake(field), provider: snake(field), turn: { temperature: 'assistant_temp', seed: 'seed' } };
  const turnKey = field === 'temperature' || field === 'seed' ? keys.turn[field] : undefined;
  const line = (level: 'arena' | 'provider') =>
    values[level] === undefined ? '{}' : `{ ${keys[level]}: ${values[level]} }`;
  const bundle = soundBundle({
    [ARENA]: (SOUND[ARENA] ?? '').replace(/defaults:\n.*\n/, `defaults: ${line('arena')}\n`),
    'providers/fast.yaml': `${SOUND['providers/fast.yaml']}  defaults: ${line('provider')}\n`,
  });
  const turn = { role: 'user', ...(turnKey === undefined ? {} : { [turnKey]: values.turn }) };
  const only = (value: number | undefined): CallParameters => (value === undefined ? {} : { [field]: value });
  const [prompt, job] = [only(values.prompt), only(values.job)];
  return callParameters({ bundle, item: { provider: 'fast' }, turn, prompt, job, tokensPerTurn: undefined })[field];
}

const snake = (name: string): string => name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);

describe('sampling', () => {
  // shows JobInput.parameters.temperature, JobInput.parameters.seed
  // shows Scenario.spec.turns[].assistant_temp, Scenario.spec.turns[].seed
  test.each(['temperature', 'seed'] as const)(
    '%s comes from job, turn, prompt, Arena file, provider, in this order',
    (field) => {
      const values = { job: 0, turn: 1, prompt: 2, arena: 1, provider: 0 };
      expect(sent(field, values)).toBe(0);
      expect(sent(field, { ...values, job: undefined })).toBe(1);
      expect(sent(field, { prompt: 2, arena: 1, provider: 0 })).toBe(2);
      expect(sent(field, { arena: 2, provider: 1 })).toBe(2);
      expect(sent(field, { provider: 1 })).toBe(1);
      expect(sent(field, {})).toBeUndefined();
    },
  );

  // shows JobInput.parameters.topP, Arena.spec.defaults.top_p, Provider.spec.defaults.top_p
  test('topP comes from job, prompt, Arena file, provider, in this order', () => {
    expect(sent('topP', { job: 0.1, prompt: 0.4, arena: 0.2, provider: 0.3 })).toBe(0.1);
    expect(sent('topP', { prompt: 0.4, arena: 0.2, provider: 0.3 })).toBe(0.4);
    expect(sent('topP', { arena: 0.2, provider: 0.3 })).toBe(0.2);
    expect(sent('topP', { provider: 0.3 })).toBe(0.3);
  });

  // shows JobInput.parameters.maxTokens, Arena.spec.defaults.max_tokens, Provider.spec.defaults.max_tokens
  test.each([
    [{ job: 10, prompt: 15, arena: 20, provider: 30 }, 10],
    [{ prompt: 15, arena: 20, provider: 30 }, 15],
    [{ job: 0, arena: 20, provider: 30 }, 20],
    [{ arena: 0, provider: 30 }, 30],
    [{ arena: 0, provider: 0 }, undefined],
    [{}, undefined],
  ])('maxTokens of %j is %j: 0 counts as not written', (values, expected) => {
    expect(sent('maxTokens', values)).toBe(expected);
  });

  // shows Provider.spec.defaults.frequency_penalty, Provider.spec.defaults.presence_penalty
  test.each(['frequencyPenalty', 'presencePenalty'] as const)('%s comes from the provider', (field) => {
    expect(sent(field, { provider: 0.5 })).toBe(0.5);
  });
});
