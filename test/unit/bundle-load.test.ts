import { describe, expect, test } from '@jest/globals';
import { loadBundleFromFiles } from '../../src/bundle/load-bundle.js';
import { ARENA, bytesOf, faultsWith, loadWith, SOUND, soundBundle } from '../helpers/bundle-texts.js';

const arena = SOUND[ARENA] ?? '';
const scenario = SOUND['scenarios/greeting.yaml'] ?? '';

describe('a sound bundle', () => {
  test('is joined from its documents', () => {
    const bundle = soundBundle();
    expect(bundle.name).toBe('shop');
    expect([...bundle.prompts.keys()]).toEqual(['support']);
    expect(bundle.prompts.get('support')?.vars).toEqual({ company: 'ShopCo' });
    expect([...bundle.providers.keys()]).toEqual(['fast', 'slow']);
    expect(bundle.providers.get('fast')?.group).toBe('default');
    expect([...bundle.scenarios.keys()]).toEqual(['greeting']);
    expect([...bundle.tools.keys()]).toEqual(['get_order']);
    expect([...bundle.files.keys()].sort()).toEqual(Object.keys(SOUND).sort());
  });

  test('knows where its values stand', () => {
    const greeting = soundBundle().scenarios.get('greeting');
    expect(greeting?.at(['spec', 'turns', 0])).toBe('scenarios/greeting.yaml:7:7');
    expect(greeting?.at(['spec', 'turns', 0, 'assertions', 0])).toBe('scenarios/greeting.yaml:10:11');
    expect(greeting?.at(['spec', 'turns', 0, 'assertions', 0, 'message'])).toBe('scenarios/greeting.yaml:10:11');
    expect(greeting?.at(['spec', 'turns', 9])).toBe('scenarios/greeting.yaml:6:3');
  });

  test('takes its name from the Arena file when there is no metadata', () => {
    const files = bytesOf({ 'demo.arena.yaml': 'kind: Arena\nspec: {}\n' });
    expect(loadBundleFromFiles(files, 'demo.arena.yaml').bundle?.name).toBe('demo');
  });

  test('may hold its specs in place of files', () => {
    const inline = arena.replace(
      '  defaults:\n',
      `  provider_specs:
    third: { type: mock }
  scenario_specs:
    farewell:
      task_type: support
      turns: [{ role: user, content: Bye }]
  tool_specs:
    cancel: { description: Cancels., input_schema: {}, mode: mock }
  prompt_specs:
    sales: { task_type: sales, system_template: Sell. }
  eval_specs:
    old: { recording: { path: old.json } }
  self_play:
    persona_specs:
      grumpy: { system_prompt: Be grumpy., goal: A refund., temperature: 0.3 }
  defaults:
`,
    );
    const bundle = soundBundle({ [ARENA]: inline, 'old.json': '{}' });
    expect([...bundle.providers.keys()]).toEqual(['fast', 'slow', 'third']);
    expect([...bundle.scenarios.keys()]).toEqual(['greeting', 'farewell']);
    expect([...bundle.tools.keys()]).toEqual(['get_order', 'cancel']);
    expect([...bundle.prompts.keys()]).toEqual(['support', 'sales']);
    expect(bundle.scenarios.get('farewell')?.at(['spec', 'turns', 0])).toBe(`${ARENA}:23:15`);
    expect(bundle.personas.get('grumpy')?.spec.goals).toEqual(['A refund.']);
    expect(bundle.personas.get('grumpy')?.spec.defaults).toEqual({ temperature: 0.3 });
    expect(bundle.files.has('old.json')).toBe(true);
  });

  test('prefers metadata.name to the id inside the spec', () => {
    const renamed = scenario.replace('spec:\n', 'spec:\n  id: other\n');
    expect([...soundBundle({ 'scenarios/greeting.yaml': renamed }).scenarios.keys()]).toEqual(['greeting']);
  });

  test('gets its name from the id inside the spec when metadata is missing', () => {
    const renamed = scenario.replace('metadata:\n  name: greeting\nspec:\n', 'spec:\n  id: other\n');
    expect([...soundBundle({ 'scenarios/greeting.yaml': renamed }).scenarios.keys()]).toEqual(['other']);
  });

  test('reads merge keys and anchors', () => {
    const provider = 'kind: Provider\nmetadata: { name: fast }\nspec:\n  <<: &base { type: mock }\n  model: m\n';
    expect(soundBundle({ 'providers/fast.yaml': provider }).providers.get('fast')?.spec).toMatchObject({
      type: 'mock',
      model: 'm',
    });
  });
});

