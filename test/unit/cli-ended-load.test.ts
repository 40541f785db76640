import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { retry } from '../../src/cli/commands/retry.js';
import { attachByName } from '../../src/cli/commands/run.js';
import { tune } from '../../src/cli/commands/tune.js';
import { type CliContext, openContext } from '../../src/cli/context.js';
import { statusOf } from '../../src/cli/run-status.js';
import { finalKey } from '../../src/core/store-keys.js';
import type { RunRecord } from '../../src/local/run-record.js';
import { loadRunSummary, sampleLoad } from '../helpers/load-summaries.js';

const folder = mkdtempSync(join(tmpdir(), 'arena-ended-'));
const options = { dataDir: folder, color: false, quiet: true, output: 'table' as const };
let context: CliContext;

/** A run that has ended, or is under way. */
async function add(job: string, type: 'loadtest' | 'datagen', ended: boolean): Promise<void> {
  const record = { schemaVersion: 1, job, engine: { kind: 'private' }, taskQueue: 'q', workers: 1, createdAt: 1 };
  const input = { type, bundle: { path: '/b' } };
  await context.local.add(job, (run) => ({ ...record, run, starter: { pid: 1 }, input }) as unknown as RunRecord);
  const summary = { ...loadRunSummary(sampleLoad()), run: `${job}/1`, job, type };
  if (ended) await context.store.put(finalKey(`${job}/1`), Buffer.from(JSON.stringify(summary)));
}

beforeAll(async () => {
  context = openContext(options);
  await add('load', 'loadtest', true);
  await add('open', 'loadtest', false);
  await add('data', 'datagen', true);
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** What is said of a refusal, and what to do. */
async function refusal(tried: Promise<unknown>): Promise<string> {
  const error = await tried.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (typeof error !== 'object' || error === null || !('failure' in error)) throw error;
  const { message, hint } = error.failure as { message: string; hint?: string };
  return `${message} → ${hint}`;
}

describe('a load test', () => {
  test.each<[string, () => Promise<unknown>, RegExp]>([
    [
      'retry --failed',
      () => retry('load', { ...options, failed: true }),
      /load\/1 is a load test.*arena retry load\/1$/,
    ],
    ['retry --failed while it runs', () => retry('open', { ...options, failed: true }), /arena wait open\/1$/],
    ['retry --failed of data', () => retry('data', { ...options, failed: true }), /made data.*arena generate$/],
    [
      'run --name',
      () => attachByName(context, 'load', { ...options, workers: 1 }),
      /has ended.*again with: arena retry load\/1; or choose another --name$/,
    ],
    [
      'tune',
      () => tune('load', { ...options, rps: 5 }),
      /load\/1 has ended.*start it again with: arena retry load\/1$/,
    ],
  ])('that has ended takes no %s, and says what to do', async (_, command, told) => {
    expect(await refusal(command())).toMatch(told);
  });

  test('that has ended still tells its figures in its status', async () => {
    const { phase, load } = await statusOf(context, 'load/1');
    expect(phase).toBe('Failed');
    expect(load).toMatchObject({ model: 'open', requests: { sent: 28_712 }, lanes: 3 });
    expect(load).not.toHaveProperty('series');
  });
});
