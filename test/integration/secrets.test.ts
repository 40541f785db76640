import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { WorkflowHandle } from '@temporalio/client';
import { historyToJSON } from '@temporalio/common/lib/proto-utils.js';
import type { JobResult } from '../../src/core/run.js';
import { loadFolder, loadPictureKey, loadSamplesFolder, reportFolder } from '../../src/core/store-keys.js';
import { DurableRun } from '../helpers/durable-run.js';
import { CANARY_KEY } from '../helpers/worker-process.js';

const FORMS = [CANARY_KEY, Buffer.from(CANARY_KEY).toString('base64').replace(/=+$/, '').slice(0, -2)];

/** A provider that answers with the key that it was called with: in failures, and in what it says. */
const ANSWERS = [
  {
    when: { user: 'scenario 1, question 1' },
    answer: { status: 403, body: { error: { message: `Incorrect API key provided: ${CANARY_KEY}` } } },
  },
  {
    when: { user: 'scenario 2, question 1' },
    answer: { status: 400, body: `bad request with Bearer ${CANARY_KEY}` },
  },
  { when: { user: 'scenario 3, question 1' }, answer: { status: 503, body: CANARY_KEY, retry_after: 0 } },
  { when: { user: 'scenario 4, question 3' }, answer: { text: `You called me with ${CANARY_KEY}.` } },
];

/** Three scenarios of four fail. */
const LOST = { metric: 'error_rate', operator: '<', value: '1%' } as const;

const leaks = (texts: string[]) => texts.filter((text) => FORMS.some((form) => text.includes(form)));

describe('a provider key', () => {
  let run: DurableRun;

  beforeAll(async () => {
    run = await DurableRun.start({
      workers: 1,
      latencyMs: 5,
      scenarios: 4,
      providers: 1,
      answers: ANSWERS,
      input: { maxRetries: 0, formats: ['json', 'csv', 'junit', 'markdown', 'html'] },
    });
  }, 60_000);

  afterAll(() => run?.stop(), 30_000);

  /** Files of the data folder, Temporal's database included, that hold the key, plain or in base64. */
  function leakingFiles(): string[] {
    return readdirSync(run.dataDir, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name))
      .filter((file) => {
        const bytes = readFileSync(file);
        return FORMS.some((form) => bytes.includes(form));
      });
  }

  /** What a run of the engine tells, from its start to its result. */
  async function told(handle: WorkflowHandle): Promise<string[]> {
    const history = historyToJSON(await handle.fetchHistory());
    const decoded = [...history.matchAll(/"data":\s*"([^"]+)"/g)].map(([, data]) =>
      Buffer.from(data ?? '', 'base64').toString(),
    );
    return [history, ...decoded];
  }

  /** Everything below a folder of the store, or one object of it, as text. */
  function stored(key: string): string {
    const place = join(run.dataDir, 'store', key);
    const below = readdirSync(join(run.dataDir, 'store'), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name));
    return below
      .filter((file) => file === place || file.startsWith(`${place}/`))
      .map((file) => readFileSync(file, 'utf8'))
      .join('\n');
  }

  test('appears in no history, record, report or log, also when the provider answers with it', async () => {
    const result = await run.result();
    expect(result.counts).toMatchObject({ passed: 1, errored: 3 });
    expect(result.failures.map(({ reason }) => reason)).toEqual([
      'unauthorized',
      'provider_rejected',
      'provider_unavailable',
    ]);
    expect(leaks([...(await told(run.handle)), JSON.stringify(result)])).toEqual([]);
    expect(leakingFiles()).toEqual([]);
  }, 120_000);

  test('appears in no slice, sample, heartbeat or report of a load test', async () => {
    const id = run.id(2);
    const handle = await run.startRun(id, {
      type: 'loadtest',
      concurrency: undefined,
      loadTest: { targetRPS: 40, rampUp: '0s', duration: '6s', thresholds: [LOST] },
    });
    const heard: string[] = [];
    const result = (await heardOf(handle, heard)) as JobResult;
    expect(result).toMatchObject({ reason: 'ThresholdsLost', load: { thresholds: [{ state: 'failed' }] } });
    expect(run.evidenceOf(id).summary().load?.all.errors).toMatchObject({
      unauthorized: expect.any(Number),
      provider_rejected: expect.any(Number),
      provider_unavailable: expect.any(Number),
    });
    // There was something to keep: else this would show nothing.
    expect(stored(loadFolder(id))).toContain('"unauthorized"');
    expect(stored(loadPictureKey(id))).toContain('"unauthorized"');
    expect(stored(loadSamplesFolder(id))).toContain('called me with ***');
    expect(stored(reportFolder(id))).toContain('called me with ***');
    expect(heard.join('')).toContain('"inFlight"');
    expect(leaks([...heard, ...(await told(handle)), JSON.stringify(result)])).toEqual([]);
    expect(leakingFiles()).toEqual([]);
  }, 120_000);

  test('appears in no generated record', async () => {
    const id = run.id(3);
    const handle = await run.startRun(id, { type: 'datagen', dataGen: { count: 6, format: 'csv', attempts: 20 } });
    const result = (await handle.result()) as JobResult;
    expect(result.dataset).toMatchObject({ records: 6, left: { errored: expect.any(Number) } });
    expect(stored(`${reportFolder(id)}/dataset.csv`)).toContain('called me with ***');
    expect(leaks([...(await told(handle)), JSON.stringify(result)])).toEqual([]);
    expect(leakingFiles()).toEqual([]);
  }, 120_000);

  /** The result of a run, and on the way there what its queries and the heartbeats of its activities say. */
  async function heardOf(handle: WorkflowHandle, heard: string[]): Promise<unknown> {
    let result: unknown;
    const ended = handle.result().then((value) => {
      result = value;
    });
    while (result === undefined) {
      const { raw } = await handle.describe();
      for (const { heartbeatDetails } of raw.pendingActivities ?? []) {
        for (const { data } of heartbeatDetails?.payloads ?? []) heard.push(Buffer.from(data ?? []).toString());
      }
      heard.push(JSON.stringify([await handle.query('progress'), await handle.query('control')]));
      await Promise.race([ended, new Promise((resolve) => setTimeout(resolve, 500))]);
    }
    return result;
  }
});
