import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { type QueueKey, WorkQueue } from '../../k8s/controller/work-queue.js';
import { ManualClock, settled } from '../helpers/kube/manual-clock.js';

const key = (name: string, namespace = 'a'): QueueKey => ({ kind: 'ArenaJob', namespace, name });
const idOf = ({ namespace, name }: QueueKey): string => `${namespace}/${name}`;

/** A queue whose work ends when the test says so. */
function heldQueue(parallel: number) {
  const clock = new ManualClock();
  const begun: string[] = [];
  const open = new Map<string, (outcome: number | Error | undefined) => void>();
  const failures: [string, number][] = [];
  const queue = new WorkQueue({
    parallel,
    clock,
    work: (of) => {
      const id = idOf(of);
      if (open.has(id)) throw new Error(`${id} is worked on twice at a time`);
      begun.push(id);
      return new Promise((resolve, reject) => {
        open.set(id, (outcome) => {
          open.delete(id);
          if (outcome instanceof Error) reject(outcome);
          else resolve(outcome);
        });
      });
    },
    onFailure: (of, _, ms) => failures.push([idOf(of), ms]),
  });
  const end = async (id: string, outcome?: number | Error): Promise<void> => {
    open.get(id)?.(outcome);
    await settled();
  };
  return { queue, clock, begun, open, failures, end };
}

