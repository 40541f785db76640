import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { Connection } from '@temporalio/client';
import { ARENA_SEARCH_ATTRIBUTES } from '../../src/core/search-attributes.js';
import { ensureEngine, runningEngine, stopEngine } from '../../src/local/engine.js';
import { ENGINE_LOCK, type EngineState, engineAddress, engineUi } from '../../src/local/engine-state.js';
import { lockHolder } from '../../src/local/lock.js';
import { isAlive } from '../../src/local/process-identity.js';
import { waitFor } from '../helpers/wait-for.js';

const DAY_SECONDS = 24 * 3600;

let folder: string;
beforeEach(() => {
  folder = join(mkdtempSync(join(tmpdir(), 'arena-engine-')), 'engine');
});
afterEach(async () => {
  await stopEngine(folder);
  rmSync(join(folder, '..'), { recursive: true });
});

function binary(): Promise<string> {
  const path = process.env.ARENA_TEMPORAL_BIN;
  return path === undefined ? Promise.reject(new Error('run the tests by npm test')) : Promise.resolve(path);
}

async function answers(state: EngineState): Promise<boolean> {
  const connection = await Connection.connect({ address: engineAddress(state), connectTimeout: 5000 });
  await connection.workflowService.describeNamespace({ namespace: 'default' });
  await connection.close();
  return true;
}

describe('the engine of a data folder', () => {
  test('is one, however many start it at once', async () => {
    const states = await Promise.all([1, 2, 3, 4].map(() => ensureEngine(folder, binary)));
    expect(new Set(states.map((state) => JSON.stringify(state))).size).toBe(1);
    expect(await ensureEngine(folder, () => Promise.reject(new Error('looked for a binary again')))).toEqual(states[0]);
  });

  test('keeps histories for 30 days, knows our search attributes and has a UI', async () => {
    const state = await ensureEngine(folder, binary);
    const connection = await Connection.connect({ address: engineAddress(state) });
    const { config } = await connection.workflowService.describeNamespace({ namespace: 'default' });
    expect(Number(config?.workflowExecutionRetentionTtl?.seconds)).toBeGreaterThanOrEqual(30 * DAY_SECONDS);
    const { customAttributes } = await connection.operatorService.listSearchAttributes({ namespace: 'default' });
    expect(Object.keys(customAttributes)).toEqual(expect.arrayContaining([...ARENA_SEARCH_ATTRIBUTES]));
    await connection.close();
    expect((await fetch(engineUi(state))).headers.get('content-type')).toMatch(/html/);
  });

  test('comes back on the same ports when its server is killed', async () => {
    const before = await ensureEngine(folder, binary);
    process.kill(before.server.pid, 'SIGKILL');
    const after = await waitFor('another server', async () => {
      const state = await runningEngine(folder);
      return state !== undefined && state.server.pid !== before.server.pid ? state : undefined;
    });
    expect(after.ports).toEqual(before.ports);
    expect(await answers(after)).toBe(true);
  });

  test('is taken over when the process that keeps it up is killed', async () => {
    const before = await ensureEngine(folder, binary);
    const host = await lockHolder(folder, ENGINE_LOCK);
    process.kill(host?.pid ?? 0, 'SIGKILL');
    await waitFor(
      'the end of the host',
      async () => (await lockHolder(folder, ENGINE_LOCK)) === undefined || undefined,
    );
    expect(await runningEngine(folder)).toBeUndefined();
    const after = await ensureEngine(folder, binary);
    expect(isAlive(before.server)).toBe(false);
    expect(after.ports).toEqual(before.ports);
    expect(await answers(after)).toBe(true);
  });

  test('leaves no process behind when it is stopped', async () => {
    const state = await ensureEngine(folder, binary);
    const host = await lockHolder(folder, ENGINE_LOCK);
    expect(await stopEngine(folder)).toBe(true);
    expect(isAlive(state.server)).toBe(false);
    expect(host !== undefined && isAlive(host)).toBe(false);
    expect(await stopEngine(folder)).toBe(false);
  });

  test('is started again when another program was quicker at one of its ports', async () => {
    const real = await binary();
    const [script, mark] = [join(folder, '..', 'temporal'), join(folder, '..', 'tried')];
    const program = `#!/bin/sh\n[ -e '${mark}' ] && exec '${real}' "$@"\ntouch '${mark}'\necho 'panic: port is taken'; exit 2\n`;
    writeFileSync(script, program, { mode: 0o755 });
    const state = await ensureEngine(folder, () => Promise.resolve(script));
    expect(await answers(state)).toBe(true);
    expect(existsSync(mark)).toBe(true);
  });

  test('says why it does not start, with the end of the log', async () => {
    await expect(ensureEngine(folder, () => Promise.resolve('/bin/false'))).rejects.toThrow(
      /did not start\. The end of .*engine\.log:.*it ended with code 1/s,
    );
  });
});
