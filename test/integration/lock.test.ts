import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { lockHolder, lockWhenFree, tryLock } from '../../src/local/lock.js';
import { identityOf, isAlive } from '../../src/local/process-identity.js';

/** A process that takes the lock, says so, and lives until its stdin ends. */
const HOLDER = `
  const { tryLock } = await import(process.argv[1]);
  const lock = await tryLock(process.argv[2], 'it');
  console.log(lock === undefined ? 'refused' : 'held');
  process.stdin.resume().on('end', () => process.exit(0));
`;

let folder: string;
let children: ChildProcess[];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'arena-lock-'));
  children = [];
});
afterEach(async () => {
  for (const child of children.filter((one) => one.exitCode === null && one.signalCode === null)) {
    child.kill('SIGKILL');
    await once(child, 'exit');
  }
  rmSync(folder, { recursive: true });
});

async function holder(): Promise<{ child: ChildProcess; says: string }> {
  const args = ['--input-type=module', '-e', HOLDER, resolve('dist/src/local/lock.js'), folder];
  const child = spawn(process.execPath, args, { stdio: ['pipe', 'pipe', 'inherit'] });
  children.push(child);
  const [chunk] = await once(child.stdout ?? child, 'data');
  return { child, says: String(chunk).trim() };
}

describe('the lock', () => {
  test('is held by one of many processes that want it at once', async () => {
    const said = (await Promise.all(Array.from({ length: 8 }, holder))).map(({ says }) => says);
    expect(said.filter((says) => says === 'held')).toHaveLength(1);
    expect(said.filter((says) => says === 'refused')).toHaveLength(7);
  });

  test('names its holder, and is free when the holder was killed', async () => {
    const { child, says } = await holder();
    expect(says).toBe('held');
    expect((await lockHolder(folder, 'it'))?.pid).toBe(child.pid);
    expect(await tryLock(folder, 'it')).toBeUndefined();
    child.kill('SIGKILL');
    await once(child, 'exit');
    expect(await lockHolder(folder, 'it')).toBeUndefined();
    expect(await tryLock(folder, 'it')).toBeDefined();
  });

  test('is free again when it was released, and keeps no more than one file', async () => {
    for (let round = 0; round < 5; round += 1) {
      const lock = await tryLock(folder, 'it');
      expect(await tryLock(folder, 'it')).toBeUndefined();
      await lock?.release();
    }
    expect(readdirSync(folder)).toEqual(['it.lock.5']);
  });

  test('is not held by another process that got the number of the holder', async () => {
    const self = identityOf(process.pid);
    writeFileSync(join(folder, 'it.lock.1'), `${process.pid}\n${self?.started}-another\n`);
    expect(await lockHolder(folder, 'it')).toBeUndefined();
    expect(await tryLock(folder, 'it')).toBeDefined();
  });

  test('can be waited for', async () => {
    const { child } = await holder();
    const waiting = lockWhenFree(folder, 'it', () => undefined);
    child.stdin?.end();
    await expect(waiting).resolves.toBeDefined();
  });
});

describe('the identity of a process', () => {
  test('holds while it lives and not afterwards, a zombie included', async () => {
    const child = spawn('sleep', ['60'], { stdio: 'ignore' });
    children.push(child);
    const identity = identityOf(child.pid ?? 0);
    expect(identity).toBeDefined();
    if (identity === undefined) return;
    expect(isAlive(identity)).toBe(true);
    child.kill('SIGKILL');
    await once(child, 'exit');
    expect(isAlive(identity)).toBe(false);
  });
});
