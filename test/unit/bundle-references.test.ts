import { describe, expect, test } from '@jest/globals';
import { ARENA, faultsWith, SOUND, soundBundle } from '../helpers/bundle-texts.js';

const arena = SOUND[ARENA] ?? '';
const scenario = SOUND['scenarios/greeting.yaml'] ?? '';

describe('names that clash', () => {
  const second = arena.replace(
    '- file: scenarios/greeting.yaml',
    '- file: scenarios/greeting.yaml\n    - file: again.yaml',
  );

  test('of two scenarios, with both places', () => {
    expect(faultsWith({ [ARENA]: second, 'again.yaml': scenario })).toEqual([
      'again.yaml:3:3 a second scenario "greeting": the first is scenarios/greeting.yaml:3:3, rename one',
    ]);
  });

  test('because a file is listed twice', () => {
    const twice = second.replace('again.yaml', 'scenarios/greeting.yaml');
    expect(faultsWith({ [ARENA]: twice })).toEqual([
      'scenarios/greeting.yaml:3:3 a second scenario "greeting": the file is listed twice, rename one',
    ]);
  });

  test('of two prompts for one task_type', () => {
    const prompts = arena.replace('  providers:\n', '    - { id: other, file: other.yaml }\n  providers:\n');
    const other = (SOUND['prompts/support.yaml'] ?? '').replace('name: support', 'name: other');
    expect(faultsWith({ [ARENA]: prompts, 'other.yaml': other })).toEqual([
      'other.yaml:3:3 a second prompt for task_type "support": the first is prompts/support.yaml:3:3, rename one',
    ]);
  });
});

describe('references of the Arena file and of prompts', () => {
  test('a tool that does not exist', () => {
    const prompt = (SOUND['prompts/support.yaml'] ?? '').replace('[get_order]', '[get_ordr]');
    expect(faultsWith({ 'prompts/support.yaml': prompt })).toEqual([
      'prompts/support.yaml:7:19 unknown tool "get_ordr": it is not offered, did you mean "get_order"?',
    ]);
  });

  // shows Tool.spec.name
  test.each([
    ['get-order', 'get_order', '[get_order]', ['get_order']],
    ['get-order', 'get_order', '[get-order]', ['get-order']],
    ['get-order', 'get_order', '[get-order, get_order]', ['get-order']],
    ['get-order', 'get_order', '["get*"]', ['get-order']],
  ])('a tool %s with the function %s goes by the name that prompts allow: %s', (name, own, allowed, ids) => {
    const tool = (SOUND['tools/order.yaml'] ?? '').replace('name: get_order', `name: ${name}`);
    const prompt = (SOUND['prompts/support.yaml'] ?? '').replace('[get_order]', allowed);
    const named = tool.replace('spec:\n', `spec:\n  name: ${own}\n`);
    const { tools } = soundBundle({ 'tools/order.yaml': named, 'prompts/support.yaml': prompt });
    expect([...tools.keys()]).toEqual(ids);
  });

  test('tools of automatic families and patterns that fit are known', () => {
    const prompt = (SOUND['prompts/support.yaml'] ?? '').replace(
      '[get_order]',
      '[get_*, mcp__files__*, a2a__agent__ask, workflow__transition, memory__recall, skill__activate, image__x, video__x]',
    );
    const withServer = `${arena}  mcp_servers: { files: { command: npx } }\n`;
    expect(faultsWith({ [ARENA]: withServer, 'prompts/support.yaml': prompt })).toEqual([]);
  });

  test('tools of an MCP server that is not there', () => {
    const withServer = `${arena}  mcp_servers: { files: { command: npx } }\n`;
    const prompt = (SOUND['prompts/support.yaml'] ?? '').replace(
      '[get_order]',
      '[mcp__fils__read, mcp__f*, mcp__mail__*]',
    );
    expect(faultsWith({ [ARENA]: withServer, 'prompts/support.yaml': prompt })).toEqual([
      'prompts/support.yaml:7:19 unknown tool "mcp__fils__read": it is not offered, did you mean "files"?',
      'prompts/support.yaml:7:45 unknown tool "mcp__mail__*": it is not offered, MCP servers in the Arena file: files',
    ]);
    const tool = (SOUND['tools/order.yaml'] ?? '').replace('mode: mock', 'mode: mcp');
    expect(faultsWith({ 'tools/order.yaml': tool })).toEqual([
      expect.stringContaining('tools/order.yaml:7:3 mcp needs an MCP server, and there is none, name one in'),
    ]);
    expect(faultsWith({ [ARENA]: withServer, 'tools/order.yaml': tool })).toEqual([]);
  });

  // shows Tool.spec.client.consent.required
  test('consent for a tool that asks for none, or that is not there', () => {
    const turn = 'content: Hello\n      consent_overrides: { get_order: deny, get_ordr: deny }';
    const scenario = (SOUND['scenarios/greeting.yaml'] ?? '').replace('content: Hello', turn);
    const unknown = 'scenarios/greeting.yaml:9:45 unknown tool "get_ordr", did you mean "get_order"?';
    expect(faultsWith({ 'scenarios/greeting.yaml': scenario })).toEqual([
      'scenarios/greeting.yaml:9:28 get_order asks for no consent, what is written here holds all the same',
      unknown,
    ]);
    const tool = `${SOUND['tools/order.yaml']}  client: { consent: { required: true } }\n`;
    expect(faultsWith({ 'scenarios/greeting.yaml': scenario, 'tools/order.yaml': tool })).toEqual([unknown]);
  });

  test('judges, roles and workflow states', () => {
    const more = `${arena}  judges: [{ name: j, provider: fst }]
  self_play: { roles: [{ id: caller, provider: nobody }] }
  workflow:
    entry: strat
    states:
      start: { prompt_task: suport, on_event: { Done: ennd }, max_visits: 1, on_max_visits: start }
`;
    expect(faultsWith({ [ARENA]: more })).toEqual([
      `${ARENA}:20:23 unknown provider "fst", did you mean "fast"?`,
      `${ARENA}:21:38 unknown provider "nobody", known providers: fast, slow`,
      `${ARENA}:23:5 unknown state "strat", did you mean "start"?`,
      `${ARENA}:25:16 unknown task_type "suport", did you mean "support"?`,
      `${ARENA}:25:49 unknown state "ennd", known states: start`,
    ]);
  });

  test('scripted answers that no provider could give', () => {
    const provider = (name: string) =>
      `kind: Provider\nmetadata: { name: ${name} }\nspec: { type: mock, additional_config: { mock_config: mock.yaml } }\n`;
    const changes = { 'providers/fast.yaml': provider('fast'), 'providers/slow.yaml': provider('slow') };
    const mock = 'scenarios:\n  greeting:\n    turns:\n      first: hi\n      2: [hi]\n';
    expect(faultsWith({ ...changes, 'mock.yaml': mock })).toEqual([
      'mock.yaml:4:7 scenarios.greeting.turns.first must be the number of a turn, from 1',
      'mock.yaml:5:7 scenarios.greeting.turns.2 must be a text, or a map with content, tool_calls or parts',
    ]);
    expect(faultsWith({ ...changes, 'mock.yaml': 'scenarios: [' })[0]).toMatch(/^mock.yaml:1:13 is not valid YAML/);
  });

  test('a bundle with nothing to run is a warning', () => {
    expect(faultsWith({ [ARENA]: arena.replace(/ {2}scenarios:\n.*\n/, '') })).toEqual([
      `${ARENA}:5:1 has neither scenarios nor evals, nothing would run`,
    ]);
  });

  test('a key in the bundle is a warning: it would be copied into the store', () => {
    const provider =
      'kind: Provider\nmetadata: { name: fast }\nspec:\n  type: openai\n  credential: { api_key: sk-1 }\n';
    expect(faultsWith({ 'providers/fast.yaml': provider })).toEqual([
      'providers/fast.yaml:5:17 a key stands in the bundle and is copied wherever the bundle goes, use credential_env or credential_file',
    ]);
  });
});

