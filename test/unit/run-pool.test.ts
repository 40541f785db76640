import { describe, expect, test } from '@jest/globals';
import { ProcessGate } from '../../activities/shard/process-gate.js';
import { RunPool, type ShardSource } from '../../activities/shard/run-pool.js';

const never = new AbortController().signal;

/** A shard whose conversations take a slot, then a permit, and end when the test says so. */
class TestShard implements ShardSource {
  running: (() => void)[] = [];
  constructor(
    readonly shard: number,
    public remaining: number,
    private readonly pool: RunPool,
  ) {}

  async begin(): Promise<void> {
    this.remaining -= 1;
    await this.pool.takeSlot(never);
    void this.pool.takePermit(never).then(() => {
      this.running.push(() => {
        this.pool.releasePermit();
        this.pool.releaseSlot();
      });
    });
  }

  handBack(): void {
    this.remaining = 0;
  }

  pause(): void {
    this.remaining = 0;
  }

  async endOne(): Promise<void> {
    this.running.shift()?.();
    await settle();
  }
}

const settle = () => new Promise((resolve) => setImmediate(resolve));

describe('the pool of a run in one process', () => {
  test('holds no more calls than its shards have permits', async () => {
    const pool = new RunPool();
    const shard = new TestShard(0, 50, pool);
    pool.add(shard, 5);
    await settle();
    expect(pool.inFlight).toBe(5);
    await shard.endOne();
    expect(pool.inFlight).toBe(5);
  });

  test('lends the permits of one shard to the next', async () => {
    const pool = new RunPool();
    const first = new TestShard(0, 2, pool);
    const second = new TestShard(1, 50, pool);
    pool.add(first, 10);
    pool.add(second, 0);
    await settle();
    expect([first.running.length, second.running.length]).toEqual([2, 8]);
  });

  test('with one permit holds one conversation after the other', async () => {
    const pool = new RunPool();
    let open = 0;
    const source: ShardSource = {
      shard: 0,
      remaining: 3,
      handBack() {},
      pause() {},
      async begin() {
        (this as { remaining: number }).remaining -= 1;
        await pool.takeSlot(never);
        open += 1;
      },
    };
    pool.add(source, 1);
    await settle();
    expect(open).toBe(1);
  });

  test('leaves the grant of a finished shard with its neighbour', async () => {
    const pool = new RunPool();
    pool.add(new TestShard(0, 0, pool), 6);
    pool.add(new TestShard(1, 9, pool), 4);
    expect(await pool.remove(0, 100)).toEqual({ returned: 0, moved: { 1: 6 } });
    expect(pool.limit).toBe(10);
  });

  test('does not forget what a neighbour left, when the workflow has yet to hear of it', async () => {
    const pool = new RunPool();
    pool.add(new TestShard(0, 0, pool), 6);
    pool.add(new TestShard(1, 9, pool), 4);
    await pool.remove(0, 100);
    pool.raiseGrants({ 0: 6, 1: 4 });
    expect(pool.limit).toBe(10);
    pool.raiseGrants({ 1: 12 });
    expect(pool.limit).toBe(12);
  });

  test('does not leave what was left to it before the workflow knows: that one gives it to others', async () => {
    const pool = new RunPool();
    pool.add(new TestShard(0, 0, pool), 4);
    pool.add(new TestShard(1, 1, pool), 3);
    pool.add(new TestShard(2, 0, pool), 3);
    expect(await pool.remove(0, 100)).toEqual({ returned: 0, moved: { 1: 4 } });
    const unheard = pool.remove(1, 100);
    expect(await unheard).toEqual({ returned: 0, moved: { 2: 3 } });
    expect(pool.limit).toBe(6);
  });

  test('leaves all that the workflow has heard of', async () => {
    const pool = new RunPool();
    pool.add(new TestShard(0, 0, pool), 4);
    pool.add(new TestShard(1, 0, pool), 3);
    pool.add(new TestShard(2, 0, pool), 3);
    await pool.remove(0, 100);
    pool.raiseGrants({ 1: 7, 2: 3 });
    expect(await pool.remove(1, 100)).toEqual({ returned: 0, moved: { 2: 7 } });
  });

  test('gives back what is beyond its fair share, and only when no call uses it any more', async () => {
    const pool = new RunPool();
    const busy = new TestShard(1, 50, pool);
    pool.add(new TestShard(0, 0, pool), 6);
    pool.add(busy, 4);
    await settle();
    expect(pool.inFlight).toBe(10);
    let left: unknown;
    void pool.remove(0, 5).then((result) => {
      left = result;
    });
    await settle();
    expect(left).toBeUndefined();
    for (let i = 0; i < 5; i += 1) await busy.endOne();
    expect(left).toEqual({ returned: 5, moved: { 1: 1 } });
    expect(pool.inFlight).toBe(5);
  });

  test('gives everything back with its last shard', async () => {
    const pool = new RunPool();
    pool.add(new TestShard(0, 0, pool), 6);
    expect(await pool.remove(0, 100)).toEqual({ returned: 6, moved: {} });
    expect(pool.size).toBe(0);
  });

  test('lets a waiter leave when its conversation is torn down', async () => {
    const pool = new RunPool();
    const controller = new AbortController();
    const waiting = pool.takePermit(controller.signal);
    controller.abort(new Error('torn down'));
    await expect(waiting).rejects.toThrow('torn down');
    pool.add(new TestShard(0, 0, pool), 1);
    expect(pool.inFlight).toBe(0);
  });
});

describe('the gate of a process', () => {
  test('lets a suspect in alone and holds newcomers back meanwhile', async () => {
    const gate = new ProcessGate();
    const order: string[] = [];
    await gate.enter(false);
    void gate.enter(true).then(() => order.push('suspect'));
    void gate.enter(false).then(() => order.push('newcomer'));
    await settle();
    expect(order).toEqual([]);
    gate.leave(false);
    await settle();
    expect(order).toEqual(['suspect']);
    gate.leave(true);
    await settle();
    expect(order).toEqual(['suspect', 'newcomer']);
  });
});
