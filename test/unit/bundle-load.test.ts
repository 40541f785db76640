import { describe, expect, test } from '@jest/globals';
import { loadBundleFromFiles } from '../../src/bundle/load-bundle.js';
import { ARENA, bytesOf, faultsWith, SOUND, soundBundle } from '../helpers/bundle-texts.js';

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

  // shows Arena.spec.prompt_specs.*, Arena.spec.eval_specs.*
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

  // shows Document.metadata.name
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
      'providers/fast.yaml:5:24 mock.yaml does not exist, every answer is the same fixed text until it does',
    ]);
  });

  test('are named by scripted answers too', () => {
    const mock = `scenarios:
  greeting:
    turns:
      1: { parts: [{ type: image, media: { file_path: pictures/a.png } }] }
      2: { parts: [{ type: image, media: { file_path: pictures/b.png } }] }
`;
    const texts = { 'providers/fast.yaml': withMock, 'mock.yaml': mock, 'pictures/a.png': 'png' };
    expect(soundBundle(texts).files.has('pictures/a.png')).toBe(true);
    expect(faultsWith(texts)).toEqual(['mock.yaml:5:44 pictures/b.png does not exist, did you mean "pictures/a.png"?']);
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
