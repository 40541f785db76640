import { describe, test } from '@jest/globals';
import {
  answers,
  type Effect,
  error,
  offered,
  parameters,
  refused,
  type Seen,
  type Setting,
  showsEffect,
  system,
} from '../../helpers/effects.js';

const BLOCKED = "Sorry, we can't provide this response as it would violate our content policy.";
const SAYS_NO: Setting = { mock: { defaultResponse: 'no way' } };
const TOO_LONG = { type: 'max_length', params: { max: 2 } };
const guarded = (validator: object): Setting => ({ ...SAYS_NO, prompt: { validators: [validator] } });
const begins = (seen: Seen) => String(system(seen)).startsWith('A');
const ends = (seen: Seen) => String(system(seen)).endsWith('A');
const toolChoice = ({ requests }: Seen) => requests[0]?.toolChoice;

describe('fields of a prompt', () => {
  const FRAGMENTS = { 'a.txt': 'A', 'b.txt': 'B' };
  const fragment = (spec: object): Setting => ({
    prompt: { system_template: '{{f}}', fragments: [{ name: 'f', ...spec }], variables: [{ name: 'f', default: 'D' }] },
    files: FRAGMENTS,
  });
  test.each<Effect>([
    ['PromptConfig.spec.task_type', ['main', 'other'], refused, [false, true]],
    ['PromptConfig.spec.system_template', ['One', 'Two'], system, ['One', 'Two']],
    ['PromptConfig.spec.allowed_tools', [['l*'], []], offered, [['look'], undefined]],
    ['PromptConfig.spec.tool_policy', [{ tool_choice: 'none' }, { tool_choice: 'auto' }], toolChoice, ['none', 'auto']],
    ['PromptConfig.spec.fragments[].name', ['f', 'g'], system, ['A', 'D'], fragment({ path: 'a.txt' })],
    ['PromptConfig.spec.fragments[].path', ['a.txt', 'b.txt'], system, ['A', 'B'], fragment({})],
    [
      'PromptConfig.spec.fragments[].required',
      [false, true],
      (seen) => seen.record?.verdict,
      ['passed', undefined],
      fragment({ path: 'none.txt' }),
    ],
  ])('%s', showsEffect);
});

describe('variables of a prompt', () => {
  const variable = (spec: object): Setting => ({
    prompt: { system_template: '{{v}}', variables: [{ name: 'v', ...spec }] },
  });
  const number = (rules: object): Setting => variable({ type: 'number', default: 5, validation: rules });
  const text = (rules: object): Setting => variable({ default: 'abc', validation: rules });
  const BAD = [undefined, 'invalid_input'] satisfies [unknown, unknown];
  test.each<Effect>([
    ['PromptConfig.spec.variables[].name', ['v', 'w'], system, ['d', undefined], variable({ default: 'd' })],
    ['PromptConfig.spec.variables[].type', ['string', 'number'], error, BAD, variable({ default: 'd' })],
    [
      'PromptConfig.spec.variables[].required',
      [false, true],
      error,
      [undefined, 'unresolved_variable'],
      { prompt: { variables: [{ name: 'w' }] } },
    ],
    ['PromptConfig.spec.variables[].default', ['a', 'b'], system, ['a', 'b'], variable({})],
    ['PromptConfig.spec.variables[].validation.pattern', ['^a', '^b'], error, BAD, text({})],
    ['PromptConfig.spec.variables[].validation.minLength', [3, 4], error, BAD, text({})],
    ['PromptConfig.spec.variables[].validation.maxLength', [3, 2], error, BAD, text({})],
    ['PromptConfig.spec.variables[].validation.min', [5, 6], error, BAD, number({})],
    ['PromptConfig.spec.variables[].validation.max', [5, 4], error, BAD, number({})],
    ['PromptConfig.spec.variables[].validation.enum', [['abc'], ['b']], error, BAD, text({})],
  ])('%s', showsEffect);
});

describe('guardrails of a prompt', () => {
  const SHORT = ['no'];
  const WHOLE = ['no way'];
  test.each<Effect>([
    [
      'PromptConfig.spec.validators[].type',
      ['max_length', 'min_length'],
      answers,
      [SHORT, WHOLE],
      guarded({ params: { max: 2, min: 1 } }),
    ],
    ['PromptConfig.spec.validators[].params', [{ max: 2 }, { max: 3 }], answers, [SHORT, ['no ']], guarded(TOO_LONG)],
    ['PromptConfig.spec.validators[].enabled', [true, false], answers, [SHORT, WHOLE], guarded(TOO_LONG)],
    [
      'PromptConfig.spec.validators[].message',
      [undefined, 'Not here.'],
      answers,
      [[BLOCKED], ['Not here.']],
      guarded({ type: 'banned_words', params: { words: ['way'] } }),
    ],
  ])('%s', showsEffect);
});

describe('overrides of a prompt for one model', () => {
  const sampled: Setting = { prompt: { model_overrides: { m: { parameters: {} } } } };
  const wrapped: Setting = { prompt: { model_overrides: { m: {} } } };
  test.each<Effect>([
    ['PromptConfig.spec.model_overrides.*.system_template_prefix', [undefined, 'A'], begins, [false, true], wrapped],
    ['PromptConfig.spec.model_overrides.*.system_template_suffix', [undefined, 'A'], ends, [false, true], wrapped],
    ['PromptConfig.spec.model_overrides.*.parameters.seed', [1, 2], parameters, [{ seed: 1 }, { seed: 2 }], sampled],
    [
      'PromptConfig.spec.model_overrides.*.parameters.frequency_penalty',
      [0, 1],
      parameters,
      [{ frequencyPenalty: 0 }, { frequencyPenalty: 1 }],
      sampled,
    ],
    [
      'PromptConfig.spec.model_overrides.*.parameters.presence_penalty',
      [0, 1],
      parameters,
      [{ presencePenalty: 0 }, { presencePenalty: 1 }],
      sampled,
    ],
  ])('%s', showsEffect);
});
