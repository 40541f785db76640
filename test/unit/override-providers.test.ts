import { describe, expect, test } from '@jest/globals';
import { formatFault } from '../../src/bundle/fault.js';
import { planMatrix } from '../../src/bundle/matrix.js';
import { overrideProviders, type ProviderOverrides } from '../../src/bundle/override-providers.js';
import { callParameters } from '../../src/engine/call-parameters.js';
import { createProviders } from '../../src/io/providers/create.js';
import { ARENA, SOUND, soundBundle } from '../helpers/bundle-texts.js';

const provider = (name: string, spec: string) => `kind: Provider\nmetadata:\n  name: ${name}\nspec:\n${spec}`;

const bundle = soundBundle({
  [ARENA]: (SOUND[ARENA] ?? '')
    .replace(
      '- file: providers/slow.yaml',
      '- { file: providers/slow.yaml, group: spare }\n    - file: providers/voice.yaml',
    )
    .replace('  defaults:\n    temperature: 0.2\n', ''),
  'providers/fast.yaml': provider('fast', '  type: mock\n  defaults: { temperature: 0.1 }\n'),
  'providers/slow.yaml': provider('slow', '  type: vllm\n  model: big\n  defaults: { temperature: 0.9 }\n'),
  'providers/voice.yaml': provider('voice', '  type: voices\n  role: tts\n'),
});

const refusals = (overrides: ProviderOverrides): string[] =>
  overrideProviders(bundle, overrides).faults.map(formatFault);

describe('an override of a provider', () => {
  const { bundle: overridden, faults } = overrideProviders(bundle, { fast: 'slow' });

  test('puts everything but id and group of the other in its place', () => {
    expect(faults).toEqual([]);
    expect(overridden.providers.get('fast')).toMatchObject({
      ...{ id: 'fast', group: 'default', heldBy: 'slow' },
      spec: { type: 'vllm', model: 'big' },
    });
    expect(overridden.providers.get('slow')).toBe(bundle.providers.get('slow'));
  });

  test('leaves the bundle as it is, and with it the plan', () => {
    expect(bundle.providers.get('fast')?.heldBy).toBeUndefined();
    expect(planMatrix(bundle).cells).toEqual([{ scenario: 'greeting', providers: ['fast'], trials: 1 }]);
  });

  test('calls and samples as the other', () => {
    const providers = createProviders(overridden, { env: {} });
    expect([providers.get('fast')?.local, providers.get('slow')?.local]).toEqual([false, false]);
    const sources = {
      item: { provider: 'fast' },
      turn: { role: 'user' },
      prompt: {},
      job: {},
      tokensPerTurn: undefined,
    };
    expect(callParameters({ bundle: overridden, ...sources })).toEqual({ temperature: 0.9 });
    expect(callParameters({ bundle, ...sources })).toEqual({ temperature: 0.1 });
  });

  test('does not follow another, so that two can swap places', () => {
    const swapped = overrideProviders(bundle, { fast: 'slow', slow: 'fast' }).bundle.providers;
    expect([swapped.get('fast')?.heldBy, swapped.get('slow')?.heldBy]).toEqual(['slow', 'fast']);
    expect(swapped.get('slow')).toMatchObject({ group: 'spare', spec: { type: 'mock' } });
  });

  test('by itself changes nothing', () => {
    expect(overrideProviders(bundle, { fast: 'fast' }).bundle.providers.get('fast')).toEqual(
      bundle.providers.get('fast'),
    );
    expect(overrideProviders(bundle, undefined).bundle).toBe(bundle);
  });

  test.each<[ProviderOverrides, string]>([
    [{ fats: 'slow' }, 'there is no provider "fats" for the override of "fats" by "slow", did you mean "fast"?'],
    [{ fast: 'slwo' }, 'there is no provider "slwo" for the override of "fast" by "slwo", did you mean "slow"?'],
    [{ fast: 'voice' }, 'provider "voice" has the role tts and cannot take the place of "fast"'],
    [{ fast: '__proto__' }, 'there is no provider "__proto__"'],
  ])('%j is refused: %s', (overrides, message) => {
    expect(refusals(overrides).join('\n')).toContain(message);
  });
});
