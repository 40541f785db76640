import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type MockServer, startMockServer } from '../../src/io/mock-server/server.js';
import { ArenaUser } from '../helpers/arena-command.js';
import { ARENA, SOUND, type Texts } from '../helpers/bundle-texts.js';

const arena = SOUND[ARENA] ?? '';
const scenario = SOUND['scenarios/greeting.yaml'] ?? '';

let user: ArenaUser;
let server: MockServer;
let bundles = 0;

beforeAll(async () => {
  user = new ArenaUser();
  server = await startMockServer();
});

afterAll(async () => {
  await server.close();
  await user.remove();
});

/** The sound bundle on a provider that would be noticed if it were called, with some files replaced. Gives its folder. */
function bundleWith(changes: Texts): string {
  const fast = `kind: Provider\nmetadata:\n  name: fast\nspec:\n  type: openai\n  model: m\n  base_url: ${server.url}\n`;
  const folder = `bundle-${++bundles}`;
  const texts = Object.entries({ ...SOUND, 'providers/fast.yaml': fast, ...changes });
  user.write(Object.fromEntries(texts.map(([path, text]) => [`${folder}/${path}`, text])));
  return folder;
}

/** What `arena run` says of the faults, having exited as it must: nothing on stdout, no stack trace, nobody called. */
async function refusal(args: string[], env: { [name: string]: string } = {}): Promise<string[]> {
  const { code, stdout, stderr } = await user.arena(['run', ...args], env);
  expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
  expect(stderr).not.toMatch(/^\s+at |node:internal|fault of Arena/m);
  expect(server.stats().calls).toBe(0);
  expect(user.processes().size).toBe(0);
  return stderr.trimEnd().split('\n');
}

describe('arena run refuses, with exit code 2 and before anything is called,', () => {
  test('a bundle that does not exist, naming the one that is meant', async () => {
    const folder = bundleWith({});
    expect(await refusal([`${folder}x`])).toEqual([`error    ${folder}x does not exist, did you mean "${folder}"?`]);
  });

  test('a folder without an Arena file', async () => {
    user.write({ 'empty/readme.txt': 'nothing' });
    expect(await refusal(['empty'])).toEqual(['error    empty has no Arena file, expected config.arena.yaml in it']);
  });

  test('all faults of all files at once, each with its place', async () => {
    const folder = bundleWith({
      [ARENA]: arena
        .replace('tools/order.yaml', 'tools/ordr.yaml')
        .replace('    - file: scenarios/greeting.yaml\n', (line) => line + line.replace('greeting', 'twin') + line),
      'scenarios/greeting.yaml': scenario.replace('content_includes', 'content_include'),
      'scenarios/twin.yaml': scenario.replace('task_type: support', 'task_type: suport'),
      'prompts/support.yaml': `${SOUND['prompts/support.yaml']}  systm_template: x\n`,
      'providers/slow.yaml': 'kind: Provider\nmetadata:\n  name: slow\nspec: { type: mock\n',
    });
    expect(await refusal([folder])).toEqual([
      expect.stringMatching(`^error    ${folder}/providers/slow.yaml:5:1 is not valid YAML: `),
      `error    ${folder}/prompts/support.yaml:8:3 unknown key "systm_template" in spec, did you mean "system_template"?`,
      `error    ${folder}/scenarios/twin.yaml:3:3 a second scenario "greeting": the first is scenarios/greeting.yaml:3:3, rename one`,
      `error    ${folder}/scenarios/greeting.yaml:3:3 a second scenario "greeting": the file is listed twice, rename one`,
      `error    ${folder}/config.arena.yaml:19:7 tools/ordr.yaml does not exist, did you mean "tools/order.yaml"?`,
      `error    ${folder}/scenarios/greeting.yaml:10:11 unknown assertion "content_include", did you mean "content_includes"?`,
    ]);
  });

  test('a scenario and a provider that the bundle does not have, and a glob that cannot be read', async () => {
    const folder = bundleWith({});
    const lines = await refusal([folder, '--scenario', 'greting', '--provider', 'fats,slow', '--include', '[z-a]*']);
    expect(lines).toEqual([
      `error    ${folder}/config.arena.yaml there is no scenario "greting", did you mean "greeting"?`,
      expect.stringContaining('bad glob "[z-a]*" to include: '),
      `error    ${folder}/config.arena.yaml there is no provider "fats", did you mean "fast"?`,
    ]);
  });

  test('a value of an option that cannot be, naming the option', async () => {
    const folder = bundleWith({});
    expect((await refusal([folder, '--concurrency', 'many'])).join('\n')).toContain('--concurrency');
    expect((await refusal([folder, '--formats', 'json,pdf'])).join('\n')).toContain('pdf');
    expect((await refusal([folder, '--scenaro', 'x'])).join('\n')).toContain('--scenario');
  });

  test('a folder for the reports that takes no files', async () => {
    const folder = bundleWith({});
    user.write({ 'taken/by/a-file': 'x' });
    const [line, next] = await refusal([folder, '-o', 'taken/by/a-file/out']);
    expect(line).toMatch(/^bundle {3}/);
    expect(next).toMatch(/^error {4}Reports cannot be written to .*a-file\/out: ENOTDIR/);
  });

  test('and in CI points at the line in the annotation', async () => {
    const folder = bundleWith({ 'scenarios/greeting.yaml': scenario.replace('content: Hello', 'contnet: Hello') });
    const lines = await refusal([folder], { CI: 'true' });
    const place = `${folder}/scenarios/greeting.yaml`;
    const message = 'unknown key "contnet" in spec.turns[0], did you mean "content"?';
    expect(lines).toEqual([
      `error    ${place}:8:7 ${message}`,
      `::error file=${place},line=8,col=7::scenarios/greeting.yaml:8:7 ${message}`,
    ]);
  });
});

test('arena mock says of a port that is taken what it is and what to do, without a stack trace', async () => {
  const { code, stderr } = await user.arena(['mock', '--port', String(server.port)]);
  expect(code).toBe(2);
  expect(stderr).toMatch(
    /^error {4}The server cannot listen: .*EADDRINUSE.*\nnext {5}choose another --port or --host\n$/,
  );
});
