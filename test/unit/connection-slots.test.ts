import { expect, test } from '@jest/globals';
import { ConnectionSlots } from '../../src/io/agents/connection-slots.js';

const { signal } = new AbortController();
const settled = () => new Promise((resolve) => setImmediate(resolve));

test('a provider with a tight bound does not hold up another one of the same agent', async () => {
  const slots = new ConnectionSlots();
  const held = [await slots.acquire(2, signal), await slots.acquire(2, signal)];
  const got: string[] = [];
  const tight = slots.acquire(1, signal).then((slot) => {
    got.push('tight');
    return slot;
  });
  const wide = slots.acquire(2, signal).then((slot) => {
    got.push('wide');
    return slot;
  });
  held[0]?.release();
  await settled();
  expect(got).toEqual(['wide']);
  held[1]?.release();
  (await wide).release();
  (await tight).release();
  expect(got).toEqual(['wide', 'tight']);
});
