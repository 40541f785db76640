import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { stringify } from 'yaml';
import { formatFault } from '../../src/bundle/fault.js';
import { loadBundleFromDisk, loadBundleFromFiles, loadBundleFromPack } from '../../src/bundle/load-bundle.js';
import { bytesOf } from '../helpers/bundle-texts.js';
import { CORPUS } from '../helpers/corpus.js';
import { engineBundle, hold, scripted } from '../helpers/engine-bundle.js';
import { calling } from '../helpers/tool-calls.js';

const PACK = {
  $schema: 'https://promptpack.org/schema/latest/promptpack.schema.json',
  id: 'packed',
  prompts: {
    main: { system_template: 'From the pack.' },
    desk: {
      id: 'desk',
      version: 'v1',
      system_template: 'You serve {{shop}}. {{manners}}',
      variables: [{ name: 'shop', type: 'string', required: false, default: 'us' }],
      tools: ['look_up'],
      validators: [{ type: 'banned_words', params: { words: ['never'] }, message: 'No.' }],
      pipeline: { stages: ['provider'] },
    },
  },
  fragments: { manners: 'Be kind.' },
  tools: { look_up: { name: 'look_up', description: 'Looks up.', parameters: { type: 'object' } } },
  workflow: {
    version: 1,
    entry: 'start',
    states: { start: { prompt_task: 'desk', on_event: { End: 'end' } }, end: { terminal: true } },
  },
  skills: [{ path: 'skills/pay' }],
};

const text = (pack: object) => JSON.stringify(pack, null, '\t');

function packed(arena: object = {}, scenario: object = {}) {
  return engineBundle({
    arena: { pack_file: 'packs/shop.pack.json', ...arena },
    scenario: { task_type: 'desk', ...scenario },
    files: {
      'packs/shop.pack.json': text(PACK),
      'packs/skills/pay/SKILL.md': '---\nname: pay\ndescription: For money.\n---\nTake it.\n',
    },
  });
}

describe('a packed prompt file', () => {
  test('brings prompts with their tools, texts and guardrails, a workflow and skills', async () => {
    const bundle = packed();
    expect([...bundle.skills.keys()]).toEqual(['pay']);
    const seen: unknown[] = [];
    const model = scripted(
      calling(['look_up', {}]),
      calling(['workflow__transition', { event: 'End' }]),
      'I never do.',
    );
    const record = await hold(bundle, {
      complete: (request) => {
        seen.push([request.messages[0]?.content, request.tools?.map(({ name }) => name)]);
        return model();
      },
    });
    const now = ['You serve us. Be kind.', ['look_up', 'workflow__transition', 'skill__activate']];
    expect(seen).toEqual([now, now, ['You serve us. Be kind.', ['look_up', 'skill__activate']]]);
    expect(record.messages.at(-1)?.content).toBe('No.');
    expect(record.workflow?.entered).toEqual(['start', 'end']);
  });

  test('takes nothing from the place of what the bundle has itself', async () => {
    const workflow = { entry: 'own', states: { own: { prompt_task: 'main' } } };
    const record = await hold(packed({ workflow, skills: [] }, { task_type: 'main' }), { complete: scripted('Hi.') });
    expect(record.messages[0]?.content).toBe('You help.');
    expect(record.workflow?.entered).toEqual(['own']);
  });

  test('as the packing program writes it is understood whole', () => {
    const folder = join(CORPUS, 'workflow-agent-loops');
    const name = 'workflow-agent-loops.pack.json';
    const arena = { pack_file: name, scenario_specs: { talk: { task_type: 'research' } } };
    const files = new Map([
      ['config.arena.yaml', Buffer.from(stringify({ kind: 'Arena', metadata: { name: 'a' }, spec: arena }))],
      [name, readFileSync(join(folder, name))],
    ]);
    const { bundle, faults } = loadBundleFromFiles(files, 'config.arena.yaml');
    const { bundle: written } = loadBundleFromDisk(folder);
    expect(faults).toEqual([]);
    expect(bundle?.arena.spec.workflow).toEqual(written?.arena.spec.workflow);
    expect(bundle?.arena.spec.agents).toEqual(written?.arena.spec.agents);
    for (const [task, { spec }] of written?.prompts ?? []) {
      expect(bundle?.prompts.get(task)?.spec.system_template).toBe(spec.system_template);
    }
  });

  test('travels with the bundle', () => {
    const { packed: bytes } = loadBundleFromFiles(packed().files, 'config.arena.yaml');
    expect([...loadBundleFromPack(bytes ?? new Uint8Array()).prompts.keys()]).toEqual(['main', 'desk']);
  });

  const faultsOf = (file: string | undefined) => {
    const arena = { pack_file: 'shop.pack.json', scenario_specs: { talk: { task_type: 'desk' } }, provider_specs: {} };
    const texts = {
      'config.arena.yaml': stringify({ kind: 'Arena', metadata: { name: 'a' }, spec: arena }),
      ...(file === undefined ? {} : { 'shop.pack.json': file }),
    };
    return loadBundleFromFiles(bytesOf(texts), 'config.arena.yaml').faults.map(formatFault);
  };

  test.each<[string, string | undefined, unknown[]]>([
    ['is not there', undefined, ['config.arena.yaml:5:3 shop.pack.json does not exist']],
    [
      'is broken',
      '{"prompts": {',
      [...Array(2).fill(expect.stringMatching(/^shop\.pack\.json:1:\d+ is not valid YAML/))],
    ],
    [
      'has a value of the wrong type',
      '{\n  "prompts": {\n    "desk": { "system_template": 3 }\n  }\n}',
      ['shop.pack.json:3:15 prompts.desk.system_template must be a text, not 3'],
    ],
    [
      'names a state that does not exist',
      '{\n  "prompts": {"desk": {"system_template": ""}},\n  "workflow": {\n    "entry": "a",\n    "states": {"a": {"on_event": {"E": "b"}}}\n  }\n}',
      ['shop.pack.json:5:35 unknown state "b", did you mean "a"?'],
    ],
    [
      'names a tool that does not exist',
      '{\n  "prompts": {"desk": {"system_template": "",\n    "tools": ["x"]}}\n}',
      [expect.stringMatching(/^shop\.pack\.json:3:15 unknown tool "x": it is not offered/)],
    ],
    [
      'has a key that nobody reads',
      '{\n  "prompts": {"desk": {"system_template": ""}},\n  "extra": 1\n}',
      ['shop.pack.json:3:3 "extra" is not read, write it into the Arena file, if it has such a key'],
    ],
  ])('is a fault when it %s', (_, file, expected) => {
    expect(faultsOf(file)).toEqual(expected);
  });
});
