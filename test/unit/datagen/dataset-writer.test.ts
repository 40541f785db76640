import { createHash } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import { parse } from 'csv-parse/sync';
import type { DataRecord } from '../../../src/core/datagen/data-record.js';
import { DatasetSplit } from '../../../src/core/datagen/dataset-split.js';
import type { DatasetFigures } from '../../../src/core/datagen/dataset-summary.js';
import { datasetVerdict } from '../../../src/core/datagen/dataset-verdict.js';
import type { RunEnd } from '../../../src/core/run-verdict.js';
import { type DatasetOptions, DatasetWriter } from '../../../src/report/dataset/dataset-writer.js';
import { dataKeys } from '../../../src/report/dataset/record-form.js';

const record = (number: number, parts: Partial<DataRecord> = {}): DataRecord => ({
  messages: [
    { role: 'user', content: `question ${number}` },
    { role: 'assistant', content: `answer ${number}` },
  ],
  metadata: {
    ...{ id: `s/p/r${number}`, scenario: 's', provider: 'p', seed: number, usage: { inputTokens: 1 } },
    ...{ costUsd: 0.5, verdict: 'passed', checks: [] },
  },
  ...parts,
});

/** Writes records into memory, those of even number into the second set. */
async function write(records: DataRecord[], options: Partial<DatasetOptions>) {
  const files: { [path: string]: string } = {};
  const output = {
    open: async (path: string) => {
      const chunks: Uint8Array[] = [];
      return {
        write: async (bytes: Uint8Array) => void chunks.push(bytes),
        end: async () => {
          files[path] = Buffer.concat(chunks).toString('utf8');
        },
        abort: async () => undefined,
      };
    },
  };
  const usual = {
    format: 'jsonl',
    keys: [],
    partRecords: 100,
    sets: [{ set: 'all', records: records.length }],
  } as const;
  const { sets, ...rest } = { ...usual, ...options };
  const writer = new DatasetWriter(output, { ...rest, sets });
  for (const [i, one] of records.entries()) await writer.add(sets[i % sets.length]?.set ?? 'all', one);
  return { parts: await writer.end(), files };
}

const numbers = (count: number) => Array.from({ length: count }, (_, i) => record(i + 1));

describe('the files of a set of records', () => {
  // shows JobInput.dataGen.format, JobInput.dataGen.partRecords
  test.each<[string, Partial<DatasetOptions>, number, string[]]>([
    ['one file', {}, 3, ['dataset.jsonl']],
    ['one file of JSON, beside the manifest', { format: 'json' }, 3, ['dataset/records.json']],
    ['one file of CSV', { format: 'csv' }, 3, ['dataset.csv']],
    ['a file without records', {}, 0, ['dataset.jsonl']],
    ['exactly one part', { partRecords: 3 }, 3, ['dataset.jsonl']],
    ['numbered parts', { partRecords: 2 }, 5, [1, 2, 3].map((n) => `dataset/records-0000${n}.jsonl`)],
    [
      'two sets',
      {
        sets: [
          { set: 'train', records: 2 },
          { set: 'validation', records: 2 },
        ],
      },
      4,
      ['dataset/train.jsonl', 'dataset/validation.jsonl'],
    ],
    [
      'two sets, one of them in parts',
      {
        partRecords: 2,
        sets: [
          { set: 'train', records: 3 },
          { set: 'validation', records: 2 },
        ],
      },
      5,
      ['dataset/train-00001.jsonl', 'dataset/train-00002.jsonl', 'dataset/validation.jsonl'],
    ],
  ])('are %s', async (_, options, count, paths) => {
    const { parts, files } = await write(numbers(count), options);
    expect(parts.map(({ path }) => path)).toEqual(paths);
    expect(Object.keys(files).sort()).toEqual([...paths].sort());
    expect(parts.reduce((sum, part) => sum + part.records, 0)).toBe(count);
    for (const { path, bytes, sha256 } of parts) {
      const content = Buffer.from(files[path] ?? '');
      expect({ bytes, sha256 }).toEqual({
        bytes: content.length,
        sha256: createHash('sha256').update(content).digest('hex'),
      });
    }
  });

  test('hold a record a line', async () => {
    const { files } = await write(numbers(2), {});
    expect(files['dataset.jsonl']?.endsWith('\n')).toBe(true);
    expect(
      files['dataset.jsonl']
        ?.trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line)),
    ).toEqual(numbers(2));
  });

  test.each([0, 1, 3])('hold %d records as JSON', async (count) => {
    const { files } = await write(numbers(count), { format: 'json' });
    expect(JSON.parse(files['dataset/records.json'] ?? '')).toEqual(numbers(count));
  });

  test('hold rows whose formulas are disarmed and whose quotes and lines come back', async () => {
    const content = 'She said "no",\nthen; left\r\n';
    const records = [
      record(1, {
        messages: [
          { role: 'user', content: '=cmd()' },
          { role: 'assistant', content },
        ],
        data: { a: -5, b: [1] },
      }),
      record(2, { data: { a: '+1', c: 'not a column' } }),
    ];
    const { files } = await write(records, { format: 'csv', keys: ['a', 'b'] });
    const rows = parse(files['dataset.csv'] ?? '', { columns: true }) as { [column: string]: string }[];
    expect(rows).toHaveLength(2);
    expect(rows[0]).toMatchObject({
      ...{ id: 's/p/r1', scenario: 's', provider: 'p', persona: '', seed: '1', verdict: 'passed', costUsd: '0.5' },
      ...{ prompt: "'=cmd()", answer: content, data: '{"a":-5,"b":[1]}', 'data.a': '-5', 'data.b': '[1]' },
    });
    expect(JSON.parse(rows[0]?.messages ?? '')).toEqual(records[0]?.messages);
    expect(rows[1]).toMatchObject({ 'data.a': "'+1", 'data.b': '' });
  });

  test.each([
    [{ template: { a: 1, b: 2 }, schema: { properties: { c: {} } } }, ['a', 'b']],
    [{ schema: { properties: { c: {} } } }, ['c']],
    [{ template: '{{json}}' }, []],
    [{ schema: { properties: [] } }, []],
    [{}, []],
  ])('have a column for each key of data that the job names: %j', (shape, keys) => {
    expect(dataKeys(shape as never)).toEqual(keys);
  });
});

