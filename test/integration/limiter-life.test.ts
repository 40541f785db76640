import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import {
  Client,
  Connection,
  type WorkflowHandleWithFirstExecutionRunId,
  WorkflowUpdateFailedError,
  WorkflowUpdateRPCTimeoutOrCancelledError,
} from '@temporalio/client';
import { DefaultLogger, NativeConnection, Runtime, Worker } from '@temporalio/worker';
import { LimiterLink, limiterId } from '../../activities/limits/limiter-link.js';
import type { LimiterState } from '../../src/core/limiter.js';
import { limitsOf, marginMs } from '../../src/core/limiter-limits.js';
import {
  type LeaseAsk,
  LIMITER_QUEUE,
  LIMITER_WORKFLOW,
  type LimitedKey,
  unpackTimes,
} from '../../src/core/limiter-messages.js';
import { mostInWindow } from '../helpers/limited-jobs.js';
import { recordHistory } from '../helpers/record-history.js';
import { TemporalServer } from '../helpers/temporal-server.js';

let folder: string;
let temporal: TemporalServer;
let connection: Connection;
let native: NativeConnection;
let worker: Worker;
let running: Promise<void>;
let client: Client;

beforeAll(async () => {
  Runtime.install({
    logger: new DefaultLogger('ERROR'),
    telemetryOptions: { logging: { filter: 'ERROR', forward: {} } },
  });
  folder = await mkdtemp(join(tmpdir(), 'arena-limiter-'));
  temporal = await TemporalServer.start(folder);
  connection = await Connection.connect({ address: temporal.address });
  native = await NativeConnection.connect({ address: temporal.address });
  client = new Client({ connection });
  const workflowBundle = { codePath: 'dist/workflow-bundle.js' };
  worker = await Worker.create({ connection: native, taskQueue: LIMITER_QUEUE, workflowBundle });
  running = worker.run();
}, 120_000);

afterAll(async () => {
  worker.shutdown();
  await running;
  await native.close();
  await connection.close();
  await temporal.kill();
  await rm(folder, { recursive: true, force: true });
});

const keyNamed = (name: string): LimitedKey => ({ service: `https://${name}.test`, keyFrom: 'variable KEY' });
const link = () => new LimiterLink(client, async () => undefined);

function ask(workerName: string, change: Partial<LeaseAsk> = {}): LeaseAsk {
  const limits = limitsOf({ rps: 50 });
  return {
    worker: workerName,
    limits,
    want: 20,
    tokensEach: 0,
    tokensBeyond: 0,
    succeeded: 0,
    roundTripMs: 0,
    ...change,
  };
}

/** As workers do: an ask that is not answered within its time, because the machine stood still, is made again. */
async function answered(own: LimiterLink, key: LimitedKey, wish: LeaseAsk): ReturnType<LimiterLink['ask']> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await own.ask(key, wish);
    } catch (error) {
      if (!(error instanceof WorkflowUpdateRPCTimeoutOrCancelledError) || tries === 3) throw error;
    }
  }
}

function start(
  key: LimitedKey,
  settings: { historyLimit?: number; idleMs?: number },
): Promise<WorkflowHandleWithFirstExecutionRunId> {
  const options = { workflowId: limiterId(key), taskQueue: LIMITER_QUEUE, args: [key, null, settings] };
  return client.workflow.start(LIMITER_WORKFLOW, options);
}

describe('the limiter of a key', () => {
  test('is started by the first ask, is one for all who ask, and says how it stands', async () => {
    const key = keyNamed('first');
    const leases = await Promise.all(['a', 'b', 'c'].map((name) => link().ask(key, ask(name))));
    const times = leases.flatMap(({ lease }) => unpackTimes(lease.times));
    expect(times.length).toBeGreaterThan(20);
    expect(new Set(times).size).toBe(times.length);
    const handle = client.workflow.getHandle(limiterId(key));
    const state = await handle.query<LimiterState>('limiter');
    expect(Object.keys(state.workers).sort()).toEqual(['a', 'b', 'c']);
    const { staticSummary } = await handle.describe().then((told) => ({ staticSummary: told.staticSummary }));
    expect(await staticSummary()).toBe('limits of https://first.test, key from variable KEY');
    await recordHistory('limiter', handle);
  });

  test('loses neither asks nor what it knows when it continues as new', async () => {
    const key = keyNamed('long');
    const handle = await start(key, { historyLimit: 60 });
    const { runId } = await handle.describe();
    const times: number[] = [];
    const talk = async (name: string, rounds: number) => {
      const own = link();
      for (let i = 0; i < rounds; i += 1) {
        const { lease } = await answered(own, key, ask(name, i === 0 ? { limits: limitsOf({ rps: 20 }) } : {}));
        times.push(...unpackTimes(lease.times));
      }
    };
    await Promise.all(['a', 'b', 'c', 'd'].map((name) => talk(name, 30)));
    expect((await client.workflow.getHandle(limiterId(key)).describe()).runId).not.toBe(runId);
    // The stricter limit was named in the first round only.
    expect(mostInWindow(times, 1000 + marginMs(1000) - 1)).toBeLessThanOrEqual(20);
    await recordHistory('limiter-continued', client.workflow.getHandle(limiterId(key), runId));
  });

  test('ends when nobody asks any more, and begins anew with the next ask', async () => {
    const key = keyNamed('short');
    const handle = await start(key, { idleMs: 1500 });
    const own = link();
    await own.ask(key, ask('a'));
    await handle.result();
    const { status } = await client.workflow.getHandle(handle.workflowId).describe();
    expect(status.name).toBe('COMPLETED');
    const { lease } = await own.ask(key, ask('a'));
    expect(unpackTimes(lease.times).length).toBeGreaterThan(0);
    await recordHistory('limiter-idle', client.workflow.getHandle(handle.workflowId, handle.firstExecutionRunId));
  });

  test('refuses asks that make no sense, and goes on', async () => {
    const key = keyNamed('hostile');
    await link().ask(key, ask('a'));
    const handle = client.workflow.getHandle(limiterId(key));
    for (const nonsense of [null, {}, { ...ask('a'), limits: [] }, { ...ask('a'), want: 'all' }]) {
      const update = handle.executeUpdate('lease', { args: [nonsense] });
      await expect(update).rejects.toBeInstanceOf(WorkflowUpdateFailedError);
    }
    await link().ask(key, ask('b'));
  });

  test('is out of reach when no worker runs it: an ask fails and gives no times', async () => {
    const key = keyNamed('away');
    const closed = await Connection.connect({ address: temporal.address });
    const own = new LimiterLink(new Client({ connection: closed }), async () => undefined);
    await closed.close();
    await expect(own.ask(key, ask('a'))).rejects.toThrow();
    const failing = new LimiterLink(client, () => Promise.reject(new Error('no worker here')));
    await expect(failing.ask(key, ask('a'))).rejects.toThrow('no worker here');
  });
});
