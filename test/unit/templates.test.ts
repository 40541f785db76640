import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { firstPlaceholder, render } from '../../src/engine/template.js';
import { type EngineBundleParts, engineBundle, type HoldOptions, hold } from '../helpers/engine-bundle.js';

const variables = (values: { [name: string]: string }) => new Map(Object.entries(values));

describe('templates', () => {
  test.each<[string, { [name: string]: string }, string]>([
    ['Hello {{name}}!', { name: 'Ada' }, 'Hello Ada!'],
    ['{{a}}{{b}}', { a: '1', b: '2' }, '12'],
    ['{{a}}', { a: '{{b}}', b: '{{c}}', c: 'deep' }, 'deep'],
    ['{{ a }} {{a|upper}} {{#if a}}', { a: '1' }, '{{ a }} {{a|upper}} {{#if a}}'],
    ['{{missing}} {{a}}', { a: '1' }, '{{missing}} 1'],
    ['{a} {{}} }}{{', { a: '1' }, '{a} {{}} }}{{'],
    ['{{price}}', { price: '$& $1 $$' }, '$& $1 $$'],
    ['{{__proto__}} {{constructor}}', {}, '{{__proto__}} {{constructor}}'],
  ])('%s with %j', (template, values, expected) => {
    expect(render(template, variables(values))).toBe(expected);
  });

  test('a cycle of variables ends', () => {
    expect(firstPlaceholder(render('{{a}}', variables({ a: '{{b}}', b: '{{a}}' })))).toBeDefined();
  });

  test('variables that blow each other up are refused', () => {
    const values = variables({ a: '{{b}}'.repeat(1000), b: '{{c}}'.repeat(1000), c: 'x'.repeat(1000) });
    expect(() => render('{{a}}', values)).toThrow('grows beyond');
  });

  test('text without placeholders never changes, and values end up in the text as they are', () => {
    const name = fc.stringMatching(/^[a-z_]{1,10}$/);
    const plain = fc.string().filter((text) => !/[{}]/.test(text));
    fc.assert(
      fc.property(fc.dictionary(name, plain), plain, plain, (values, before, after) => {
        const known = new Map(Object.entries(values));
        expect(render(before, known)).toBe(before);
        for (const [key, value] of known)
          expect(render(`${before}{{${key}}}${after}`, known)).toBe(`${before}${value}${after}`);
      }),
    );
  });

  test('no text makes rendering hang, and only endless growth makes it fail', () => {
    const brace = fc.constantFrom('{', '}', '{{', '}}', 'a', '{{a}}', ' ');
    const text = fc.array(brace, { maxLength: 200 }).map((parts) => parts.join(''));
    fc.assert(
      fc.property(text, text, (template, value) => {
        try {
          render(template, variables({ a: value.slice(0, 20) }));
        } catch (error) {
          expect(error).toMatchObject({ code: 'invalid_input' });
        }
      }),
    );
  });
});

