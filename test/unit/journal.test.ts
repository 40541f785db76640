import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { ConversationRecord } from '../../src/core/conversation.js';
import { readJournal, recordKey } from '../../src/io/runs/journal.js';
import {
  callLine,
  deferredLine,
  END_LINE,
  heldLine,
  itemPrefix,
  linesOf,
  parseLine,
  restartLine,
  startLine,
  waitLine,
} from '../../src/io/runs/segment-lines.js';
import { DirectoryStore } from '../../src/io/stores/directory-store.js';

const record = (index: number, verdict: ConversationRecord['verdict'] = 'passed'): ConversationRecord => ({
  schemaVersion: 1,
  id: `s/p/t${index}`,
  index,
  scenario: 's',
  provider: 'p',
  trial: 1,
  verdict,
  messages: [{ role: 'assistant', content: 'é', latencyMs: 7 }],
  assertions: [],
  violations: [],
  usage: {},
  timing: { startedAt: 0, durationMs: 0, callMs: 0, waitMs: 0 },
  calls: 1,
  attempt: 1,
});
const itemLine = (index: number, verdict?: ConversationRecord['verdict']) =>
  itemPrefix(index, 1) + JSON.stringify(record(index, verdict));
const answer = (content: string) => JSON.stringify({ content, latencyMs: 5 });

