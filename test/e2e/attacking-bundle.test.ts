import { execFileSync } from 'node:child_process';
import { symlinkSync, truncateSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { attack, bundle, folder, MIB, type Parts, write } from '../helpers/attack.js';

const CANARY = 'canary-71c0de';

const check = (type: string, params: object, more: object = {}) => ({
  scenario: { turns: [{ role: 'user', content: 'Hello', assertions: [{ type, params, ...more }] }] },
});

const answers = (text: string) => ({ mock: { defaultResponse: text } });
/** The model calls the tool, then answers. */
const TEN = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10];
const LOOK = { name: 'look', arguments: { list: TEN } };
const LOOKS = { mock: { scenarios: { talk: { turns: { 1: { tool_calls: [LOOK] }, 2: 'done' } } } } };

/** Each definition asks for the next one twice. */
function doubling(levels: number): object {
  const definitions: { [name: string]: object } = { [`a${levels}`]: { type: 'array' } };
  for (let level = 0; level < levels; level += 1) {
    const ref = { $ref: `#/definitions/a${level + 1}` };
    definitions[`a${level}`] = { allOf: [ref, ref] };
  }
  return { definitions, $ref: '#/definitions/a0' };
}

function aliasBomb(key: string): string {
  let text = `a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n`;
  for (let level = 1; level <= 9; level += 1) {
    text += `a${level}: &a${level} [${Array(10)
      .fill(`*a${level - 1}`)
      .join(', ')}]\n`;
  }
  return `${text}${key}: *a9\n`;
}

describe('a bundle that is refused', () => {
  test('for aliases that multiply, in documents and in mock files', async () => {
    const texts = { 'bundle/talk.yaml': aliasBomb('spec'), 'bundle/mock.yaml': aliasBomb('defaultResponse') };
    const { refused } = await attack(bundle({ texts }));
    expect(refused).toContain('talk.yaml:1:1 its aliases expand to too much');
    expect(refused).toContain('mock.yaml');
  });

  test('for a document of 100 MB, which is not read', async () => {
    const arena = bundle({});
    truncateSync(join(folder(), 'bundle/talk.yaml'), 100 * MIB);
    const { refused, maxRssMb } = await attack(arena);
    expect(refused).toContain('talk.yaml is larger than 10485760 bytes');
    expect(maxRssMb).toBeLessThan(250);
  });

  test('for documents that are no files', async () => {
    execFileSync('sh', ['-c', 'mkfifo pipe'], { cwd: folder() });
    const arena = bundle({
      arena: {
        prompt_configs: [{ id: 'main', file: 'zero' }],
        scenarios: [{ file: 'loop' }, { file: 'pipe' }],
        providers: [{ file: '.' }],
        tools: [],
      },
    });
    symlinkSync('/dev/zero', join(folder(), 'bundle/zero'));
    symlinkSync('loop', join(folder(), 'bundle/loop'));
    symlinkSync('../pipe', join(folder(), 'bundle/pipe'));
    const { refused } = await attack(arena);
    expect(refused).toContain('zero is not a regular file');
    expect(refused).toContain('loop cannot be read (ELOOP)');
    expect(refused).toContain('pipe is not a regular file');
    expect(refused).toContain('. is a folder, not a file');
  });

  test('for documents that are other files of the machine, without showing what they hold', async () => {
    write('secret.yaml', `password: ${CANARY}\n${CANARY}: 1\n`);
    write('secret.txt', `{ ${CANARY} : [\n`);
    symlinkSync('../secret.yaml', join(bundle({}), '../linked.yaml'));
    const arena = bundle({
      arena: {
        prompt_configs: [{ id: 'main', file: '../secret.yaml' }],
        scenarios: [{ file: join(folder(), 'secret.yaml') }, { file: 'linked.yaml' }],
        tools: [{ file: '../secret.txt' }],
        evals: [{ file: '../../../../../../../../../../etc/passwd' }],
      },
    });
    const { refused = '' } = await attack(arena);
    expect(refused.split('; ').length).toBeGreaterThanOrEqual(5);
    expect(refused).not.toContain(CANARY);
    expect(refused).not.toContain('/bin/');
  });
});

