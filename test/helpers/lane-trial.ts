import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Stage } from '../../src/core/load/course.js';
import type { LoadSlice } from '../../src/core/load/load-slice.js';
import type { LoggedCall } from '../../src/io/mock-server/stats.js';
import { writeLoadBundle } from './load-bundle.js';

/** What came of one trial: the lane's own account, the server's, and what the machine let a bare loop reach meanwhile. */
export interface LaneTrial {
  startedAt: number;
  slice: LoadSlice;
  /** In the order in which calls came in. */
  log: LoggedCall[];
  /** By how many milliseconds a process that does nothing else was late at the same times. */
  bareLate: number[];
}

export interface LaneTrialOptions {
  stages: Stage[];
  /** When calls are due, in milliseconds, worked out without the product. */
  dueMs: number[];
  /** Options of `arena mock`. */
  server: string[];
}

/** Waits until timers of this process are punctual, as they are where nobody takes the processors away; or 20 seconds. */
export async function untilCalm(): Promise<void> {
  const deadline = Date.now() + 20_000;
  let late = Infinity;
  while (late > 5 && Date.now() < deadline) {
    late = 0;
    for (let tick = 0; tick < 200; tick += 1) {
      const due = performance.now() + 2;
      await new Promise((resolve) => setTimeout(resolve, 2));
      late = Math.max(late, performance.now() - due);
    }
  }
}

/** Runs a lane, its model and a bare timer loop, each in a process of its own, at the same time. */
export async function tryLane({ stages, dueMs, server }: LaneTrialOptions): Promise<LaneTrial> {
  const folder = mkdtempSync(join(tmpdir(), 'arena-lane-'));
  const children: ChildProcess[] = [];
  const start = (args: string[]) => {
    const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
    children.push(child);
    const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
    return async () => {
      const { done, value } = await lines.next();
      if (done === true) throw new Error(`${args[0]} ended without a word`);
      return value;
    };
  };
  try {
    const mock = start(['dist/src/cli/main.js', 'mock', '--port', '0', '--no-repeats', '--quiet', ...server]);
    const url = await mock();
    writeLoadBundle(folder, url);
    const lane = start(['test/helpers/open-lane.mjs', JSON.stringify({ folder, stages, startsInMs: 1_000 })]);
    const { startedAt } = JSON.parse(await lane()) as { startedAt: number };
    writeFileSync(join(folder, 'due.json'), JSON.stringify(dueMs));
    const bare = start(['test/helpers/timer-loop.mjs', String(startedAt), join(folder, 'due.json')]);
    const slice = JSON.parse(await lane()) as LoadSlice;
    const bareLate = JSON.parse(await bare()) as number[];
    const { log } = (await (await fetch(new URL('/stats?log=1', url))).json()) as { log: LoggedCall[] };
    return { startedAt, slice, log, bareLate };
  } finally {
    for (const child of children) child.kill('SIGKILL');
    rmSync(folder, { recursive: true, force: true });
  }
}