describe('the journal of a shard', () => {
  let root: string;
  let store: DirectoryStore;
  const write = (attempt: string, text: string) =>
    store.put(`runs/r/shards/000000/${attempt}/000001`, Buffer.from(text));
  const read = () => readJournal(store, 'r', 0, () => true);

  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), 'arena-journal-'));
    store = new DirectoryStore(root);
  });
  afterEach(() => rm(root, { recursive: true, force: true }));

  test('finds who waits for a provider, with the answers so far, and does not take that for a crash', async () => {
    const mark = { provider: 'p', failure: { code: 'unauthorized', message: 'wrong key' }, at: 9, waitedMs: 3, own: 1 };
    const held = heldLine(4, 2, JSON.stringify(mark));
    await write('000001-a', [startLine(4, 2, false), callLine(4, 0, 'aa', answer('x')), held, ''].join('\n'));
    const journal = await read();
    expect([...journal.held]).toEqual([[4, { attempt: 2, ...mark }]]);
    expect(journal.calls.get(4)?.size).toBe(1);
    expect(journal.crashes.size).toBe(0);
  });

  test('finds finished conversations and the answers of unfinished ones', async () => {
    await write(
      '000001-a',
      [
        startLine(0, 1, false),
        callLine(0, 0, 'aa', answer('x')),
        itemLine(0),
        startLine(1, 1, false),
        callLine(1, 0, 'bb', answer('y')),
        '',
      ].join('\n'),
    );
    const journal = await read();
    expect([...journal.finished.keys()]).toEqual([0]);
    expect(journal.calls.get(1)?.get(recordKey(0, 'bb'))).toMatchObject({ content: 'y' });
    expect(journal.calls.has(0)).toBe(false);
  });

  test('finds who waits for a moment, and does not take it for a crash', async () => {
    await write('000001-a', `${startLine(3, 2, false)}\n${waitLine(3, 2, 1234.5)}\n`);
    const journal = await read();
    expect(journal.waiting.get(3)).toEqual({ attempt: 2, dueAt: 1235 });
    expect(journal.crashes.size).toBe(0);
  });

  test('forgets the answers of a conversation that was held again, and keeps those after it', async () => {
    const answers = ['aa', 'bb'].map((hash) => callLine(0, 0, hash, answer('old')));
    await write('000001-a', `${answers.join('\n')}\n${callLine(1, 0, 'cc', answer('other'))}\n`);
    await write('000002-b', `${restartLine(0)}\n${callLine(0, 0, 'aa', answer('new'))}\n`);
    const { calls } = await read();
    expect([...(calls.get(0)?.keys() ?? [])]).toEqual([recordKey(0, 'aa')]);
    expect(calls.get(0)?.get(recordKey(0, 'aa'))).toMatchObject({ content: 'new' });
    expect(calls.get(1)?.size).toBe(1);
  });

  test('points at the exact bytes of a record', async () => {
    await write('000001-a', `${startLine(4, 1, false)}\n${itemLine(4)}\n`);
    const journal = await read();
    const row = journal.finished.get(4)?.row;
    const segment = await store.get(journal.segments[row?.segment ?? -1]?.key ?? '');
    const json = Buffer.from(segment ?? []).subarray(row?.offset, (row?.offset ?? 0) + (row?.length ?? 0));
    expect(JSON.parse(json.toString())).toEqual(record(4));
    expect(row?.latenciesMs).toEqual([7]);
  });

  test('lets the first record of a key win, whatever a later attempt adds', async () => {
    await write('000001-a', `${callLine(0, 0, 'aa', answer('first'))}\n${itemLine(1, 'passed')}\n`);
    await write('000002-b', `${callLine(0, 0, 'aa', answer('second'))}\n${itemLine(1, 'failed')}\n`);
    const journal = await read();
    expect(journal.calls.get(0)?.get(recordKey(0, 'aa'))).toMatchObject({ content: 'first' });
    expect(journal.finished.get(1)?.row.verdict).toBe('passed');
  });

  test('keeps an answer to another request apart', async () => {
    await write('000001-a', `${callLine(0, 0, 'aa', answer('old prompt'))}\n`);
    expect((await read()).calls.get(0)?.get(recordKey(0, 'bb'))).toBeUndefined();
  });

  test('ignores an unterminated last line and lines it cannot read', async () => {
    await write('000001-a', `garbage\n${startLine(2, 1, false)}\n${itemLine(2)}`);
    const journal = await read();
    expect(journal.finished.size).toBe(0);
    expect(journal.crashes.get(2)).toEqual({ count: 1, alone: false });
  });

  test('counts a crash for what was open, and none for what ended or was given back in order', async () => {
    await write('000001-a', [startLine(0, 1, false), startLine(1, 1, false), itemLine(1), ''].join('\n'));
    await write(
      '000002-b',
      [
        startLine(0, 1, false),
        startLine(2, 1, false),
        deferredLine(2, 1, '{"code":"rate_limited","message":"m"}'),
        '',
      ].join('\n'),
    );
    await write('000003-c', [startLine(0, 1, true), ''].join('\n'));
    await write('000004-d', [startLine(5, 1, false), END_LINE, ''].join('\n'));
    const journal = await read();
    expect(Object.fromEntries(journal.crashes)).toEqual({ 0: { count: 3, alone: true } });
    expect(journal.deferred.get(2)?.failure.code).toBe('rate_limited');
  });

  test('keeps the answers of an interrupted conversation for its next dispatch', async () => {
    await write('000001-a', `${callLine(3, 0, 'aa', answer('paid'))}\n${itemLine(3, 'errored')}\n`);
    expect((await read()).calls.get(3)?.get(recordKey(0, 'aa'))).toMatchObject({ content: 'paid' });
  });
});

describe('a line of a segment', () => {
  test('is read back as it was written, whatever text it carries', () => {
    fc.assert(
      fc.property(fc.nat(), fc.nat(1000), fc.string({ unit: 'binary' }), (item, attempt, text) => {
        const json = JSON.stringify({ text });
        expect(parseLine(itemPrefix(item, attempt) + json)).toMatchObject({ tag: 'I', item, attempt, json });
        expect(parseLine(deferredLine(item, attempt, json))).toEqual({ tag: 'D', item, attempt, json });
        expect(parseLine(callLine(item, attempt, 'ab12', json))).toEqual({
          tag: 'C',
          item,
          occurrence: attempt,
          hash: 'ab12',
          json,
        });
      }),
    );
  });

  test('counts only when it is terminated', () => {
    expect([...linesOf(Buffer.from('a\nbö\nc'))]).toEqual([
      { text: 'a', offset: 0 },
      { text: 'bö', offset: 2 },
    ]);
  });
});
