import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { Lease } from '../../activities/shard/lease.js';
import { ProcessGate } from '../../activities/shard/process-gate.js';
import { ProviderHolds } from '../../activities/shard/provider-holds.js';
import { RunPool } from '../../activities/shard/run-pool.js';
import { ShardRun, type ShardRunOptions } from '../../activities/shard/shard-run.js';
import type { ConversationRecord } from '../../src/core/conversation.js';
import { ArenaError, toFailure } from '../../src/core/errors.js';
import type { Completion, Provider } from '../../src/core/provider.js';
import type { EnginePorts } from '../../src/engine/ports.js';
import { type OutsideAnswer, recordKey } from '../../src/io/runs/journal.js';
import { parseLine } from '../../src/io/runs/segment-lines.js';
import { DirectoryStore } from '../../src/io/stores/directory-store.js';
import type { SegmentWriter } from '../../src/io/stores/store.js';
import { hold, request } from '../helpers/two-calls.js';

describe('an attempt of a shard', () => {
  let root: string;
  let pool: RunPool;
  let answer: (() => void)[];
  const opened: SegmentWriter[] = [];

  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), 'arena-shard-'));
    pool = new RunPool();
    answer = [];
  });
  afterEach(async () => {
    await Promise.all(opened.splice(0).map((segments) => segments.close()));
    await rm(root, { recursive: true, force: true });
  });

  function segmentsOf(attempt: string): SegmentWriter {
    const segments = new DirectoryStore(root).openSegments(attempt);
    opened.push(segments);
    return segments;
  }

  function shardOf(items: number, given: Partial<ShardRunOptions> = {}): ShardRun {
    const provider: Provider = {
      id: 'p',
      local: false,
      complete: () => new Promise((resolve) => answer.push(() => resolve({ content: 'a', latencyMs: 1 }))),
    };
    return new ShardRun({
      run: 'r',
      shard: 0,
      worker: 'test',
      work: Array.from({ length: items }, (_, index) => ({ index, attempt: 1 })),
      itemAt: (index) => ({
        index,
        id: `s/p/t${index}`,
        scenario: 's',
        provider: 'p',
        region: 'default',
        trial: index,
      }),
      hold,
      providers: new Map([['p', provider]]),
      journal: {
        segments: [],
        finished: new Map(),
        deferred: new Map(),
        waiting: new Map(),
        held: new Map(),
        calls: new Map(),
        crashes: new Map(),
      },
      inherited: new Map(),
      isThere: () => false,
      segments: segmentsOf('attempt'),
      pool,
      gate: new ProcessGate(),
      callGates: [],
      lease: new Lease({
        beat: async () => 'acknowledged',
        timeoutMs: 60_000,
        intervalMs: 60_000,
        onCancelRequested() {},
        onLost() {},
      }),
      itemTimeoutMs: 60_000,
      maxRetries: 0,
      ...given,
    });
  }

  const settled = () => new Promise((resolve) => setTimeout(resolve, 60));
  const lines = async () => (await readFile(join(root, 'attempt/000001'), 'utf8')).trimEnd().split('\n');

  test('without permits ends in order when it is told to give its slot back', async () => {
    const shard = shardOf(5);
    const ended = shard.run(0);
    await settled();
    shard.handBack();
    await ended;
    expect(shard.notRun).toBe(5);
    expect((await lines()).at(-1)).toBe('E');
  });

  test('that drains waits for the calls in the air, records their answers and begins no other', async () => {
    const shard = shardOf(5);
    const ended = shard.run(2);
    await settled();
    expect(answer).toHaveLength(2);
    shard.stop('draining', new Error('the worker shuts down'));
    for (const give of answer) give();
    await ended;
    expect(answer).toHaveLength(2);
    expect((await lines()).filter((line) => line.startsWith('C'))).toHaveLength(2);
    expect(shard.notRun).toBe(5);
  });

  test('that is cancelled ends without waiting for anybody', async () => {
    const shard = shardOf(3);
    const ended = shard.run(1);
    await settled();
    shard.stop('cancelled', new Error('cancelled'));
    for (const give of answer) give();
    await ended;
    expect(shard.outcome.commit(0, shard.notRun).result).toMatchObject({ passed: 0, notRun: 3 });
  });

  test('hands back who waits for long, with the answers that it had from before, and waits out what is short', async () => {
    const dueAt = Date.now() + 60_000;
    const recorded = new Map([['0 aa', { value: 7 }]]);
    const shard = shardOf(2, {
      inherited: new Map([[0, recorded]]),
      itemTimeoutMs: 40,
      hold: async (item, ports) => {
        await ports.waitUntil(item.index === 0 ? dueAt : Date.now() + 80);
        if (ports.signal.aborted) throw ports.signal.reason;
        return hold(item, { ...ports, complete: async () => ({ content: '', latencyMs: 0 }) });
      },
    });
    await shard.run(2);
    expect((await lines()).filter((line) => /^[CW]/.test(line))).toEqual(['C0 0 aa {"value":7}', `W0 1 ${dueAt}`]);
    const commit = shard.outcome.commit(0, shard.notRun);
    expect(commit.waiting).toEqual([{ item: 0, attempt: 1, dueAt }]);
    expect(commit.result).toMatchObject({ passed: 1, deferred: 0, waiting: { items: 1, dueAt }, notRun: 0 });
  });

  test('gives a scenario the time that it asks for', async () => {
    const reasons: unknown[] = [];
    const shard = shardOf(1, {
      itemTimeoutMs: 60_000,
      scenarioTimeoutMs: (scenario) => (scenario === 's' ? 20 : undefined),
      hold: async (item, ports) => {
        const call = ports.perform('slow', null, ({ signal }) => {
          return new Promise<null>((_, reject) => {
            signal.addEventListener('abort', () => reject(signal.reason), { once: true });
          });
        });
        await call.catch((reason: unknown) => reasons.push(reason));
        return hold(item, { ...ports, complete: async () => ({ content: '', latencyMs: 0 }) });
      },
    });
    await shard.run(1);
    expect(reasons).toEqual([expect.objectContaining({ code: 'item_timeout' })]);
  });

  test('holds a conversation again from its start when a side of it has forgotten, and keeps what it cost', async () => {
    const answers = (side: string) =>
      new Map<string, Completion | OutsideAnswer>([
        ['0 aa', { content: 'said', latencyMs: 1, usage: { inputTokens: 5 }, costUsd: 0.5 }],
        ['0 bb', { value: 7, side }],
      ]);
    const calls = new Map([answers('gone'), answers('there')].map((recorded, index) => [index, recorded]));
    const records: ConversationRecord[] = [];
    const shard = shardOf(2, {
      journal: {
        segments: [],
        finished: new Map(),
        deferred: new Map(),
        waiting: new Map(),
        held: new Map(),
        calls,
        crashes: new Map(),
      },
      isThere: (side) => side === 'there',
      hold: async (item, ports) => {
        const record = await hold(item, { ...ports, complete: async () => ({ content: '', latencyMs: 0 }) });
        record.costUsd = 0.25;
        records.push(record);
        return record;
      },
    });
    await shard.run(2);
    expect((await lines()).filter((line) => line.startsWith('R'))).toEqual(['R0']);
    const [first, second] = records.sort((a, b) => a.index - b.index);
    expect(first).toMatchObject({ restarted: true, costUsd: 0.75, usage: { inputTokens: 5 } });
    expect(second?.restarted).toBeUndefined();
  });

  test('keeps what earlier beginnings cost for whoever takes the conversation up next', async () => {
    const said: Completion = { content: 'said', latencyMs: 1, usage: { inputTokens: 5 }, costUsd: 0.5 };
    const old: [string, Completion | OutsideAnswer][] = [
      ['0 aa', said],
      ['0 bb', { value: 7, side: 'gone' }],
    ];
    const journal = { segments: [], finished: new Map(), deferred: new Map(), waiting: new Map(), held: new Map() };
    const first = shardOf(1, {
      journal: { ...journal, calls: new Map([[0, new Map(old)]]), crashes: new Map() },
      hold: async (_, ports) => {
        await ports.waitUntil(Date.now() + 60_000);
        throw new Error('not reached');
      },
    });
    await first.run(1);
    const recorded = (await lines()).filter((line) => line.startsWith('C')).map(parseLine);
    const calls = new Map<string, OutsideAnswer>();
    for (const line of recorded) {
      if (line?.tag === 'C') calls.set(recordKey(line.occurrence, line.hash), JSON.parse(line.json) as OutsideAnswer);
    }
    const records: ConversationRecord[] = [];
    const next = shardOf(1, {
      segments: segmentsOf('next'),
      journal: { ...journal, calls: new Map([[0, calls]]), crashes: new Map() },
      hold: async (item, ports) => {
        const record = await hold(item, { ...ports, complete: async () => ({ content: '', latencyMs: 0 }) });
        record.costUsd = 0.25;
        records.push(record);
        return record;
      },
    });
    await next.run(1);
    expect(records).toEqual([expect.objectContaining({ restarted: true, costUsd: 0.75, usage: { inputTokens: 5 } })]);
  });

  test('sets aside who needs a provider that is down, keeps what is in the air, and goes on with the others', async () => {
    const wrongKey = new ArenaError({ code: 'unauthorized', message: 'wrong key', status: 401 });
    const asked: string[] = [];
    const provider = (id: string): Provider => ({
      id,
      local: false,
      complete: async () => {
        asked.push(id);
        if (id === 'judge') throw wrongKey;
        await settled();
        return { content: 'a', latencyMs: 60 };
      },
    });
    const call = (ports: EnginePorts, id: string) =>
      ports.complete(id, { ...request, context: { scenario: id, provider: id } });
    const shard = shardOf(3, {
      providers: new Map(['p', 'judge'].map((id) => [id, provider(id)])),
      callGates: [new ProviderHolds(60_000)],
      maxRetries: undefined,
      // The first two are judged while an answer is in the air; the engine makes what it will of a judge that is missing.
      hold: async (item, ports) => {
        const calls = item.index < 2 ? ['p', 'judge'] : ['p'];
        await Promise.allSettled(calls.map((id) => call(ports, id)));
        await ports.perform('tool', null, () => Promise.resolve(asked.push('tool'))).catch(() => undefined);
        return hold(item, { ...ports, complete: async () => ({ content: '', latencyMs: 0 }) });
      },
    });
    await shard.run(8);
    const text = await lines();
    expect(text.filter((line) => line.startsWith('C0'))).toHaveLength(1);
    expect(text.filter((line) => line.startsWith('H')).map((line) => line.slice(0, 5))).toEqual(['H0 1 ', 'H1 1 ']);
    expect(asked.filter((id) => id === 'tool')).toHaveLength(1);
    const commit = shard.outcome.commit(0, shard.notRun);
    expect(commit.held?.map(({ item, provider: id }) => [item, id])).toEqual([
      [0, 'judge'],
      [1, 'judge'],
    ]);
    expect(commit.result).toMatchObject({ passed: 1, errored: 0, notRun: 0, held: [{ provider: 'judge', items: 2 }] });
  });

  test.each([
    ['holds', 2, false, { errored: 0, held: [{ provider: 'p', items: 1 }] }, 3],
    ['holds, as a probe that says nothing of itself,', 2, true, { errored: 0, held: [{ provider: 'p', items: 1 }] }, 2],
    ['fails', 3, false, { errored: 1 }, undefined],
  ])('%s a conversation that is refused after %d times of waiting', async (_, own, probe, result, ownAfter) => {
    const wrongKey = new ArenaError({ code: 'unauthorized', message: 'wrong key', status: 403 });
    const shard = shardOf(1, {
      work: [{ index: 0, attempt: 1, held: { provider: 'p', waitedMs: 500, own, probe } }],
      providers: new Map([['p', { id: 'p', local: false, complete: () => Promise.reject(wrongKey) }]]),
      callGates: [new ProviderHolds(60_000)],
      maxRetries: undefined,
      hold: async (item, ports) => {
        const error = await ports.complete('p', request).then(() => undefined, toFailure);
        const record = await hold(item, { ...ports, complete: async () => ({ content: '', latencyMs: 0 }) });
        return { ...record, verdict: 'errored', error };
      },
    });
    await shard.run(1);
    const commit = shard.outcome.commit(0, shard.notRun);
    expect(commit.result).toMatchObject(result);
    expect(commit.held?.[0]?.own).toBe(ownAfter);
    for (const { waitedMs } of commit.held ?? []) expect(waitedMs).toBeGreaterThanOrEqual(500);
  });
});
