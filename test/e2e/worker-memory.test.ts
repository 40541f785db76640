import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type MockServer, startMockServer } from '../../src/io/mock-server/server.js';
import { arenaBundle } from '../helpers/arena-bundle.js';
import { ArenaUser } from '../helpers/arena-command.js';

const SAMPLE_MS = 100;
const SCENARIOS = 10;

describe('the memory of a worker', () => {
  let server: MockServer;
  beforeAll(async () => {
    server = await startMockServer({ latencyMs: 5, countRepeats: false, logSize: 0 });
  });
  afterAll(() => server.close());

  /** Peak RSS in MB of the worker of a run of so many one-turn conversations. */
  async function peakMb(conversations: number): Promise<number> {
    const user = new ArenaUser();
    const scenarios = Object.fromEntries(Array.from({ length: SCENARIOS }, (_, i) => [`s${i}`, [`question ${i}`]]));
    const providers = { one: { type: 'openai', model: 'm', base_url: server.url } };
    user.write(arenaBundle('bundle', { providers, scenarios }));
    let peakKb = 0;
    const timer = setInterval(() => {
      for (const [pid, line] of user.processes()) {
        if (line.includes('worker.js')) peakKb = Math.max(peakKb, highWaterKb(pid));
      }
    }, SAMPLE_MS);
    const trials = String(conversations / SCENARIOS);
    const command = ['run', 'bundle', '--trials', trials, '--concurrency', '100', '--formats', 'jsonl'];
    const { code } = await user.arena(command);
    clearInterval(timer);
    expect(code).toBe(0);
    expect(user.summary().counts.passed).toBe(conversations);
    await user.nothingRuns();
    await user.remove();
    return peakKb / 1024;
  }

  test('hardly grows with the items: at ten times as many 1.2 times as much and 50 MB at most', async () => {
    const few = await peakMb(2000);
    const many = await peakMb(20_000);
    expect(few).toBeGreaterThan(50);
    expect(many).toBeLessThanOrEqual(1.2 * few + 50);
  }, 180_000);
});

/** Zero when the process has just ended. */
function highWaterKb(pid: number): number {
  try {
    return Number(/^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0);
  } catch {
    return 0;
  }
}
