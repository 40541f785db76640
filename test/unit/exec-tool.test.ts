import { readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import type { JsonValue } from '../../src/core/conversation.js';
import type { ToolArguments, ToolOutput } from '../../src/core/tool.js';
import { createTool } from '../../src/io/tools/create-tool.js';
import type { ToolSettings } from '../../src/io/tools/tool-settings.js';
import { toolSpecSchema } from '../../src/schema/tool.js';
import { isGone } from '../helpers/is-gone.js';

const CANARY = 'canary-77ab12';
const SETTINGS: ToolSettings = {
  env: { ...process.env, MY_KEY: CANARY, OTHER: 'not for programs' },
  bundleEnv: ['MY_KEY'],
  allowExec: true,
  allowStdioMcp: false,
};

/** A tool whose program is this JavaScript; `input` holds the arguments. */
function run(
  script: string,
  exec: { [field: string]: JsonValue } = {},
  args: ToolArguments = {},
  { signal = new AbortController().signal, settings = SETTINGS } = {},
): Promise<ToolOutput> {
  const program = `const input = JSON.parse(require('node:fs').readFileSync(0, 'utf8'));${script}`;
  const { args: more = [], ...rest } = exec;
  const command = ['-e', program, ...(Array.isArray(more) ? more : [])];
  const written = {
    description: 'd',
    input_schema: {},
    mode: 'exec',
    exec: { command: process.execPath, args: command, ...rest },
  };
  const tool = createTool({ name: 'program', spec: toolSpecSchema.parse(written) }, settings);
  return Promise.resolve(tool.run(args, { signal, idempotencyKey: 'run/item/2' }));
}

describe('a program as a tool', () => {
  // shows Tool.spec.exec.command, Tool.spec.exec.args[]
  test.each([
    ['console.log(JSON.stringify({ sum: input.a + 1 }))', { sum: 3 }],
    ["console.log('said ' + input.b)", 'said $(id); `id`'],
    ['console.log(process.argv[1])', 'b=$(id); `id`'],
    ['', ''],
    ['console.log(process.env.ARENA_IDEMPOTENCY_KEY)', 'run/item/2'],
  ])('%s gives %j', async (script, value) => {
    const args = { a: 2, b: '$(id); `id`' };
    expect((await run(script, { args: ['b={{.b}}'] }, args)).value).toEqual(value);
  });

  // shows Tool.spec.exec.env[]
  test('sees the variables that are named, and says their values to nobody', async () => {
    const seen = await run('console.log(JSON.stringify([Object.keys(process.env), process.env.MY_KEY]))', {
      env: ['MY_KEY'],
    });
    const [names, key] = seen.value as [string[], string];
    expect(names).toContain('MY_KEY');
    expect(names).not.toContain('OTHER');
    expect(key).toBe('***');
    const failure = run('console.error(process.env.MY_KEY); process.exit(3)', { env: ['MY_KEY'] });
    await expect(failure).rejects.toThrow('ended with exit code 3: ***');
    await expect(run('', { env: ['OTHER'] })).rejects.toThrow('program needs the environment variable OTHER');
  });

  test('works in a folder of its own that is gone afterwards', async () => {
    const { value } = await run("require('node:fs').writeFileSync('x', 'y'); console.log(process.cwd())");
    expect(() => readFileSync(`${String(value)}/x`)).toThrow('ENOENT');
    expect(String(value)).toContain('arena-tool-');
  });

  test('finds the files of the bundle that it names', async () => {
    const exec = { command: './tools/price.sh', args: ['data/a list.txt', '--flag', '../secret.txt', '{{.n}}'] };
    const spec = toolSpecSchema.parse({ description: 'd', input_schema: {}, mode: 'exec', exec });
    const files = new Map(
      Object.entries({
        'tools/price.sh': '#!/bin/sh\ncat "$1"; ls ..; echo "$4"',
        'data/a list.txt': 'seven\n',
        '../secret.txt': 'no',
        'other.txt': 'no',
      }).map(([path, text]) => [path, Buffer.from(text)]),
    );
    const tool = createTool({ name: 'price', spec, files }, SETTINGS);
    const { value } = await tool.run({ n: 8 }, { signal: new AbortController().signal, idempotencyKey: '' });
    expect(String(value)).toMatch(/^seven\n/);
    expect(String(value)).toMatch(/\n8$/);
    expect(String(value)).not.toMatch(/secret\.txt|other\.txt/);
  });

  test.each([
    ['process.exit(1)', {}, 'ended with exit code 1'],
    ['process.kill(process.pid)', {}, 'ended by a signal'],
    ['', { command: '/nowhere/program' }, '/nowhere/program cannot be started (exit code 127)'],
    [
      "process.stdout.write('x'.repeat(50e6)); setInterval(() => 0, 1000)",
      {},
      'program printed more than 1048576 bytes',
    ],
    [
      "process.stderr.write('x'.repeat(50e6)); setInterval(() => 0, 1000)",
      {},
      'program printed more than 1048576 bytes',
    ],
  ])('fails: %s %j', async (script, exec, reason) => {
    await expect(run(script, exec)).rejects.toThrow(reason);
  });

  // shows Tool.spec.exec.timeout_ms
  test('is killed with its children when its time is over', async () => {
    const script = `
      const child = require('node:child_process').spawn('sleep', ['1000'], { stdio: 'inherit' });
      console.error(child.pid);
      require('node:fs').writeFileSync(input.file, String(child.pid));
      setInterval(() => 0, 1000);`;
    const file = `${process.env.TMPDIR ?? '/tmp'}/arena-exec-${process.pid}`;
    await expect(run(script, { timeout_ms: 1500 }, { file })).rejects.toThrow('program took longer than 1500 ms');
    await expect(isGone(Number(readFileSync(file, 'utf8')))).resolves.toBe(true);
  });

  test.each([0, 300])('is killed when the conversation ends after %d ms', async (ms) => {
    const ending = new AbortController();
    const running = run('setInterval(() => 0, 1000)', {}, {}, { signal: ending.signal });
    setTimeout(() => ending.abort(new Error('cancelled')), ms);
    await expect(running).rejects.toThrow('cancelled');
  });

  // shows Tool.spec.mode
  test('is not started where nobody allows it', async () => {
    const settings = { ...SETTINGS, allowExec: false };
    await expect(async () => run('', {}, {}, { settings })).rejects.toThrow(
      'tool program: mode exec is not allowed here',
    );
  });
});
