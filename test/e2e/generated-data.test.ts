import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { WorkflowFailedError } from '@temporalio/client';
import { parse } from 'csv-parse/sync';
import type { DataRecord } from '../../src/core/datagen/data-record.js';
import type { DatasetSummary } from '../../src/core/datagen/dataset-summary.js';
import type { JobResult } from '../../src/core/run.js';
import { reportFolder } from '../../src/core/store-keys.js';
import { dataRecordSchema } from '../../src/schema/data-record.js';
import type { JobInput } from '../../src/schema/job.js';
import { runSummarySchema } from '../../src/schema/run-summary.js';
import { PERSON, SAME_ANSWERS, writeDataBundle } from '../helpers/data-bundle.js';
import { DurableRun } from '../helpers/durable-run.js';
import { recordHistory } from '../helpers/record-history.js';
import { waitFor } from '../helpers/wait-for.js';

const COUNT = 10_000;
const MANY: Partial<JobInput> = {
  ...{ type: 'datagen', concurrency: 100, select: { providers: ['mock'], scenarios: ['plain', 'checked'] } },
  dataGen: { count: COUNT, seed: 7, weights: { plain: 3 }, split: { validation: 0.1 }, partRecords: 4000 },
};

let run: DurableRun;
beforeAll(async () => {
  run = await DurableRun.start({ workers: 2, input: MANY, writeBundle: writeDataBundle });
}, 120_000);
afterAll(() => run.stop(), 120_000);

const file = (of: string, path: string) => readFileSync(join(run.dataDir, 'store', reportFolder(of), path));

/** The set of a run: its summary, and the bytes of its files, which are as the summary says. */
function setOf(of: string): { dataset: DatasetSummary; texts: string[] } {
  const { dataset } = runSummarySchema.parse(run.evidenceOf(of).summary());
  if (dataset === undefined) throw new Error(`${of} has no set`);
  const texts = dataset.parts.map(({ path, bytes, sha256 }) => {
    const content = file(of, path);
    expect([content.length, createHash('sha256').update(content).digest('hex')]).toEqual([bytes, sha256]);
    return content.toString('utf8');
  });
  return { dataset: dataset as DatasetSummary, texts };
}

const lines = (texts: string[]) =>
  texts.flatMap((text) => text.trimEnd().split('\n')).map((line) => JSON.parse(line) as DataRecord);

let runs = 1;
async function generate(input: Partial<JobInput>): Promise<{ id: string; result: JobResult }> {
  runs += 1;
  const id = `made/${runs}`;
  const handle = await run.startRun(id, { ...MANY, ...input });
  return { id, result: (await handle.result()) as JobResult };
}
const select = (...scenarios: string[]) => ({ providers: ['mock'], scenarios });

describe('10,000 records', () => {
  // shows JobInput.dataGen.count, JobInput.dataGen.seed, JobInput.type
  test('are as many, unique, valid, and divided as the job says', async () => {
    const result = await run.result();
    expect(result).toMatchObject({ phase: 'Succeeded', reason: 'RecordsComplete', exitCode: 0 });
    const { dataset, texts } = setOf(run.id());
    expect(dataset).toMatchObject({ count: COUNT, records: COUNT, rounds: 1, format: 'jsonl', seed: 7 });
    expect(dataset.parts.map(({ path, records }) => [path, records])).toEqual([
      ...[4000, 4000, 1000].map((records, i) => [`dataset/train-0000${i + 1}.jsonl`, records]),
      ['dataset/validation.jsonl', 1000],
    ]);
    expect(dataset.scenarios).toEqual([
      { key: 'plain', records: 7500 },
      { key: 'checked', records: 2500 },
    ]);
    const records = lines(texts);
    expect(new Set(records.map(({ metadata }) => metadata.id)).size).toBe(COUNT);
    expect(new Set(records.map(({ metadata }) => metadata.seed)).size).toBe(COUNT);
    expect(records.filter((record) => !dataRecordSchema.safeParse(record).success)).toEqual([]);
    const manifest = JSON.parse(file(run.id(), 'dataset.json').toString('utf8'));
    expect(manifest).toMatchObject({ format: 'jsonl', seed: 7, records: COUNT, parts: dataset.parts });
    expect(result.reports.map(({ path }) => path)).toEqual(
      expect.arrayContaining(['summary.json', 'dataset.json', 'dataset/validation.jsonl', 'results.jsonl']),
    );
  }, 240_000);

  test('are the same to the byte when a worker is killed in their midst', async () => {
    const handle = await run.startRun('killed/1');
    // What lies in the store is seen sooner than what a busy workflow tells.
    const held = () => run.evidenceOf('killed/1').recordedItems();
    await waitFor('some records', async () => ((await held()) > 0 ? true : undefined), 120_000);
    run.workers[0]?.signal('SIGKILL');
    expect(await held()).toBeLessThan(COUNT);
    expect(await handle.result()).toMatchObject({ reason: 'RecordsComplete', counts: { total: COUNT } });
    const [first, second] = [setOf(run.id()), setOf('killed/1')];
    expect(second.dataset.parts).toEqual(first.dataset.parts);
    expect(second.texts).toEqual(first.texts);
  }, 240_000);

  test('are others with another seed', async () => {
    const dataGen = { count: 50, seed: 8 };
    const { id } = await generate({ dataGen, select: select('plain') });
    const before = new Set(lines(setOf(run.id()).texts).map(({ metadata }) => metadata.seed));
    expect(lines(setOf(id).texts).filter(({ metadata }) => before.has(metadata.seed))).toEqual([]);
  }, 120_000);
});