describe('the work queue', () => {
  test('takes a key once however often it is added, and once more when it was added during the work', async () => {
    const { queue, begun, end } = heldQueue(1);
    for (let n = 0; n < 5; n += 1) queue.add(key('x'));
    expect(queue.depth).toBe(1);
    queue.start();
    expect(begun).toEqual(['a/x']);
    for (let n = 0; n < 5; n += 1) queue.add(key('x'));
    await end('a/x');
    await end('a/x');
    expect(begun).toEqual(['a/x', 'a/x']);
  });

  test('lets namespaces take turns', async () => {
    const { queue, begun, end } = heldQueue(1);
    for (const name of ['1', '2', '3', '4']) queue.add(key(name, 'large'));
    queue.add(key('1', 'small'));
    queue.add(key('1', 'other'));
    queue.start();
    while (begun.length < 6) await end(begun.at(-1) ?? '');
    expect(begun).toEqual(['large/1', 'small/1', 'other/1', 'large/2', 'large/3', 'large/4']);
  });

  test('brings a key back after the time that its work asked for, or sooner when something changes', async () => {
    const { queue, clock, begun, end } = heldQueue(1);
    queue.start();
    queue.add(key('x'));
    await end('a/x', 5_000);
    expect([queue.waiting, clock.next]).toEqual([1, 5_000]);
    await clock.pass(4_999);
    expect(begun).toHaveLength(1);
    await clock.pass(1);
    expect(begun).toHaveLength(2);
    await end('a/x', 5_000);
    queue.add(key('x'));
    expect(begun).toHaveLength(3);
    await end('a/x');
    // What was asked for before is forgotten.
    await clock.pass(10_000);
    expect(begun).toHaveLength(3);
  });

  test('the earlier of two times counts', async () => {
    const { queue, clock, begun } = heldQueue(1);
    queue.start();
    queue.addAfter(key('x'), 3_000);
    queue.addAfter(key('x'), 1_000);
    queue.addAfter(key('x'), 2_000);
    await clock.pass(1_000);
    expect(begun).toEqual(['a/x']);
    await clock.pass(10_000);
    expect(begun).toHaveLength(1);
  });

  test('delays grow from 5 ms to 5 minutes while a key fails, and begin anew when it does not', async () => {
    const { queue, clock, failures, end } = heldQueue(1);
    queue.start();
    queue.add(key('x'));
    for (let n = 0; n < 20; n += 1) {
      await end('a/x', new Error('no'));
      await clock.pass(clock.next ?? 0);
    }
    const delays = failures.map(([, ms]) => ms);
    expect(delays.slice(0, 4)).toEqual([2.5, 5, 10, 20]);
    expect(delays.at(-1)).toBe(150_000);
    await end('a/x');
    queue.add(key('x'));
    await end('a/x', new Error('no'));
    expect(failures.at(-1)).toEqual(['a/x', 2.5]);
  });

  test('a change brings a failing key forward, but not into an endless loop', async () => {
    const { queue, clock, begun, end } = heldQueue(1);
    queue.start();
    queue.add(key('x'));
    for (let n = 0; n < 16; n += 1) {
      // The work changes its own object before it fails.
      queue.add(key('x'));
      await end('a/x', new Error('no'));
      await clock.pass(Math.min(clock.next ?? 0, 1_000));
    }
    expect(begun).toHaveLength(17);
    queue.add(key('x'));
    await end('a/x', new Error('no'));
    expect(clock.next).toBe(1_000);
  });

  test('stop waits for what has begun and begins nothing more; start goes on', async () => {
    const { queue, begun, end } = heldQueue(2);
    queue.start();
    for (const name of ['1', '2', '3']) queue.add(key(name));
    let stopped = false;
    const stop = queue.stop().then(() => {
      stopped = true;
    });
    await end('a/1');
    expect([stopped, begun]).toEqual([false, ['a/1', 'a/2']]);
    await end('a/2');
    await stop;
    queue.start();
    expect(begun).toEqual(['a/1', 'a/2', 'a/3']);
  });

  test('what is cleared does not come again, but for what is being worked on', async () => {
    const { queue, clock, begun, end } = heldQueue(1);
    queue.start();
    queue.add(key('1'));
    queue.add(key('2'));
    queue.addAfter(key('3'), 10);
    queue.clear();
    await end('a/1');
    await clock.pass(100);
    expect([begun, queue.depth, queue.waiting]).toEqual([['a/1'], 0, 0]);
  });

  const ENDS = { well: undefined, again: 50, badly: new Error('no') } as const;
  type Held = ReturnType<typeof heldQueue>;
  type Step = (held: Held, added: Map<string, number>) => Promise<void> | void;
  const someKey = fc.record({ name: fc.constantFrom('1', '2', '3'), namespace: fc.constantFrom('a', 'b', 'c') });
  const adding = someKey.map(({ name, namespace }): Step => {
    return ({ queue, begun }, added) => {
      const of = key(name, namespace);
      // Where there is room it begins at once: what counts is how often it had begun before.
      added.set(idOf(of), begun.filter((id) => id === idOf(of)).length);
      queue.add(of);
    };
  });
  const asking = someKey.map(({ name, namespace }): Step => {
    return ({ queue }) => queue.addAfter(key(name, namespace), 30);
  });
  const ending = fc
    .tuple(fc.nat(9), fc.constantFrom(...(['well', 'again', 'badly'] as const)))
    .map(([pick, how]): Step => {
      return ({ open, end }) => end([...open.keys()][pick % Math.max(1, open.size)] ?? '', ENDS[how]);
    });
  const passing = fc.constant<Step>(({ clock }) => clock.pass(25));

  /** Left alone, everything that was asked for is done. */
  const finish = async ({ queue, clock, open, end }: Held): Promise<void> => {
    for (let n = 0; n < 200 && open.size + queue.depth + queue.waiting > 0; n += 1) {
      for (const id of open.keys()) await end(id);
      await clock.pass(2_000);
    }
    expect([open.size, queue.depth, queue.waiting]).toEqual([0, 0, 0]);
  };

  test('works on every key after its last change, on none twice at a time, and on no more than it may', async () => {
    const steps = fc.array(fc.oneof(adding, asking, ending, passing), { maxLength: 60 });
    await fc.assert(
      fc.asyncProperty(steps, fc.integer({ min: 1, max: 3 }), async (all, parallel) => {
        const held = heldQueue(parallel);
        held.queue.start();
        const added = new Map<string, number>();
        for (const step of all) {
          await step(held, added);
          expect(held.open.size).toBeLessThanOrEqual(parallel);
        }
        await finish(held);
        for (const [id, before] of added) {
          expect(held.begun.filter((one) => one === id).length).toBeGreaterThan(before);
        }
      }),
      { numRuns: 150 },
    );
  });

  test('a namespace waits for one key of each other namespace at most', async () => {
    const amounts = fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 2, maxLength: 6 });
    await fc.assert(
      fc.asyncProperty(amounts, async (counts) => {
        const { queue, begun, end } = heldQueue(1);
        counts.forEach((count, namespace) => {
          for (let n = 0; n < count; n += 1) queue.add(key(String(n), `n${namespace}`));
        });
        queue.start();
        const all = counts.reduce((sum, count) => sum + count, 0);
        while (begun.length < all) await end(begun.at(-1) ?? '');
        counts.forEach((count, namespace) => {
          const turns = begun.flatMap((id, at) => (id.startsWith(`n${namespace}/`) ? [at] : []));
          const gaps = turns.map((at, index) => at - (turns[index - 1] ?? -1));
          expect(turns).toHaveLength(count);
          expect(Math.max(...gaps)).toBeLessThanOrEqual(counts.length);
        });
      }),
      { numRuns: 50 },
    );
  });
});
