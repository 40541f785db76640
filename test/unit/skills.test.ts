import { describe, expect, test } from '@jest/globals';
import type { CompletionRequest } from '../../src/core/provider.js';
import { type EngineBundleParts, engineBundle, hold, scripted } from '../helpers/engine-bundle.js';
import { calling } from '../helpers/tool-calls.js';

const skillFile = (name: string, more = '', text = `How to ${name}.`) =>
  `---\nname: ${name}\ndescription: For ${name}.\n${more}---\n\n${text}\n`;

const FILES = {
  'skills/pay/refund/SKILL.md': skillFile('refund', 'allowed-tools: [give_back, unknown_tool]\n'),
  'skills/pay/refund/limits.txt': 'Up to $50.',
  'skills/pay/refund/data/raw.bin': Uint8Array.of(0xff, 0xfe),
  'skills/pay/refund/.hidden': 'x',
  'skills/ship/SKILL.md': skillFile('ship', 'allowed-tools: look give_back\n'),
  'skills/voice/SKILL.md': skillFile('voice', '', 'Be kind. {{name}} stays.'),
};

function shop(parts: EngineBundleParts = {}) {
  return engineBundle({
    ...parts,
    prompt: { allowed_tools: ['look'], ...parts.prompt },
    tools: { look: {}, give_back: {} },
    arena: { skills: [{ path: 'skills/' }, { path: 'skills/voice', preload: true }], ...parts.arena },
    files: { ...FILES, ...parts.files },
  });
}

async function play(bundle: ReturnType<typeof engineBundle>, ...answers: Parameters<typeof scripted>) {
  const requests: CompletionRequest[] = [];
  const model = scripted(...answers);
  const record = await hold(bundle, {
    complete: (request) => {
      requests.push(request);
      return model();
    },
  });
  const results = record.messages.filter(({ role }) => role === 'tool');
  return { record, requests, results };
}

const toolNames = (request: CompletionRequest | undefined) => request?.tools?.map(({ name }) => name) ?? [];
const activate = (name: string) => calling(['skill__activate', { name }]);
const read = (skill_name: string, path: string) => calling(['skill__read_resource', { skill_name, path }]);

