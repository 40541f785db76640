import { expect, test } from '@jest/globals';
import { FetchTurns } from '../../src/io/sources/fetch-turns.js';

test('only so many fetches run at a time, in the order in which they came', async () => {
  const turns = new FetchTurns(2);
  const { signal } = new AbortController();
  const began: number[] = [];
  const ends: (() => void)[] = [];
  const fetches = [0, 1, 2, 3].map((number) =>
    turns.run(signal, () => {
      began.push(number);
      return new Promise<void>((resolve) => ends.push(resolve));
    }),
  );
  const settle = () => new Promise((resolve) => setImmediate(resolve));
  await settle();
  expect(began).toEqual([0, 1]);
  ends[1]?.();
  await settle();
  expect(began).toEqual([0, 1, 2]);
  ends[0]?.();
  await settle();
  for (const end of ends) end();
  await Promise.all(fetches);
  expect(began).toEqual([0, 1, 2, 3]);
});

test('a fetch that failed gives its turn back, and one that nobody waits for takes none', async () => {
  const turns = new FetchTurns(1);
  const abort = new AbortController();
  const { signal } = new AbortController();
  const failing = turns.run(signal, async () => Promise.reject(new Error('broken')));
  const left = turns.run(abort.signal, async () => 'never');
  const last = turns.run(signal, async () => 'last');
  abort.abort(new Error('left'));
  await expect(failing).rejects.toThrow('broken');
  await expect(left).rejects.toThrow('left');
  expect(await last).toBe('last');
});
