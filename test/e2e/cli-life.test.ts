import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { RunSummary } from '../../src/core/run.js';
import { type MockServer, startMockServer } from '../../src/io/mock-server/server.js';
import { ArenaUser, type RunningCommand } from '../helpers/arena-command.js';
import { CALL_TOOL_FIRST, writeMockBundle } from '../helpers/mock-bundle.js';
import { waitFor } from '../helpers/wait-for.js';

/** 2 providers x 6 scenarios x 3 turns at 2 in flight: five seconds of work. */
const OPTIONS = ['--concurrency', '2'];
const ITEMS = 12;

let user: ArenaUser;
let server: MockServer;
beforeEach(async () => {
  user = new ArenaUser();
  server = await startMockServer({ latencyMs: 250 });
  writeMockBundle({ folder: user.folder, baseUrl: server.url, scenarios: 6, providers: 2 });
});
afterEach(async () => {
  await user.remove();
  await server.close();
});

/** A run that is in the midst of its calls. */
async function running(...options: string[]): Promise<RunningCommand> {
  const command = user.start(['run', 'bundle', ...OPTIONS, ...options]);
  await waitFor('some calls', () => server.stats().calls >= 4 || undefined);
  return command;
}

/** All conversations were held, each call was made once, and all of it is in the reports. */
function expectComplete(out = 'out'): void {
  const results = user.results(out);
  expect(new Set(results.map((record) => record.id)).size).toBe(ITEMS);
  expect(results).toHaveLength(ITEMS);
  expect(user.summary(out)).toMatchObject({ phase: 'Succeeded', counts: { total: ITEMS, passed: ITEMS } });
}