describe('skills', () => {
  test('are told of by name and use, and hand over their instructions and their tools', async () => {
    const { requests, results } = await play(shop(), activate('refund'), 'Ok.');
    const tool = requests[0]?.tools?.find(({ name }) => name === 'skill__activate');
    expect(tool?.description).toContain('- refund: For refund.\n- ship: For ship.');
    expect(tool?.inputSchema).toMatchObject({ properties: { name: { enum: ['refund', 'ship'] } } });
    expect(results[0]?.content).toBe(
      '{\n  "added_tools": [\n    "give_back"\n  ],\n  "instructions": "How to refund."\n}',
    );
    expect(toolNames(requests[0])).toEqual(['look', 'skill__activate', 'skill__read_resource']);
    expect(toolNames(requests[1])).toEqual([
      'look',
      'give_back',
      'skill__activate',
      'skill__deactivate',
      'skill__read_resource',
    ]);
  });

  test('that are preloaded stand below the prompt for the model, and not in the record', async () => {
    const { record, requests } = await play(shop(), 'Ok.');
    expect(requests[0]?.messages[0]?.content).toBe('You help.\n\nBe kind. {{name}} stays.');
    expect(record.messages[0]?.content).toBe('You help.');
  });

  test('bring only tools that were not there', async () => {
    const { results } = await play(shop(), activate('refund'), activate('ship'), 'Ok.');
    expect(results[1]?.content).toContain('"added_tools": []');
  });

  test('can be laid down, with the tools that no other active skill has brought', async () => {
    const { requests, results } = await play(
      shop(),
      activate('refund'),
      activate('ship'),
      calling(['skill__deactivate', { name: 'refund' }]),
      calling(['skill__deactivate', { name: 'ship' }]),
      'Ok.',
    );
    expect(results[2]?.content).toBe('{\n  "removed_tools": [],\n  "status": "deactivated"\n}');
    expect(results[3]?.content).toBe('{\n  "removed_tools": [\n    "give_back"\n  ],\n  "status": "deactivated"\n}');
    expect(toolNames(requests[4])).not.toContain('give_back');
  });

  test.each([
    ['limits.txt', 'Up to $50.', undefined],
    ['./limits.txt', 'Up to $50.', undefined],
    ['nothing.txt', undefined, 'skill "refund" has no file nothing.txt'],
    ['.hidden', undefined, 'skill "refund" has no file .hidden'],
    ['../../ship/SKILL.md', undefined, 'skill "refund" has no file ../../ship/SKILL.md'],
    ['/etc/passwd', undefined, 'skill "refund" has no file /etc/passwd'],
    ['__proto__', undefined, 'skill "refund" has no file __proto__'],
    ['data/raw.bin', undefined, 'data/raw.bin is not text'],
  ])('hand out their file %s', async (path, content, error) => {
    const { results } = await play(shop(), read('refund', path), 'Ok.');
    expect(results[0]?.toolResult?.error).toBe(error);
    if (content !== undefined) expect(results[0]?.content).toBe(content);
  });

  test('may be written down in place', async () => {
    const skills = [{ name: 'greet', description: 'For hellos.', instructions: 'Say hello.' }];
    const { results, requests } = await play(shop({ arena: { skills } }), activate('greet'), 'Ok.');
    expect(results[0]?.content).toContain('"instructions": "Say hello."');
    expect(toolNames(requests[0])).toEqual(['look', 'skill__activate']);
  });

  test('come from folders that a glob matches', async () => {
    const { requests } = await play(shop({ arena: { skills: [{ dir: 'skills/p*' }] } }), 'Ok.');
    expect(requests[0]?.tools?.[1]?.inputSchema).toMatchObject({ properties: { name: { enum: ['refund'] } } });
  });

  test('that do not exist are an error that the model is told', async () => {
    const { results } = await play(shop(), activate('voice'), 'Ok.');
    expect(results[0]?.toolResult?.error).toContain('name must be equal to one of the allowed values');
  });
});

describe('skills in the states of a workflow', () => {
  const workflow = (skills: unknown) => ({
    workflow: {
      entry: 'open',
      states: {
        open: { prompt_task: 'main', on_event: { Go: 'next' } },
        next: { skills, on_event: { Back: 'open' } },
      },
    },
  });
  const move = (event: string) => calling(['workflow__transition', { event }]);
  const offered = (request: CompletionRequest | undefined) => {
    const tool = request?.tools?.find(({ name }) => name === 'skill__activate');
    return (tool?.inputSchema as { properties?: { name?: { enum?: string[] } } })?.properties?.name?.enum;
  };

  test.each<[string, unknown, string[] | undefined]>([
    ['all without a filter', undefined, ['refund', 'ship']],
    ['those in folders', 'skills/pay/*', ['refund']],
    ['those below a folder', './skills/pay/', ['refund']],
    ['those of several folders', ['skills/ship', 'skills/pay'], ['refund', 'ship']],
    ['those with a name', 'ship', ['ship']],
    ['none at all', 'none', undefined],
    ['none of an empty list', [], undefined],
  ])('are %s', async (_, skills, expected) => {
    const { requests } = await play(shop({ arena: workflow(skills) }), move('Go'), 'Ok.');
    expect(offered(requests[0])).toEqual(['refund', 'ship']);
    expect(offered(requests[1])).toEqual(expected);
    expect(requests[1]?.messages[0]?.content).toContain('Be kind.');
  });

  test('end with a state that does not let them in', async () => {
    const { requests } = await play(
      shop({ arena: workflow('ship') }),
      activate('refund'),
      move('Go'),
      move('Back'),
      'Ok.',
    );
    expect(requests.map((request) => toolNames(request).includes('give_back'))).toEqual([false, true, false, false]);
  });
});
