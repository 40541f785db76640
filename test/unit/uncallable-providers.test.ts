import { describe, expect, test } from '@jest/globals';
import { formatFault } from '../../src/bundle/fault.js';
import { planMatrix } from '../../src/bundle/matrix.js';
import { unsupportedFaults } from '../../src/bundle/unsupported.js';
import { supportOf } from '../../src/support.js';
import { ARENA, SOUND, soundBundle, type Texts } from '../helpers/bundle-texts.js';

const FAST = 'providers/fast.yaml';
const SLOW = 'providers/slow.yaml';

/** A provider file with these lines in its spec, which begins in line 4. */
const provider = (name: string, ...lines: string[]): string =>
  `kind: Provider\nmetadata:\n  name: ${name}\nspec:\n${lines.map((line) => `  ${line}\n`).join('')}`;

function faultsOf(changes: Texts, mockProvider = false): string[] {
  const bundle = soundBundle(changes);
  return unsupportedFaults(bundle, planMatrix(bundle).cells, supportOf(mockProvider)).map(formatFault);
}

describe('a provider that could never be called is found before anything is', () => {
  test.each<[what: string, lines: string[], fault: string | undefined]>([
    ['no model', ['type: claude'], '4:1 provider fast names no model, add spec.model'],
    [
      'another protocol',
      ['type: claude', 'model: m', 'base_url: htp://127.0.0.1'],
      '7:3 provider fast: base_url is not an http or https address, write it like https://api.anthropic.com',
    ],
    [
      'a member that the request sets itself',
      ['type: openai', 'model: m', 'additional_config: { messages: [] }'],
      '7:24 provider fast: additional_config must not set messages, remove it',
    ],
    [
      'no region of its cloud',
      ['type: claude', 'model: m', 'platform: { type: bedrock }'],
      '7:3 platform bedrock needs',
    ],
    ['nothing wrong', ['type: claude', 'model: m'], undefined],
    [
      'a Secret that only its workers see',
      ['type: claude', 'model: m', 'credential: { secret_ref: { name: k } }'],
      undefined,
    ],
    ['a key file of its workers', ['type: claude', 'model: m', 'credential: { credential_file: keys/a }'], undefined],
  ])('with %s', (_, lines, fault) => {
    const found = faultsOf({ [FAST]: provider('fast', ...lines) });
    expect(found).toEqual(fault === undefined ? [] : [expect.stringContaining(`${FAST}:${fault}`)]);
  });

  test('as a judge, where a check asks it', () => {
    const arena = (SOUND[ARENA] ?? '').replace(
      '- file: providers/slow.yaml',
      '- { file: providers/slow.yaml, group: judge }',
    );
    const scenario = SOUND['scenarios/greeting.yaml'] ?? '';
    const changes = {
      [ARENA]: `${arena}  judges: [{ name: strict, provider: slow }]\n`,
      [SLOW]: provider('slow', 'type: openai'),
    };
    const asked = `${scenario}  conversation_assertions: [{ type: llm_judge_session, params: { judge: strict, criteria: kind } }]\n`;
    expect(faultsOf(changes)).toEqual([]);
    const faults = [`${SLOW}:4:1 provider slow names no model, add spec.model`];
    expect(faultsOf({ ...changes, 'scenarios/greeting.yaml': asked })).toEqual(faults);
    expect(faultsOf({ ...changes, 'scenarios/greeting.yaml': asked }, true)).toEqual(faults);
  });

  test('but not where the mock stands in for it', () => {
    expect(faultsOf({ [FAST]: provider('fast', 'type: claude') }, true)).toEqual([]);
  });
});