/** name, parts, what is told of the conversation */
const CONVERSATIONS: [string, Parts, RegExp][] = [
  [
    'variables that hold each other',
    {
      prompt: {
        system_template: '{{a}}',
        variables: [
          { name: 'a', default: '{{b}}' },
          { name: 'b', default: '{{a}}' },
        ],
      },
    },
    /errored.*unresolved_variable/,
  ],
  [
    'variables that blow each other up',
    {
      prompt: {
        system_template: '{{a}}',
        variables: ['a', 'b', 'c', 'd'].map((name, at) => ({
          name,
          default: at === 3 ? 'x'.repeat(1000) : `{{${'bcd'[at]}}}`.repeat(1000),
        })),
      },
    },
    /errored.*invalid_input: the template grows beyond/,
  ],
  [
    'a mock template without end',
    { ...LOOKS, tool: { mock_template: `${'{{range $.list}}'.repeat(12)}x${'{{end}}'.repeat(12)}` } },
    /Tool execution failed: .*(steps|characters)/,
  ],
  [
    'a pattern that makes others hang',
    { ...check('regex', { pattern: '(a+)+$' }), ...answers(`${'a'.repeat(50_000)}!`) },
    /failed.*does not match/,
  ],
  [
    'a pattern that is long as its text',
    { ...check('regex', { pattern: `${'a{0,1000}'.repeat(5)}$` }), ...answers('a'.repeat(100_000)) },
    /failed.*too long for the pattern/,
  ],
  [
    'a guardrail with such a pattern',
    {
      prompt: { validators: [{ type: 'regex', params: { pattern: `${'a{0,1000}'.repeat(5)}$` } }] },
      ...answers('a'.repeat(100_000)),
    },
    /errored.*invalid_input: the text of 100000 characters is too long for the pattern/,
  ],
  [
    'a condition that cannot be read',
    check('min_length', { min: 1 }, { when: { tool_called_pattern: '('.repeat(5000) } }),
    /failed.*pattern/,
  ],
  [
    'a schema of checks that doubles',
    { ...check('json_schema', { schema: doubling(40) }), ...answers('{}') },
    /failed.*more than 200000 steps/,
  ],
  [
    'a schema of arguments that doubles',
    { ...LOOKS, tool: { input_schema: doubling(40), mock_result: 1 } },
    /Error: arguments of look are not valid.*more than 200000 steps/,
  ],
  [
    'a schema of results that doubles',
    { ...LOOKS, tool: { output_schema: doubling(40), mock_result: {} } },
    /Tool execution failed.*more than 200000 steps/,
  ],
  [
    'an expression that repeats its data',
    { ...check('json_path', { expression: Array(30).fill('[@,@][]').join('|') }), ...answers('{}') },
    /failed.*repeats its data/,
  ],
  [
    'an answer nested without end',
    {
      ...check('json_path', { expression: 'a', extract_json: true }),
      ...answers('['.repeat(200_000) + ']'.repeat(200_000)),
    },
    /(passed|failed)/,
  ],
  [
    'an answer that only opens',
    { ...check('json_valid', { extract_json: true, allow_wrapped: true }), ...answers('{"a":['.repeat(200_000)) },
    /failed.*not JSON/,
  ],
];

describe('a bundle that runs to one result', () => {
  test.each(CONVERSATIONS)('with %s', async (_, parts, expected) => {
    const { refused, told } = await attack(bundle(parts));
    expect(refused).toBeUndefined();
    expect(told).toHaveLength(1);
    expect(JSON.stringify(told).length).toBeLessThan(3000);
    expect(JSON.stringify(told[0])).toMatch(expected);
  });

  test('with a picture of 100 MB, which is not read', async () => {
    const arena = bundle({
      scenario: { turns: [{ role: 'user', parts: [{ type: 'image', media: { file_path: 'a.png' } }] }] },
    });
    truncateSync(write('bundle/a.png', ''), 100 * MIB);
    const { told, maxRssMb } = await attack(arena);
    expect(told[0]?.error).toContain('a.png');
    expect(maxRssMb).toBeLessThan(250);
  });

  test('with media that are other files of the machine: they are read where the folder is trusted, and named', async () => {
    write('secret.png', CANARY);
    const arena = bundle({
      scenario: { turns: [{ role: 'user', parts: [{ type: 'image', media: { file_path: '../secret.png' } }] }] },
    });
    const { told } = await attack(arena);
    expect(told[0]?.verdict).toBe('passed');
    expect(JSON.stringify(told)).not.toContain(Buffer.from(CANARY).toString('base64'));
  });

  test('with a judge that answers a megabyte of garbage', async () => {
    const arena = bundle({
      ...check('llm_judge', { criteria: 'It helps.' }),
      arena: {
        judges: [{ name: 'j', provider: 'judge' }],
        providers: [{ file: 'model.yaml' }, { file: 'judge.yaml', group: 'judge' }],
      },
      texts: { 'bundle/judge-mock.yaml': `defaultResponse: '${'{"score": ['.repeat(100_000)}'` },
    });
    const { told } = await attack(arena);
    expect(told[0]?.assertions[0]?.[0]).toBe(false);
  });
});

describe('a tool that answers 50 MB', () => {
  let server: Server;
  beforeAll(async () => {
    server = createServer((_, response) => {
      const part = Buffer.alloc(MIB, 'a');
      let left = 50;
      const send = () => {
        while (left > 0) {
          left -= 1;
          if (!response.write(part)) return void response.once('drain', send);
        }
        response.end();
      };
      send();
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  });
  afterAll(() => {
    server.closeAllConnections();
    server.close();
  });

  test('is a failed tool, and the conversation goes on', async () => {
    const { port } = server.address() as AddressInfo;
    const tool = { mode: 'live', http: { url: `http://127.0.0.1:${port}/`, method: 'GET', timeout_ms: 10_000 } };
    const { told, maxRssMb } = await attack(bundle({ ...LOOKS, tool }));
    expect(told[0]?.results[0]).toMatch(/Tool execution failed: .*longer than \d+ bytes/);
    expect(told[0]?.verdict).toBe('passed');
    expect(maxRssMb).toBeLessThan(350);
  });
});
