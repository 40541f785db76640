import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { commitKey } from '../../src/core/store-keys.js';
import { readCommit, rowOf, type ShardCommit, writeCommit } from '../../src/io/runs/commit.js';
import { RunResults } from '../../src/io/runs/run-results.js';
import { itemPrefix } from '../../src/io/runs/segment-lines.js';
import { DirectoryStore } from '../../src/io/stores/directory-store.js';
import { sampleAssertion, sampleRecord } from '../helpers/sample-records.js';

const RUN = 'job/1';
const SEGMENT = 'runs/job/1/shards/000000/a/000001';

describe('a commit', () => {
  let root: string;
  let store: DirectoryStore;

  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), 'arena-commit-'));
    store = new DirectoryStore(root);
  });
  afterEach(() => rm(root, { recursive: true, force: true }));

  /** Commits trials of one conversation, of which those with these numbers failed. */
  async function commitTrials(count: number, failed: readonly number[]): Promise<ShardCommit> {
    let text = '';
    const rows = Array.from({ length: count }, (_, index) => {
      const passed = !failed.includes(index);
      const assertions = [sampleAssertion({ passed, passThreshold: 0.5, source: 'scenarios/orders.yaml:14:9' })];
      const record = sampleRecord({ index, verdict: passed ? 'passed' : 'failed', assertions });
      const prefix = itemPrefix(index, 1);
      const json = JSON.stringify(record);
      const place = { segment: 0, offset: text.length + prefix.length, length: json.length };
      text += `${prefix}${json}\n`;
      return rowOf(record, place);
    });
    await store.put(SEGMENT, Buffer.from(text));
    const counts = { passed: count - failed.length, failed: failed.length, errored: 0, deferred: 0, notRun: 0 };
    const commit: ShardCommit = {
      schemaVersion: 1,
      segments: [{ key: SEGMENT, bytes: text.length }],
      rows,
      deferred: [],
      result: { shard: 0, ...counts, retryAfterMs: 0, attempt: 1, providers: {}, failures: [] },
    };
    await writeCommit(store, RUN, 0, commit);
    return commit;
  }

  test('gives back the rows that were written, checks with a threshold among them', async () => {
    const commit = await commitTrials(3, [1]);
    const read = await readCommit(store, RUN, 0);
    expect(read).toEqual(JSON.parse(JSON.stringify(commit)));
    expect(read?.rows.map(({ checks, soft }) => [checks?.[0]?.passed, soft])).toEqual([
      [true, undefined],
      [false, true],
      [true, undefined],
    ]);
  });

  test('holds each check once, however many rows name it', async () => {
    await commitTrials(100, [3, 7]);
    const text = Buffer.from((await store.get(commitKey(RUN, 0))) ?? []).toString();
    expect(text.split('scenarios/orders.yaml:14:9')).toHaveLength(3);
  });

  test('of a run without thresholds has no list of checks', async () => {
    const record = sampleRecord();
    expect(rowOf(record, { segment: 0, offset: 0, length: 1 })).not.toHaveProperty('checks');
  });

  test('keeps for every reader which failures are tolerated', async () => {
    await commitTrials(3, [1, 2]);
    const results = await RunResults.open(store, RUN, 3);
    await results.tolerate([2]);
    for (const reader of [results, await RunResults.open(store, RUN, 3)]) {
      const records = await Promise.all(
        [0, 1, 2].map(async (item) => JSON.parse(String(Buffer.from((await reader.line(item)) ?? [])))),
      );
      expect(records.map(({ verdict, tolerated }) => [verdict, tolerated])).toEqual([
        ['passed', undefined],
        ['failed', undefined],
        ['failed', true],
      ]);
      const rows = [];
      for await (const { row } of reader.rows()) rows.push(row);
      expect(rows.map((row) => reader.stands(row))).toEqual([true, false, true]);
    }
  });

  test('forgets them when the run is merged anew and none is left', async () => {
    await commitTrials(2, [1]);
    await (await RunResults.open(store, RUN, 2)).tolerate([1]);
    await (await RunResults.open(store, RUN, 2)).tolerate([]);
    const line = await (await RunResults.open(store, RUN, 2)).line(1);
    expect(JSON.parse(String(Buffer.from(line ?? [])))).not.toHaveProperty('tolerated');
  });
});