describe('variables of a conversation', () => {
  const SYSTEM = { system_template: 'value: {{v}}' };
  const declared = (variable: object) => ({ prompt: { ...SYSTEM, variables: [{ name: 'v', ...variable }] } });

  async function systemOf(parts: EngineBundleParts, options?: HoldOptions): Promise<string | undefined> {
    const { messages, error } = await hold(engineBundle(parts), options);
    return error === undefined ? messages[0]?.content : `${error.code}: ${error.message}`;
  }

  test('runtime beats scenario beats Arena file beats default', async () => {
    const layers = {
      ...declared({ default: 'default' }),
      vars: { v: 'arena' },
      scenario: { variables: { v: 'scenario' } },
    };
    expect(await systemOf(layers, { settings: { variables: { v: 'runtime' } } })).toBe('value: runtime');
    expect(await systemOf(layers)).toBe('value: scenario');
    expect(await systemOf({ ...layers, scenario: {} })).toBe('value: arena');
    expect(await systemOf(declared({ default: 'default' }))).toBe('value: default');
  });

  test.each<[string, unknown, string]>([
    ['number', 24, 'value: 24'],
    ['boolean', false, 'value: false'],
    ['array', ['chat', 'phone'], 'value: ["chat","phone"]'],
    ['object', { a: 1 }, 'value: {"a":1}'],
  ])('a default of type %s takes effect', async (type, value, expected) => {
    expect(await systemOf(declared({ type, default: value }))).toBe(expected);
  });

  test.each<[object, unknown, string]>([
    [{ required: true }, undefined, 'unresolved_variable: prompt.yaml:9:7 required variable "v" has no value'],
    [{ required: true, default: 'd' }, '', 'required variable "v" has no value'],
    [{}, undefined, 'unresolved_variable: prompt.yaml:6:28 nothing fills {{v}}'],
    [{ type: 'number' }, 'many', 'variable "v" must be a number'],
    [{ type: 'boolean' }, 'perhaps', 'variable "v" must be true or false'],
    [{ type: 'array' }, 3, 'variable "v" must be a list'],
    [{ validation: { pattern: '^(basic|premium)$' } }, 'gold', 'must match /^(basic|premium)$/'],
    [{ validation: { pattern: '(' } }, 'gold', 'has a validation pattern that cannot be used'],
    [{ validation: { minLength: 3 } }, 'ab', 'must have at least 3 characters'],
    [{ validation: { maxLength: 3 } }, 'abcd', 'must have at most 3 characters'],
    [{ type: 'number', validation: { min: 1, max: 10 } }, 11, 'must be at most 10'],
    [{ type: 'number', validation: { min: 1 } }, '0', 'must be at least 1'],
    [{ validation: { enum: ['a', 'b'] } }, 'c', 'must be one of ["a","b"]'],
  ])('%j with %j is refused', async (variable, value, why) => {
    const vars = value === undefined ? {} : { v: value };
    const { verdict, error, messages } = await hold(engineBundle({ ...declared(variable), vars }));
    expect({ verdict, messages }).toEqual({ verdict: 'errored', messages: [] });
    expect(`${error?.code}: ${error?.message}`).toContain(why);
  });

  test('numbers and booleans given as text are taken', async () => {
    const parts = { ...declared({ type: 'number', validation: { min: 1, max: 10 } }), vars: { v: '4' } };
    expect(await systemOf(parts)).toBe('value: 4');
  });

  test('automatic variables are there and can be set by hand', async () => {
    const parts: EngineBundleParts = {
      prompt: { system_template: '{{region}}|{{domain}}|{{user_role}}|{{user_context}}|{{context_slot}}' },
      scenario: {
        description: 'A test',
        context_metadata: { domain: 'support', user_role: 'agent', user_context: ['new', 'angry'] },
        turns: [{ role: 'user', content: `Hello ${'x'.repeat(300)}` }],
      },
    };
    expect(await systemOf(parts, { region: 'eu' })).toBe(
      `eu|support|agent|new, angry|${`A test Hello ${'x'.repeat(300)}`.slice(0, 150)}`,
    );
    expect(await systemOf(parts, { settings: { variables: { region: 'mars' } } })).toMatch(/^mars\|/);
  });

  test('fragments are variables; only a required one must be there', async () => {
    const fragments = [{ name: 'v', path: 'parts/{{lang}}.txt', required: true }];
    const parts: EngineBundleParts = {
      prompt: { ...SYSTEM, fragments },
      vars: { lang: 'en', name: 'Ada' },
      files: { 'parts/en.txt': 'Dear {{name}}' },
    };
    expect(await systemOf(parts)).toBe('value: Dear Ada');
    expect(await systemOf({ ...parts, vars: { lang: 'fr' } })).toContain('there is no file parts/fr.txt');
    const optional = { ...SYSTEM, fragments: [{ name: 'v', path: 'none.txt' }] };
    expect(await systemOf({ prompt: optional, vars: { v: 'given' } })).toBe('value: given');
  });

  test('in turns, unknown placeholders stay', async () => {
    const scenario = { turns: [{ role: 'user', content: 'I am {{v}}, {{unknown}}' }] };
    const { messages } = await hold(engineBundle({ scenario, vars: { v: 'Ada' } }));
    expect(messages[1]).toEqual({ role: 'user', content: 'I am Ada, {{unknown}}' });
  });

  test('a task type without a prompt is an error that names what there is', async () => {
    const bundle = engineBundle({});
    bundle.prompts.clear();
    const { verdict, error } = await hold(bundle);
    expect({ verdict, code: error?.code }).toEqual({ verdict: 'errored', code: 'prompt_not_found' });
    expect(error?.message).toContain('talk.yaml:5:');
  });
});
