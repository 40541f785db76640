import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { ArenaUser } from '../helpers/arena-command.js';

const run = promisify(execFile);

interface Packed {
  filename: string;
  files: { path: string }[];
}

/** A folder in which the tarball is installed as npm would, with the packages that it declares and no others. */
describe('the packed product', () => {
  const folder = mkdtempSync(join(tmpdir(), 'arena-package-'));
  const installed = join(folder, 'node_modules', 'arena');
  let packed: Packed;

  beforeAll(async () => {
    const { stdout } = await run('npm', ['pack', '--json', '--ignore-scripts', '--pack-destination', folder]);
    [packed] = JSON.parse(stdout);
    mkdirSync(installed, { recursive: true });
    await run('tar', ['-xzf', join(folder, packed.filename), '-C', installed, '--strip-components=1']);
    const { dependencies } = JSON.parse(readFileSync(join(installed, 'package.json'), 'utf8'));
    for (const name of Object.keys(dependencies)) {
      const link = join(folder, 'node_modules', name);
      mkdirSync(dirname(link), { recursive: true });
      symlinkSync(resolve('node_modules', name), link);
    }
  }, 120_000);

  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  test('holds what is run and read, and nothing else', () => {
    const tops = new Set(packed.files.map(({ path }) => path.split('/')[0]));
    expect([...tops].sort()).toEqual(
      ['CHANGELOG.md', 'LICENSE', 'README.md', 'dist', 'docs', 'examples', 'package.json'].sort(),
    );
    expect(packed.files.filter(({ path }) => /\.(ts|stamp)$/.test(path) && !path.endsWith('.d.ts'))).toEqual([]);
  });

  test('is imported by its name, with types', async () => {
    const use = `import { ArenaClient, ArenaError, jobInputSchema, type JobInput, type JobResult } from 'arena';
const input: JobInput = { bundle: { path: '/b' }, trials: 2 };
export const wait = async (client: ArenaClient): Promise<JobResult> => (await client.start(input, { id: 'a/1' })).result();
if (!(new ArenaError({ code: 'internal', message: 'm' }) instanceof Error)) throw new Error('no error');
console.log(typeof ArenaClient.connect, jobInputSchema.parse(input).trials);
`;
    writeFileSync(join(folder, 'package.json'), '{ "type": "module" }');
    writeFileSync(join(folder, 'use.ts'), use);
    const options = { module: 'nodenext', target: 'es2022', strict: true, skipLibCheck: true, types: [] };
    writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions: options, files: ['use.ts'] }));
    await run(process.execPath, [resolve('node_modules/typescript/bin/tsc'), '-p', folder]);
    const { stdout } = await run(process.execPath, ['use.js'], { cwd: folder });
    expect(stdout).toBe('function 2\n');
  }, 120_000);

  test('has a command that runs the demo', async () => {
    const { bin, version } = JSON.parse(readFileSync(join(installed, 'package.json'), 'utf8'));
    const user = new ArenaUser(join(installed, bin.arena));
    expect(await user.arena(['--version'])).toMatchObject({ code: 0, stdout: `${version}\n` });
    const demo = await user.arena(['demo']);
    expect(demo).toMatchObject({ code: 0, stdout: expect.stringContaining('1 failed') });
    expect(user.summary().counts.failed).toBe(1);
    await user.nothingRuns();
    await user.remove();
  }, 120_000);
});
