/**
 * A lock of one machine that heals itself: it is held as long as its holder lives. The holder's name stands in
 * `<name>.lock.<generation>`; whoever finds it dead makes the next generation, and link(2) lets only one succeed. The
 * newest file is never deleted, also not on release: a slow rival that still sees an old generation then finds a newer
 * one after it made its own, and withdraws.
 */
import { randomUUID } from 'node:crypto';
import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { linkNew } from './json-file.js';
import { isAlive, ownIdentity, type ProcessIdentity } from './process-identity.js';

export interface Lock {
  release(): Promise<void>;
}

/** The lock, or undefined when another process that is alive holds it. */
export async function tryLock(folder: string, name: string): Promise<Lock | undefined> {
  const self = ownIdentity();
  await mkdir(folder, { recursive: true });
  for (;;) {
    const newest = (await generations(folder, name)).at(-1) ?? 0;
    if (newest > 0 && (await holderOf(folder, name, newest)) !== undefined) return undefined;
    const mine = newest + 1;
    if (!(await create(folder, name, mine, self))) continue;
    const all = await generations(folder, name);
    if (all.at(-1) !== mine) {
      await rm(path(folder, name, mine), { force: true });
      continue;
    }
    for (const old of all.slice(0, -1)) await rm(path(folder, name, old), { force: true });
    return { release: () => replace(path(folder, name, mine), '') };
  }
}

/** Who holds the lock now. */
export async function lockHolder(folder: string, name: string): Promise<ProcessIdentity | undefined> {
  const newest = (await generations(folder, name)).at(-1);
  return newest === undefined ? undefined : holderOf(folder, name, newest);
}

/** The lock, waiting as long as another holds it; `whileWaiting` is called about once a second. */
export async function lockWhenFree(folder: string, name: string, whileWaiting: () => void): Promise<Lock> {
  for (let round = 1; ; round += 1) {
    const lock = await tryLock(folder, name);
    if (lock !== undefined) return lock;
    if (round % 5 === 0) whileWaiting();
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}

const path = (folder: string, name: string, generation: number): string => join(folder, `${name}.lock.${generation}`);

async function generations(folder: string, name: string): Promise<number[]> {
  const prefix = `${name}.lock.`;
  const names = await readdir(folder).catch(() => []);
  const numbers = names.filter((file) => file.startsWith(prefix)).map((file) => Number(file.slice(prefix.length)));
  return numbers.filter(Number.isSafeInteger).sort((a, b) => a - b);
}

async function holderOf(folder: string, name: string, generation: number): Promise<ProcessIdentity | undefined> {
  const text = await readFile(path(folder, name, generation), 'utf8').catch(() => '');
  const [pid, started] = text.split('\n');
  if (!pid || !started) return undefined;
  const holder = { pid: Number(pid), started };
  return isAlive(holder) ? holder : undefined;
}

async function create(folder: string, name: string, generation: number, self: ProcessIdentity): Promise<boolean> {
  const temporary = join(folder, `.tmp-${randomUUID()}`);
  await writeFile(temporary, `${self.pid}\n${self.started}\n`);
  try {
    return await linkNew(temporary, path(folder, name, generation));
  } finally {
    await rm(temporary, { force: true });
  }
}

async function replace(file: string, content: string): Promise<void> {
  const temporary = `${file}.${randomUUID()}`;
  await writeFile(temporary, content);
  await rename(temporary, file);
}