describe('a split', () => {
  const items = Array.from({ length: 1001 }, (_, i) => 3 * i);
  // shows JobInput.dataGen.split.validation
  test.each([
    [0.2, 1001, 200],
    [0.001, 1001, 1],
    [0.5, 1001, 501],
    [0.0001, 1001, 1],
    [0.9999, 1001, 1000],
    [0.1, 3, 1],
    [0.9, 2, 1],
    [0.5, 1, 0],
    [0.5, 0, 0],
  ])('puts %d of %d records aside: %d', (part, all, aside) => {
    const of = items.slice(0, all);
    const split = new DatasetSplit(1, part, of);
    expect(of.filter((item) => split.isValidation(item))).toHaveLength(aside);
    expect(split.validation).toBe(aside);
  });

  test('draws others with another seed, and mixes', () => {
    const of = (seed: number) => items.filter((item) => new DatasetSplit(seed, 0.1, items).isValidation(item));
    const [one, other] = [of(1), of(2)];
    expect(one).not.toEqual(other);
    expect(Math.max(...one.slice(0, 20))).toBeLessThan(1500);
    expect(one.filter((item) => other.includes(item)).length).toBeLessThan(40);
  }, 60_000);
});

describe('the verdict of a set of records', () => {
  const none = { errored: 0, failedChecks: 0, invalid: 0, exactDuplicates: 0, nearDuplicates: 0, surplus: 0 };
  const figures = (records: number, left: Partial<DatasetFigures['left']> = {}): DatasetFigures => {
    return { count: 10, records, left: { ...none, ...left }, rounds: 2 };
  };
  const counts = { total: 12, passed: 10, failed: 2, errored: 0, reused: 0 };
  const end: RunEnd = { run: 'r/1', counts, causes: { assertion_failure: 2 }, failOn: [], ended: 'completed' };
  test.each<[DatasetFigures, Partial<RunEnd>, string, number, RegExp]>([
    [figures(10), {}, 'RecordsComplete', 0, /^all 10 records$/],
    [figures(10, { failedChecks: 2 }), { failOn: ['assertion_failure'] }, 'AssertionsFailed', 3, /2 of 12/],
    [
      figures(4, { failedChecks: 2, invalid: 4 }),
      {},
      'RecordsMissing',
      5,
      /^4 of 10 records: 4 of 6 .*no valid record.*attempts/,
    ],
    [figures(9, { exactDuplicates: 3 }), {}, 'RecordsMissing', 5, /says; add personas/],
    [figures(0, { errored: 30 }), {}, 'RecordsMissing', 5, /30 of 30 .*could not be held; mend/],
    [figures(4), { ended: 'cancelled' }, 'Cancelled', 8, /^cancelled with 4 of 10/],
    [figures(10), { ended: 'cancelled' }, 'Cancelled', 8, /10 of 10/],
    [figures(4), { ended: 'deadline' }, 'DeadlineExceeded', 124, /timeouts\.run/],
    [figures(10), { ended: 'deadline' }, 'RecordsComplete', 0, /all 10/],
  ])('%j with %j is %s', (of, rest, reason, exitCode, message) => {
    const verdict = datasetVerdict(of, { ...end, ...rest });
    expect(verdict).toMatchObject({ reason, exitCode, message: expect.stringMatching(message) });
    expect(verdict.phase === 'Succeeded').toBe(exitCode === 0);
  });
});
