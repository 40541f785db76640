import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { CallGate } from '../../activities/shard/call-gate.js';
import { ItemCalls, type ItemCallsOptions } from '../../activities/shard/item-calls.js';
import { Lease } from '../../activities/shard/lease.js';
import { RunPool } from '../../activities/shard/run-pool.js';
import { ArenaError } from '../../src/core/errors.js';
import type { CompletionRequest, Provider } from '../../src/core/provider.js';
import { shardFolder } from '../../src/core/store-keys.js';
import { ResponseCache } from '../../src/io/cache/response-cache.js';
import { type RecordedCalls, readJournal } from '../../src/io/runs/journal.js';
import { DirectoryStore } from '../../src/io/stores/directory-store.js';

describe('the calls of a conversation with a cache', () => {
  let root: string;
  let store: DirectoryStore;
  const leases: Lease[] = [];
  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), 'arena-cached-calls-'));
    store = new DirectoryStore(root);
  });
  afterEach(async () => {
    for (const lease of leases.splice(0)) lease.stop();
    await rm(root, { recursive: true, force: true });
  });

  /** One attempt of the conversation of a run, by a model that numbers its answers and knows them by their text. */
  async function attempt(run: string, given: Partial<ItemCallsOptions> & { fails?: boolean; permits?: number } = {}) {
    const asked: string[] = [];
    const { fails = false, permits = 10, ...options } = given;
    const provider: Provider = {
      id: 'p',
      local: false,
      complete: async ({ messages }) => {
        asked.push(messages.at(-1)?.content ?? '');
        if (fails) throw new ArenaError({ code: 'provider_rejected', message: 'no' });
        return { content: `${run} ${asked.length}`, latencyMs: 7, usage: { outputTokens: 1 }, costUsd: 0.5 };
      },
      cacheKey: ({ messages, parameters }) => ({ text: JSON.stringify(messages), temperature: parameters.temperature }),
    };
    const journal = await readJournal(store, run, 0, () => true);
    const segments = store.openSegments(`${shardFolder(run, 0)}/${Date.now()}-${Math.random()}`);
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
    pool.add({ shard: 0, remaining: 0, begin: async () => undefined, handBack() {}, pause() {} }, permits);
    const cache = new ResponseCache({ mode: 'deterministic', store, now: Date.now, warn() {} });
    const calls = new ItemCalls({
      item: 7,
      providers: new Map([['p', provider]]),
      recorded: journal.calls.get(7) as RecordedCalls | undefined,
      segments,
      cache: cache.ofConversation(1),
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
      ...options,
    });
    const ask = async (...texts: string[]) => {
      const answers = await Promise.all(texts.map((text) => calls.complete('p', request(text))));
      return answers.map(({ content }) => content);
    };
    const close = async () => {
      await Promise.all([segments.close(), cache.settled()]);
    };
    return { calls, ask, asked, close };
  }

  const request = (content: string, temperature = 0): CompletionRequest => ({
    messages: [{ role: 'user', content }],
    parameters: { temperature },
    context: { scenario: 's', provider: 'p' },
  });

  test('are answered from an earlier run, sample by sample, and cost and count nothing', async () => {
    const first = await attempt('a');
    const before = await first.ask('x', 'y', 'x');
    await first.close();
    expect(first.calls.calls).toBe(3);

    const second = await attempt('b');
    expect(await second.ask('x', 'y', 'x')).toEqual(before);
    expect(second.asked).toEqual([]);
    const fourth = await second.calls.complete('p', request('x'));
    expect(fourth).toMatchObject({ content: 'b 1' });
    expect(fourth.cached).toBeUndefined();
    await second.close();
    expect(second.calls.calls).toBe(1);
    expect(second.calls.waitMs).toBeLessThan(5);
  });

  test('pass no gate and take no permit when the cache has their answer', async () => {
    const first = await attempt('a');
    await first.ask('x');
    await first.close();
    const passed: string[] = [];
    const gate: CallGate = {
      enter: ({ request: { messages } }) => {
        passed.push(messages.at(-1)?.content ?? '');
        throw new ArenaError({ code: 'rate_limited', message: 'closed' });
      },
    };
    const second = await attempt('b', { gates: [gate], permits: 0 });
    expect(await second.ask('x')).toEqual(['a 1']);
    await expect(second.ask('y')).rejects.toThrow('closed');
    await second.close();
    expect(passed).toEqual(['y']);
  });

  test('are answered by what the run has recorded before anything else', async () => {
    const first = await attempt('a');
    await first.ask('x');
    await first.close();
    // Another run has asked for it anew since, and its answer is the one that the cache holds now.
    const other = await attempt('c', {
      cache: new ResponseCache({ mode: 'deterministic', maxAgeMs: -1, store, now: Date.now, warn() {} }).ofConversation(
        1,
      ),
    });
    expect(await other.ask('x')).toEqual(['c 1']);
    await other.close();
    const again = await attempt('a');
    const answer = await again.calls.complete('p', request('x'));
    expect(answer).toMatchObject({ content: 'a 1' });
    expect(again.calls.calls).toBe(1);
    // What was recorded counts as asked for: the next of its kind is the second sample.
    expect(await again.ask('x')).toEqual(['a 1']);
    expect(again.asked).toEqual(['x']);
    await again.close();
  });

  test('keep an answer from the cache once it was given, whatever becomes of the cache', async () => {
    const first = await attempt('a');
    await first.ask('x');
    await first.close();
    const second = await attempt('b');
    await second.ask('x');
    await second.close();
    await rm(join(root, 'cache'), { recursive: true });
    const again = await attempt('b');
    expect(await again.calls.complete('p', request('x'))).toMatchObject({ content: 'a 1', cached: true });
    expect(again.calls.calls).toBe(0);
    expect(again.calls.callMs).toBe(0);
    await again.close();
  });

  test('leave no trace of failures', async () => {
    const failing = await attempt('a', { fails: true });
    await expect(failing.ask('x')).rejects.toThrow('no');
    await failing.close();
    const second = await attempt('b');
    expect(await second.ask('x')).toEqual(['b 1']);
    await second.close();
  });

  test('are made when they ask for another temperature', async () => {
    const first = await attempt('a');
    await first.calls.complete('p', request('x', 0.5));
    await first.close();
    const second = await attempt('b');
    expect(await second.calls.complete('p', request('x', 0.5))).toMatchObject({ content: 'b 1' });
    await second.close();
  });

  test('end with the conversation that is to stop, also where the cache has their answer', async () => {
    const first = await attempt('a');
    await first.ask('x');
    await first.close();
    const stop = new Error('the worker shuts down');
    const draining = await attempt('b', { draining: () => stop });
    await expect(draining.ask('x')).rejects.toBe(stop);
    await draining.close();
    const aborted = await attempt('c', { signal: AbortSignal.abort(stop) });
    await expect(aborted.ask('x')).rejects.toBe(stop);
    await aborted.close();
  });
});