describe('files that a bundle refers to', () => {
  const withMedia = scenario.replace(
    'content: Hello',
    'parts: [{ type: image, media: { file_path: pictures/a.png, mime_type: image/png } }]',
  );
  const withMock =
    'kind: Provider\nmetadata: { name: fast }\nspec:\n  type: mock\n  additional_config: { mock_config: mock.yaml }\n';

  test('are taken along', () => {
    const bundle = soundBundle({
      'scenarios/greeting.yaml': withMedia,
      'pictures/a.png': 'png',
      'providers/fast.yaml': withMock,
      'mock.yaml': 'defaultResponse: hi',
    });
    expect([...bundle.files.keys()]).toEqual(expect.arrayContaining(['pictures/a.png', 'mock.yaml']));
  });

  test('lie below config_dir, other than documents', () => {
    const bundle = soundBundle({
      [ARENA]: arena.replace('temperature: 0.2', 'config_dir: assets'),
      'scenarios/greeting.yaml': withMedia,
      'assets/pictures/a.png': 'png',
      'providers/fast.yaml': withMock,
      'assets/mock.yaml': 'defaultResponse: hi',
    });
    expect([...bundle.files.keys()]).toEqual(expect.arrayContaining(['assets/pictures/a.png', 'assets/mock.yaml']));
  });

  test('are only missed when somebody needs them, so their absence is a warning', () => {
    expect(faultsWith({ 'scenarios/greeting.yaml': withMedia, 'providers/fast.yaml': withMock })).toEqual([
      'scenarios/greeting.yaml:8:39 pictures/a.png does not exist',
      'providers/fast.yaml:5:24 mock.yaml does not exist',
    ]);
  });

  test('are found for fragments whose path holds a variable', () => {
    const prompt = `${SOUND['prompts/support.yaml']}  fragments: [{ name: tone, path: 'tone/{{region}}.md' }]\n`;
    const bundle = soundBundle({
      'prompts/support.yaml': prompt,
      'tone/eu.md': 'a',
      'tone/us.md': 'b',
      'tone/x.txt': 'c',
    });
    expect([...bundle.files.keys()].filter((path) => path.startsWith('tone/'))).toEqual(['tone/eu.md', 'tone/us.md']);
  });

  test('are errors when a prompt cannot do without them', () => {
    const prompt = `${SOUND['prompts/support.yaml']}  fragments: [{ name: tone, path: tone.md, required: true }]\n`;
    expect(faultsWith({ 'prompts/support.yaml': prompt })).toEqual([
      'prompts/support.yaml:8:29 tone.md does not exist',
    ]);
  });
});