describe('arena run', () => {
  test('gives the result on stdout, everything else on stderr, and leaves nothing running', async () => {
    const { code, stdout, stderr } = await user.arena(['run', 'bundle', '--output', 'json', '--concurrency', '12']);
    expect(code).toBe(0);
    const summary = JSON.parse(stdout) as RunSummary;
    expect(summary).toMatchObject({ schemaVersion: 1, run: 'mock-bundle/1', exitCode: 0, calls: ITEMS * 3 });
    expect(stderr).toMatch(/^bundle {3}mock-bundle {2}6 scenarios x 2 providers = 12 conversations/m);
    expect(stderr).toMatch(/^run {6}mock-bundle\/1 {3}http:\/\/127\.0\.0\.1:\d+\/namespaces\/default\/workflows\//m);
    expect(stderr).toMatch(/^report {3}out\/summary\.json/m);
    expectComplete();
    expect(user.processes().size).toBe(0);
  });

  test('of 210 conversations on two workers goes on when its command is killed, and ends by itself', async () => {
    const model = await startMockServer({ latencyMs: 150, script: CALL_TOOL_FIRST });
    try {
      const folder = join(user.folder, 'large');
      writeMockBundle({ folder, baseUrl: model.url, scenarios: 21, providers: 10 });
      const command = user.start(['run', 'large/bundle', '--workers', '2', '--concurrency', '20', '-o', 'large/out']);
      await waitFor('the run to be well under way', () => model.stats().calls > 150 || undefined);
      command.signal('SIGKILL');
      await command.ended;
      await waitFor('the reports', () => existsSync(join(folder, 'out', 'summary.json')) || undefined);
      const ids = user.results('large/out').map((record) => record.id);
      expect(ids).toHaveLength(210);
      expect(new Set(ids).size).toBe(210);
      expect(user.summary('large/out')).toMatchObject({ phase: 'Succeeded', counts: { passed: 210 } });
      // Three user turns and a tool call, each asked once.
      expect(model.stats()).toMatchObject({ calls: 210 * 4, repeats: 0 });
      await user.nothingRuns();
    } finally {
      await model.close();
    }
  });

  test('lets go at the first Ctrl-C and says how to come back', async () => {
    const command = await running('--name', 'mine');
    command.signal('SIGINT');
    await command.says(/Ctrl-C again within 3s cancels/);
    const { code, stdout, stderr } = await command.ended;
    expect({ code, stdout }).toEqual({ code: 130, stdout: '' });
    expect(stderr).toMatch(/arena wait mine\/1/);
    const waited = await user.arena(['wait', 'mine']);
    expect(waited.code).toBe(0);
    expectComplete();
    await user.nothingRuns();
  });

  test('cancels at the second Ctrl-C and still writes the report of what is done', async () => {
    const command = await running();
    // Two at a time, of three calls each: with the seventh call something is done.
    await waitFor('the first conversation', () => server.stats().calls >= 7 || undefined);
    command.signal('SIGINT');
    await command.says(/Ctrl-C again/);
    command.signal('SIGINT');
    const { code, stdout } = await command.ended;
    expect(code).toBe(8);
    expect(stdout).toMatch(/^CANCELLED .* not run .* exit 8$/m);
    const { counts, phase } = user.summary();
    expect(phase).toBe('Cancelled');
    expect(counts.passed).toBeGreaterThan(0);
    expect(counts.passed).toBeLessThan(ITEMS);
    expect(user.results()).toHaveLength(counts.passed);
    expect(user.processes().size).toBe(0);
  });

  test('with --detach returns at once; the run is found by name, attached to, and not run twice', async () => {
    const { code, stdout } = await user.arena(['run', 'bundle', ...OPTIONS, '--name', 'mine', '--detach']);
    expect({ code, stdout }).toEqual({ code: 0, stdout: 'mine/1\n' });
    // The run is not to end before the next commands have started, however long they take to.
    server.stall(20_000);
    const status = JSON.parse((await user.arena(['status', 'mine', '--output', 'json'])).stdout);
    expect(status).toMatchObject({ run: 'mine/1', phase: expect.stringMatching(/Pending|Running/) });
    const attached = await user.arena(['run', 'bundle', '--name', 'mine']);
    expect(attached.code).toBe(0);
    expect(attached.stderr).toMatch(/mine\/1 is under way, attaching to it/);
    expectComplete();
    const again = await user.arena(['run', 'bundle', '--name', 'mine']);
    expect(again.code).toBe(2);
    expect(again.stderr).toMatch(/The run mine\/1 has ended .*\n.*arena retry mine\/1 --failed/);
    expect(server.stats().calls).toBe(ITEMS * 3);
  });

  test('is brought back to life by another terminal after all its processes were killed', async () => {
    await running('--name', 'mine');
    for (const pid of user.processes().keys()) process.kill(pid, 'SIGKILL');
    await user.nothingRuns();
    const status = await user.arena(['status', 'mine']);
    expect(status.stdout).toMatch(/^mine\/1 +Interrupted/m);
    const waited = await user.arena(['wait', 'mine']);
    expect(waited.stderr).toMatch(/no processes any more, they are started again/);
    expect(waited.code).toBe(0);
    expectComplete();
    // What was in flight and what was not yet durable is asked again, no more.
    expect(server.stats().repeats).toBeLessThanOrEqual(2);
    await user.nothingRuns();
  });

  test('starts its processes again when the one that keeps them up is killed', async () => {
    const command = await running('--name', 'mine');
    const host = [...user.processes()].find(([, line]) => line.startsWith('arena run'));
    process.kill(host?.[0] ?? 0, 'SIGKILL');
    const { code, stderr } = await command.ended;
    expect(stderr).toMatch(/no processes any more, they are started again/);
    expect(code).toBe(0);
    expectComplete();
    await user.nothingRuns();
  });

  test('leaves nothing behind when it is interrupted before it has begun', async () => {
    const command = user.start(['run', 'bundle', '--name', 'mine']);
    await waitFor('a process beside the command', () => user.processes().size > 1 || undefined);
    command.signal('SIGKILL');
    await command.ended;
    await user.nothingRuns();
    const { code, stderr } = await user.arena(['status', 'mine']);
    expect({ code, known: /There is no run mine/.test(stderr) }).toEqual({ code: 2, known: true });
  });
});

describe('a run by its name', () => {
  test('is cancelled, run again where it has no result, and reported in other formats', async () => {
    // One answer comes so late that the run cannot end before it is cancelled, however long the command takes to start.
    const late = { when: { user: 'scenario 1, question 3' }, times: 1, answer: { text: 'late', delay_ms: 60_000 } };
    const model = await startMockServer({ latencyMs: 250, script: { answers: [late] } });
    try {
      writeMockBundle({ folder: user.folder, baseUrl: model.url, scenarios: 6, providers: 2 });
      await user.arena(['run', 'bundle', ...OPTIONS, '--name', 'mine', '--detach']);
      await waitFor('some conversations', () => model.stats().calls >= 10 || undefined);
      const cancelled = await user.arena(['cancel', 'mine']);
      expect(cancelled.code).toBe(0);
      await expectRetried();
    } finally {
      await model.close();
    }
  }, 180_000);

  async function expectRetried(): Promise<void> {
    const before = user.summary().counts;
    expect(before.passed).toBeGreaterThan(0);
    expect(before.passed).toBeLessThan(ITEMS);

    const retried = await user.arena(['retry', 'mine', '--failed', '--output', 'json']);
    expect(retried.code).toBe(0);
    const summary = JSON.parse(retried.stdout) as RunSummary;
    expect(summary).toMatchObject({
      run: 'mine/2',
      retryOf: 'mine/1',
      counts: { passed: ITEMS, reused: before.passed },
    });
    expectComplete();

    const reported = await user.arena(['report', 'mine/2', '--formats', 'junit,csv', '-o', 'other']);
    expect(reported.code).toBe(0);
    expect(reported.stdout.trim().split('\n').sort()).toEqual(
      ['junit.xml', 'results.csv', 'results.jsonl', 'summary.json'].map((file) => `other/${file}`),
    );
    expect(user.read('other/junit.xml')).toMatch(/tests="12"/);
    const listed = await user.arena(['status']);
    expect(listed.stdout).toMatch(/^mine\/2 +Succeeded +12\/12/m);
    await user.nothingRuns();
  }

  test('that nobody knows is an error that names those that are known', async () => {
    const { code, stderr } = await user.arena(['wait', 'nothing']);
    expect({ code, stderr }).toEqual({
      code: 2,
      stderr: 'error    There is no run nothing on this machine\nnext     start one with: arena run BUNDLE\n',
    });
  });
});

describe('arena dev', () => {
  test('keeps an engine up that runs use, and ends it', async () => {
    const up = await user.arena(['dev', '--detach']);
    expect(up.stdout).toMatch(
      /^TEMPORAL_ADDRESS=127\.0\.0\.1:\d+\nTEMPORAL_NAMESPACE=default\nARENA_TASK_QUEUE=arena\n$/,
    );
    const run = await user.arena(['run', 'bundle', '--concurrency', '12']);
    expect(run.code).toBe(0);
    expect(run.stderr).toMatch(/stays up for the next run; stop it with: arena dev --stop/);
    const checks = await user.arena(['doctor', '--output', 'json']);
    expect(checks.code).toBe(0);
    expect(JSON.stringify(JSON.parse(checks.stdout))).toMatch(/search attributes are registered/);
    const down = await user.arena(['dev', '--stop']);
    expect(down.code).toBe(0);
    await user.nothingRuns();
  });

  test('does not end an engine under a run that is going on, unless told so', async () => {
    await user.arena(['dev', '--detach']);
    await user.arena(['run', 'bundle', ...OPTIONS, '--name', 'mine', '--detach']);
    const refused = await user.arena(['dev', '--stop']);
    expect(refused.code).toBe(2);
    expect(refused.stderr).toMatch(/Runs are going on in the engine: mine\/1/);
    const waited = await user.arena(['wait', 'mine']);
    expect(waited.code).toBe(0);
    expect((await user.arena(['dev', '--stop'])).code).toBe(0);
    await user.nothingRuns();
  });

  test('shows the engine that a run had for itself once more', async () => {
    await user.arena(['run', 'bundle', '--concurrency', '12', '--name', 'mine']);
    const up = await user.arena(['dev', '--run', 'mine', '--detach']);
    expect(up.stdout).toMatch(/ARENA_TASK_QUEUE=arena\/mine\/1/);
    expect((await user.arena(['dev', '--stop', '--run', 'mine'])).code).toBe(0);
    await user.nothingRuns();
  });
});
