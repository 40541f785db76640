import { describe, expect, test } from '@jest/globals';
import type { z } from 'zod';
import { arenaSpecSchema } from '../../src/schema/arena.js';
import { evalSpecSchema } from '../../src/schema/eval.js';
import { isSchemaKind, jsonSchemaOf, schemaKinds } from '../../src/schema/json-schema.js';
import { personaSpecSchema } from '../../src/schema/persona.js';
import { promptConfigSpecSchema } from '../../src/schema/prompt-config.js';
import { providerSpecSchema } from '../../src/schema/provider.js';
import { scenarioSpecSchema } from '../../src/schema/scenario.js';

/** What a schema makes of a value, without the members that are absent. */
function read(schema: z.ZodType, value: unknown): unknown {
  return JSON.parse(JSON.stringify(schema.parse(value)));
}

describe('two spellings come out as one', () => {
  test.each([
    ['anthropic', 'claude'],
    ['claude', 'claude'],
    ['google', 'gemini'],
    ['gemini', 'gemini'],
    ['openai', 'openai'],
  ])('provider type %s', (written, type) => {
    expect(read(providerSpecSchema, { type: written })).toEqual({ type });
  });

  test('prices', () => {
    const one = { type: 'mock', pricing: { input_cost_per_1k: 1, output_cost_per_1k: 2 } };
    const other = { type: 'mock', pricing: { input_per_1k: 1, output_per_1k: 2, cached_per_1k: 0.5 } };
    expect(read(providerSpecSchema, one)).toEqual(one);
    expect(read(providerSpecSchema, other)).toEqual({
      type: 'mock',
      pricing: { input_cost_per_1k: 1, output_cost_per_1k: 2, cached_cost_per_1k: 0.5 },
    });
  });

  test('blank credentials and platforms are none', () => {
    const written = {
      type: 'openai',
      credential: { api_key: '', credential_file: '', credential_env: 'KEY' },
      platform: { type: '', region: '', project: '', endpoint: '' },
    };
    expect(read(providerSpecSchema, written)).toEqual({ type: 'openai', credential: { credential_env: 'KEY' } });
  });

  test('MCP servers as a map and as a list', () => {
    const list = { mcp_servers: [{ name: 'files', command: 'npx', args: ['x'] }] };
    expect(read(arenaSpecSchema, { mcp_servers: { files: { command: 'npx', args: ['x'] } } })).toEqual(list);
    expect(read(arenaSpecSchema, list)).toEqual(list);
  });

  // shows Arena.spec.state_store.type
  test('the store of conversations', () => {
    expect(read(arenaSpecSchema, { state_store: { type: 'redis', redis: { address: 'x' } } })).toEqual({
      state: { persistence: 'redis' },
    });
    expect(read(arenaSpecSchema, { state_store: {} })).toEqual({ state: { persistence: 'memory' } });
    expect(read(arenaSpecSchema, { state: { enabled: true, max_history_turns: 10 } })).toEqual({
      state: { enabled: true, max_history_turns: 10 },
    });
  });

  test('older names of the outputs give way to newer ones', () => {
    const older = {
      out_dir: 'a',
      output_formats: ['json'],
      html_report: 'r.html',
      markdown_config: { show_overview: false },
    };
    expect(read(arenaSpecSchema, { defaults: older })).toEqual({
      defaults: {
        output: { dir: 'a', formats: ['json'], html: { file: 'r.html' }, markdown: { show_overview: false } },
      },
    });
    expect(read(arenaSpecSchema, { defaults: { ...older, output: { dir: 'b', html: { file: 's.html' } } } })).toEqual({
      defaults: {
        output: { dir: 'b', formats: ['json'], html: { file: 's.html' }, markdown: { show_overview: false } },
      },
    });
  });

  test('report files with and without ./', () => {
    const output = { html: { file: './a/report.html' }, junit: { file: 'junit.xml' }, markdown: { file: '././r.md' } };
    expect(read(arenaSpecSchema, { defaults: { output } })).toEqual({
      defaults: {
        output: { html: { file: 'a/report.html' }, junit: { file: 'junit.xml' }, markdown: { file: 'r.md' } },
      },
    });
    expect(() => read(arenaSpecSchema, { defaults: { output: { html: { file: './../x.html' } } } })).toThrow('plain');
  });

  test('the goal and the temperature of a persona', () => {
    expect(read(personaSpecSchema, { goal: 'b', goals: ['a'], temperature: 0.5, defaults: { seed: 1 } })).toEqual({
      goals: ['a', 'b'],
      defaults: { temperature: 0.5, seed: 1 },
    });
    expect(read(personaSpecSchema, { temperature: 0.5, defaults: { temperature: 0.9 } })).toEqual({
      defaults: { temperature: 0.9 },
    });
  });

  test('the situation of the user', () => {
    expect(read(scenarioSpecSchema, { context_metadata: { user_conpatterns: ['waiting', 'angry'] } })).toEqual({
      context_metadata: { user_context: 'waiting, angry' },
    });
  });
});