describe('conversations that give no record', () => {
  test('are replaced when their checks do not hold', async () => {
    const { id, result } = await generate({
      dataGen: { count: 60, keep: 'passed', attempts: 10 },
      select: select('checked'),
    });
    expect(result).toMatchObject({ reason: 'RecordsComplete', exitCode: 0, dataset: { records: 60 } });
    const { dataset, texts } = setOf(id);
    expect(dataset.left.failedChecks).toBeGreaterThan(10);
    expect(dataset.rounds).toBeGreaterThan(1);
    await recordHistory('records-in-rounds', run.client.workflow.getHandle(id));
    expect(lines(texts).map(({ metadata }) => metadata.verdict)).toEqual(Array(60).fill('passed'));
  }, 120_000);

  test('are replaced when they are not valid; CSV comes back whole', async () => {
    const dataGen = { count: 40, format: 'csv' as const, record: { schema: PERSON }, attempts: 20 };
    const { id, result } = await generate({ dataGen, select: select('people') });
    expect(result).toMatchObject({ reason: 'RecordsComplete', exitCode: 0 });
    const { dataset, texts } = setOf(id);
    expect(dataset.left.invalid).toBeGreaterThan(10);
    expect(dataset.reasons.map(({ message }) => message).sort()).toEqual([
      'name must be string',
      'the last answer is not JSON',
    ]);
    const rows = parse(texts[0] ?? '', { columns: true }) as { [column: string]: string }[];
    expect(new Set(rows.map((row) => row['data.name']))).toEqual(new Set(['Ann', '\'=Bob "B"\n']));
    expect(rows).toHaveLength(40);
  }, 120_000);

  // shows JobInput.dataGen.dedupe.exact, JobInput.dataGen.dedupe.near, JobInput.dataGen.attempts
  test.each([
    [{}, 'exactDuplicates'],
    [{ exact: false, near: 1 }, 'nearDuplicates'],
  ])(
    'are replaced within the attempts when they are duplicates (%j)',
    async (dedupe, why) => {
      const { id, result } = await generate({ dataGen: { count: 12, dedupe, attempts: 4 }, select: select('same') });
      expect(result).toMatchObject({ phase: 'Failed', reason: 'RecordsMissing', exitCode: 5 });
      expect(result.message).toMatch(/^4 of 12 records: 44 of 44 .*add personas/);
      const { dataset, texts } = setOf(id);
      expect(dataset).toMatchObject({ records: SAME_ANSWERS, left: { [why]: 48 - SAME_ANSWERS } });
      expect(lines(texts)).toHaveLength(SAME_ANSWERS);
    },
    120_000,
  );
});

test('a set that is cancelled keeps the records that it has', async () => {
  const dataGen = { count: 5000 };
  const handle = await run.startRun('cancelled/1', {
    dataGen,
    concurrency: 10,
    select: { ...select('plain'), providers: ['slow'] },
  });
  await waitFor('some answers', () => (run.mock.stats().calls > 20 ? true : undefined), 120_000);
  await handle.cancel();
  expect(await handle.result()).toMatchObject({ phase: 'Cancelled', exitCode: 8 });
  const { dataset, texts } = setOf('cancelled/1');
  expect(dataset.records).toBeGreaterThan(0);
  expect(dataset.records).toBeLessThan(5000);
  expect(lines(texts)).toHaveLength(dataset.records);
}, 120_000);

test('what cannot take effect is refused before anything is called, all at once', async () => {
  const dataGen = { weights: { plian: 2 }, record: { template: '{{nothing}}', schema: { type: 'nonsense' } } };
  const before = run.mock.stats().calls;
  const handle = await run.startRun('refused/1', { dataGen, select: select('plain') });
  const error = await handle.result().catch((thrown: unknown) => thrown);
  const message = error instanceof WorkflowFailedError ? String(error.cause?.message) : '';
  expect(message).toMatch(/dataGen\.record\.template .*\{\{nothing\}\}/);
  expect(message).toMatch(/dataGen\.record\.schema cannot be used/);
  expect(message).toMatch(/dataGen\.weights names "plian".*did you mean "plain"/);
  expect(run.mock.stats().calls).toBe(before);
}, 120_000);