describe('hostile documents', () => {
  test('aliases that multiply are refused at once', () => {
    let bomb = 'a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n';
    for (let level = 1; level <= 9; level += 1) {
      const name = `*a${level - 1}`;
      bomb += `a${level}: &a${level} [${Array.from({ length: 10 }, () => name).join(', ')}]\n`;
    }
    const started = performance.now();
    expect(faultsWith({ 'scenarios/greeting.yaml': bomb })).toEqual([
      'scenarios/greeting.yaml:1:1 its aliases expand to too much, write the values out',
    ]);
    expect(performance.now() - started).toBeLessThan(2000);
  });

  test('a large list behind many aliases is refused', () => {
    const many = `big: &big [${'1,'.repeat(20_000)}]\nall: [${'*big,'.repeat(80)}]\n`;
    expect(faultsWith({ 'scenarios/greeting.yaml': many })).toEqual([
      'scenarios/greeting.yaml:1:1 holds more than 1000000 values, split it, or use fewer aliases',
    ]);
  });

  test('nesting without end is refused', () => {
    const deep = `kind: Scenario\nspec: ${'['.repeat(200)}${']'.repeat(200)}\n`;
    expect(faultsWith({ 'scenarios/greeting.yaml': deep })[0]).toMatch(
      /is nested more than 100 levels deep, flatten it$/,
    );
    const abyss = `kind: Scenario\nspec: ${'['.repeat(100_000)}`;
    expect(faultsWith({ 'scenarios/greeting.yaml': abyss })).toEqual([
      'scenarios/greeting.yaml:1:1 is nested too deeply to be read, flatten it',
    ]);
  });

  test('a document of more than 10 MiB is refused unread', () => {
    const large = `${scenario}# ${'x'.repeat(10 * 1024 * 1024)}\n`;
    expect(faultsWith({ 'scenarios/greeting.yaml': large })).toEqual([
      `${ARENA}:15:7 scenarios/greeting.yaml is larger than 10485760 bytes`,
    ]);
  });

  test('names of built-in properties are plain keys', () => {
    const strange = scenario.replace(
      'content: Hello',
      'content: Hello\n      __proto__: { a: 1 }\n      constructor: 2',
    );
    expect(faultsWith({ 'scenarios/greeting.yaml': strange }).map((line) => line.split(',')[0])).toEqual([
      'scenarios/greeting.yaml:9:7 unknown key "__proto__" in spec.turns[0]',
      'scenarios/greeting.yaml:10:7 unknown key "constructor" in spec.turns[0]',
    ]);
  });
});