describe('what either dialect allows is read', () => {
  test('a prompt without version and description, with variables of every type', () => {
    const prompt = {
      task_type: 'support',
      system_template: 'x',
      variables: [
        { name: 'a', type: 'number', required: false, default: 24 },
        { name: 'b', type: 'array', required: false, default: ['chat', 'email'] },
        { name: 'c', type: 'boolean', required: false, default: true },
        { name: 'd', type: 'string', required: true, validation: { pattern: '^x$', minLength: 1 } },
      ],
      voice_profile: { tone: 'professional', characteristics: ['helpful'], avoid: ['robotic'] },
      model_requirements: { min_context_window: 8000, supports_vision: false },
    };
    expect(read(promptConfigSpecSchema, prompt)).toEqual(prompt);
  });

  test('a scenario with assistant turns, self-play and variables of every type', () => {
    const scenario = {
      task_type: 'support',
      turns: [
        { role: 'user', content: 'a' },
        { role: 'assistant', content: 'b' },
      ],
      variables: { text: 'a', number: 1, list: ['a'], map: { a: { b: null } } },
      self_play: { enabled: true, persona: 'p', max_turns: 8, exit_conditions: ['satisfaction_expressed'] },
    };
    expect(read(scenarioSpecSchema, scenario)).toEqual(scenario);
  });

  test('defaults of a provider in part, and with penalties', () => {
    const provider = {
      type: 'openai',
      model: 'm',
      defaults: { seed: 42, frequency_penalty: 0.5, presence_penalty: -0.5 },
    };
    expect(read(providerSpecSchema, provider)).toEqual(provider);
  });

  test('an eval with judges and checks of its own', () => {
    const each = {
      id: 'e',
      recording: { path: 'a.json', type: 'generic' },
      judge_targets: { default: { type: 'openai', model: 'm', id: 'j' } },
      assertions: [{ type: 'llm_judge', params: { judge: 'default', criteria: 'x', expected: 'pass' } }],
      mode: 'accelerated',
      speed: 2,
    };
    expect(read(evalSpecSchema, each)).toEqual(each);
  });

  test('every output block of the Arena file', () => {
    const output = {
      dir: 'out',
      formats: ['json', 'html', 'markdown', 'junit'],
      json: { file: 'results.json', pretty: true, include_raw: false },
      html: { file: 'report.html', include_metadata: true, theme: 'light' },
      markdown: { file: 'report.md', include_details: true },
      junit: { file: 'junit.xml', include_system_out: true },
      recording: { enabled: true, dir: 'recordings' },
    };
    const defaults = { temperature: 0.7, top_p: 1, timeout: '30s', max_retries: 0, output, fail_on: ['timeout'] };
    expect(read(arenaSpecSchema, { defaults })).toEqual({ defaults });
  });
});

describe('JSON Schemas', () => {
  test.each(schemaKinds)('%s describes every field', (kind) => {
    if (!isSchemaKind(kind)) throw new Error(kind);
    const silent: string[] = [];
    const visit = (node: unknown, path: string): void => {
      if (typeof node !== 'object' || node === null) return;
      for (const [name, field] of Object.entries(Object(Reflect.get(node, 'properties')))) {
        // `spec` says what it is in the schema that it holds.
        if (typeof Reflect.get(Object(field), 'description') !== 'string') silent.push(`${path}.${name}`);
      }
      for (const [key, child] of Object.entries(node)) visit(child, `${path}.${key}`);
    };
    visit(jsonSchemaOf(kind), kind);
    expect(silent).toEqual([]);
  });
});
