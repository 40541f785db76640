import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { ItemCalls } from '../../activities/shard/item-calls.js';
import { Lease } from '../../activities/shard/lease.js';
import { RunPool } from '../../activities/shard/run-pool.js';
import type { CompletionRequest, Provider } from '../../src/core/provider.js';
import { shardFolder } from '../../src/core/store-keys.js';
import { type RecordedCalls, readJournal } from '../../src/io/runs/journal.js';
import { DirectoryStore } from '../../src/io/stores/directory-store.js';

describe('the outside of one conversation', () => {
  let root: string;
  let store: DirectoryStore;
  const leases: Lease[] = [];

  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), 'arena-calls-'));
    store = new DirectoryStore(root);
  });
  afterEach(async () => {
    for (const lease of leases.splice(0)) lease.stop();
    await rm(root, { recursive: true, force: true });
  });

  /** An attempt with what earlier ones have recorded, and a model that answers how often it was asked. */
  async function attempt(name: string): Promise<{ calls: ItemCalls; close: () => Promise<void>; asked: string[] }> {
    const asked: string[] = [];
    const provider: Provider = {
      id: 'p',
      local: false,
      complete: async ({ messages }) => {
        asked.push(messages.at(-1)?.content ?? '');
        return { content: `answer ${asked.length} of ${name}`, latencyMs: 1 };
      },
    };
    const journal = await readJournal(store, 'r', 0, () => true);
    const segments = store.openSegments(`${shardFolder('r', 0)}/${name}`);
    const lease = new Lease({
      beat: async () => 'acknowledged',
      timeoutMs: 60_000,
      intervalMs: 60_000,
      onCancelRequested() {},
      onLost() {},
    });
    leases.push(lease);
    lease.start();
    const pool = new RunPool();
    pool.add({ shard: 0, remaining: 0, begin: async () => undefined, handBack() {}, pause() {} }, 10);
    const calls = new ItemCalls({
      item: 7,
      providers: new Map([['p', provider]]),
      recorded: journal.calls.get(7) as RecordedCalls | undefined,
      segments,
      pool,
      lease,
      gates: [],
      conversation: { id: 'r-talk', onEnd() {} },
      untimed: (waiting) => waiting,
      setAside: (reason) => {
        throw reason;
      },
      signal: new AbortController().signal,
      draining: () => undefined,
      retryInPlace: false,
      canDefer: false,
    });
    return { calls, close: () => segments.close(), asked };
  }

  const ask = (content: string): CompletionRequest => ({
    messages: [{ role: 'user', content }],
    parameters: {},
    context: { scenario: 's', provider: 'p' },
  });

  test('work that was done is not done again, and the same work asked for twice is two pieces of work', async () => {
    const keys: string[] = [];
    const work = ({ idempotencyKey }: { idempotencyKey: string }) => {
      keys.push(idempotencyKey);
      return Promise.resolve({ order: keys.length });
    };
    const first = await attempt('a');
    expect(await first.calls.perform('tool order', { sku: 1 }, work)).toEqual({ order: 1 });
    expect(await first.calls.perform('tool order', { sku: 1 }, work)).toEqual({ order: 2 });
    await first.close();

    const second = await attempt('b');
    expect(await second.calls.perform('tool order', { sku: 1 }, work)).toEqual({ order: 1 });
    expect(await second.calls.perform('tool order', { sku: 1 }, work)).toEqual({ order: 2 });
    expect(await second.calls.perform('tool order', { sku: 1 }, work)).toEqual({ order: 3 });
    await second.close();
    expect(new Set(keys).size).toBe(3);
  });

  test('work that fails is not recorded, and carries the same idempotency key the next time', async () => {
    const keys: string[] = [];
    const failing = ({ idempotencyKey }: { idempotencyKey: string }) => {
      keys.push(idempotencyKey);
      return Promise.reject(new Error('down'));
    };
    for (const name of ['a', 'b']) {
      const { calls, close } = await attempt(name);
      await expect(calls.perform('tool order', null, failing)).rejects.toThrow('down');
      await close();
    }
    expect(keys[0]).toBe(keys[1]);
    expect(keys[0]).toMatch(/^r-talk-/);
  });

  test('answers find their requests again, whatever the order in which they are asked for', async () => {
    const first = await attempt('a');
    const before = await Promise.all(['x', 'y', 'x'].map((text) => first.calls.complete('p', ask(text))));
    await first.close();

    const second = await attempt('b');
    const after = await Promise.all(['y', 'x', 'x'].map((text) => second.calls.complete('p', ask(text))));
    expect(second.asked).toEqual([]);
    const texts = (answers: { content: string }[]) => answers.map(({ content }) => content).sort();
    expect(texts(after)).toEqual(texts(before));
    expect((await second.calls.complete('p', ask('x'))).content).toBe('answer 1 of b');
    await second.close();
  });
});