describe('what is wrong with a document is said with its position', () => {
  const turns = (text: string) => scenario.replace(/ {2}turns:[\s\S]*/, text);

  test.each<[string, string, string[]]>([
    [
      'an unknown key',
      scenario.replace('content: Hello', 'contnet: Hello'),
      ['scenarios/greeting.yaml:8:7 unknown key "contnet" in spec.turns[0], did you mean "content"?'],
    ],
    [
      'an unknown key that resembles nothing',
      scenario.replace('kind: Scenario', 'kind: Scenario\nowner: me'),
      ['scenarios/greeting.yaml:2:1 unknown key "owner", known keys: $schema, apiVersion, kind, metadata, spec'],
    ],
    [
      'a missing key and a value of the wrong type, both at once',
      turns('  trials: often\n  turns: [{ content: Hi }]\n'),
      [
        'scenarios/greeting.yaml:6:3 spec.trials must be a number, not a text',
        'scenarios/greeting.yaml:7:11 spec.turns[0].role is required',
      ],
    ],
    ['a number out of bounds', turns('  trials: 0\n'), ['scenarios/greeting.yaml:6:3 spec.trials must be at least 1']],
    [
      'a value that is not in a list',
      turns('  context_policy: { strategy: odlest }\n'),
      [
        'scenarios/greeting.yaml:6:21 spec.context_policy.strategy "odlest" is not one of oldest, fail, summarize, relevance, did you mean "oldest"?',
      ],
    ],
    [
      'an empty text',
      turns('  turns: [{ role: "" }]\n'),
      ['scenarios/greeting.yaml:6:13 spec.turns[0].role must not be empty'],
    ],
    [
      'the wrong kind of document',
      SOUND['tools/order.yaml'] ?? '',
      ['scenarios/greeting.yaml:1:1 is a Tool, but a Scenario is expected here, move it to the list of Tool documents'],
    ],
    [
      'an unknown kind',
      scenario.replace('kind: Scenario', 'kind: Scenari'),
      ['scenarios/greeting.yaml:1:1 unknown kind "Scenari", did you mean "Scenario"?'],
    ],
    ['no kind', 'spec: {}\n', ['scenarios/greeting.yaml:1:1 has no kind, begin it with "kind: Scenario"']],
    ['an empty file', '', ['scenarios/greeting.yaml:1:1 is not a Scenario document, begin it with "kind: Scenario"']],
    [
      'a list in place of a document',
      '- a\n- b\n',
      ['scenarios/greeting.yaml:1:1 is not a Scenario document, begin it with "kind: Scenario"'],
    ],
    [
      'a document without a name',
      scenario.replace('metadata:\n  name: greeting\n', ''),
      ['scenarios/greeting.yaml:1:1 has no name, write metadata.name'],
    ],
    [
      'an unknown check',
      scenario.replace('content_includes', 'content_include'),
      ['scenarios/greeting.yaml:10:11 unknown assertion "content_include", did you mean "content_includes"?'],
    ],
    [
      'checks on an assistant turn',
      scenario.replace('role: user', 'role: assistant'),
      [
        'scenarios/greeting.yaml:9:7 nothing is checked on an assistant turn, move them to the user turn that the model answers',
      ],
    ],
    [
      'a prompt that does not exist',
      scenario.replace('task_type: support', 'task_type: suport'),
      ['scenarios/greeting.yaml:5:3 unknown task_type "suport", did you mean "support"?'],
    ],
    [
      'a provider that does not exist',
      scenario.replace('  turns:', '  providers: [fast, slwo]\n  turns:'),
      ['scenarios/greeting.yaml:6:21 unknown provider "slwo", did you mean "slow"?'],
    ],
    [
      'a role that nobody plays',
      scenario.replace('role: user', 'role: usr'),
      ['scenarios/greeting.yaml:7:7 unknown role "usr", did you mean "user"?'],
    ],
    [
      'a persona that does not exist',
      scenario.replace('content: Hello', 'persona: grumpy'),
      ['scenarios/greeting.yaml:8:7 unknown persona "grumpy", there are no known personas'],
    ],
  ])('%s', (_, text, expected) => {
    expect(faultsWith({ 'scenarios/greeting.yaml': text })).toEqual(expected);
    expect(loadWith({ 'scenarios/greeting.yaml': text }).bundle).toBeUndefined();
  });

  test('broken YAML', () => {
    const [fault] = faultsWith({ 'scenarios/greeting.yaml': 'kind: Scenario\nspec: {turns: [\n' });
    expect(fault).toMatch(/^scenarios\/greeting\.yaml:3:1 is not valid YAML: /);
  });

  test('a key that stands twice', () => {
    const [fault] = faultsWith({ 'scenarios/greeting.yaml': 'kind: Scenario\nkind: Scenario\n' });
    expect(fault).toBe('scenarios/greeting.yaml:2:1 is not valid YAML: Map keys must be unique');
  });

  test('a file that is not UTF-8', () => {
    const files = bytesOf(SOUND).set('scenarios/greeting.yaml', Uint8Array.of(0x6b, 0xff, 0xfe));
    expect(loadBundleFromFiles(files, ARENA).faults).toEqual([
      { severity: 'error', file: 'scenarios/greeting.yaml', message: 'is not UTF-8 text', hint: 'save it as UTF-8' },
    ]);
  });

  test('a document that does not exist, with the name of one that does', () => {
    const faults = faultsWith({ [ARENA]: arena.replace('scenarios/greeting.yaml', 'scenarios/greetin.yaml') });
    expect(faults).toEqual([
      `${ARENA}:15:7 scenarios/greetin.yaml does not exist, did you mean "scenarios/greeting.yaml"?`,
    ]);
  });

  test('the faults of all documents come together', () => {
    const faults = faultsWith({
      'scenarios/greeting.yaml': turns('  trials: 0\n'),
      'providers/fast.yaml': 'kind: Provider\nmetadata: { name: fast }\nspec: { type: opnai }\n',
      'tools/order.yaml': 'kind: Tool\nspec: {}\n',
    });
    expect(faults).toEqual([
      'providers/fast.yaml:3:9 spec.type "opnai" is not one of openai, claude, anthropic, gemini, google, imagen, mock, ollama, replay, vllm, did you mean "openai"?',
      'scenarios/greeting.yaml:6:3 spec.trials must be at least 1',
      'tools/order.yaml:2:1 spec.description is required',
      'tools/order.yaml:2:1 spec.input_schema is required',
      'tools/order.yaml:2:1 spec.mode is required, one of mock, live, mcp, client, local, exec',
    ]);
  });
});

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
      'prompts/support.yaml:7:19 unknown tool "get_ordr", did you mean "get_order"?',
    ]);
  });

  test('tools of automatic families and patterns that fit are known', () => {
    const prompt = (SOUND['prompts/support.yaml'] ?? '').replace(
      '[get_order]',
      '[get_*, mcp__files__*, a2a__agent__ask, workflow__transition, memory__recall, skill__activate, image__x, video__x]',
    );
    expect(faultsWith({ 'prompts/support.yaml': prompt })).toEqual([]);
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
