import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { ArenaClient, type JobInput, type LiveProgress } from '../../src/index.js';
import { type MockServer, startMockServer } from '../../src/io/mock-server/server.js';
import { ArenaUser } from '../helpers/arena-command.js';
import { writeMockBundle } from '../helpers/mock-bundle.js';
import { waitFor } from '../helpers/wait-for.js';

let user: ArenaUser;
let server: MockServer;
let arena: ArenaClient;
let input: JobInput;

beforeAll(async () => {
  user = new ArenaUser();
  server = await startMockServer({ latencyMs: 200 });
  const path = writeMockBundle({ folder: user.folder, baseUrl: server.url, scenarios: 6, providers: 2 });
  input = { bundle: { path }, concurrency: 4 };
  const { stdout } = await user.arena(['dev', '--detach']);
  arena = await ArenaClient.connect({ env: Object.fromEntries(stdout.split('\n').map((line) => line.split('='))) });
});

afterAll(async () => {
  await arena.close();
  await user.arena(['dev', '--stop']);
  await user.remove();
  await server.close();
});

describe('the client', () => {
  test('starts a run, follows it to the end and gives its result', async () => {
    const run = await arena.start({ ...input, trials: 3 }, { id: 'service/1' });
    const seen: LiveProgress[] = [];
    for await (const progress of run.progress({ intervalMs: 100 })) seen.push(progress);
    const result = await run.result();
    expect(result).toMatchObject({ run: 'service/1', phase: 'Succeeded', counts: { total: 36, passed: 36 } });
    const counts = seen.map(({ counts }) => counts.passed);
    expect(counts.some((passed) => passed > 0 && passed < 36)).toBe(true);
    expect(seen.some(({ open }) => open > 0)).toBe(true);
    expect(result.reportUrl).toBe(join(user.dataDir, 'store', 'runs', 'service', '1', 'report'));
  });

  test('gives the same run for the same id, also after its end, and calls nobody twice', async () => {
    const [one, two] = await Promise.all([1, 2].map(() => arena.start(input, { id: 'service/2' })));
    const [first, second] = await Promise.all([one?.result(), two?.result()]);
    expect(second).toEqual(first);
    const calls = server.stats().calls;
    expect(await (await arena.start(input, { id: 'service/2' })).result()).toEqual(first);
    expect(server.stats().calls).toBe(calls);
    await expect(arena.start(input, { id: 'service/2', mustBeNew: true })).rejects.toThrow(
      'There is a run service/2 already',
    );
  });

  test('cancels a run, which then has a result as well', async () => {
    const before = server.stats().calls;
    const run = await arena.start({ ...input, trials: 10 }, { id: 'service/3' });
    await waitFor('some calls', () => server.stats().calls > before + 10 || undefined);
    await run.cancel();
    const result = await run.result();
    expect(result).toMatchObject({ phase: 'Cancelled', exitCode: 8 });
    expect(result.counts.passed).toBeLessThan(120);
  });

  test('says what is wrong with an input before anything is started, all of it', async () => {
    const wrong = { ...input, trials: 0, concurency: 3 } as JobInput;
    await expect(arena.start(wrong, { id: 'service/4' })).rejects.toMatchObject({
      failure: {
        code: 'invalid_input',
        message: expect.stringMatching(/trials.*; .*concurency.*|concurency.*; .*trials/s),
      },
    });
    await expect(arena.run('service/4').result()).rejects.toThrow('There is no run service/4');
  });

  test('tells why a run could not be held, in the words of the fault', async () => {
    const run = await arena.start({ bundle: { path: join(user.folder, 'nothing') } }, { id: 'service/5' });
    await expect(run.result()).rejects.toMatchObject({
      name: 'ArenaError',
      failure: { code: 'invalid_input', message: expect.stringContaining('does not exist') },
    });
  });
});
