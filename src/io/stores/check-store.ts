import { ArenaError } from '../../core/errors.js';
import type { Store } from './store.js';

const PROBE = 'format';
const FORMAT = Buffer.from('{"schemaVersion":1}\n');

/**
 * Finds out whether a store can be used, before anything is paid for: whether it can be reached, lets us write and read,
 * and never lets two writers believe that both were first. Leaves one small value in it.
 */
export async function checkStore(store: Store): Promise<void> {
  await store.putIfAbsent(PROBE, FORMAT);
  const isConditional = !(await store.putIfAbsent(PROBE, FORMAT));
  const written = await store.get(PROBE);
  await store.folders('runs');
  if (isConditional && written !== undefined) return;
  throw new ArenaError({
    code: 'unsupported',
    message: `${store.locate(PROBE)} was written twice although it was there: this server ignores If-None-Match`,
    hint: 'use a server with conditional writes: two workers could both end a shard on this one',
  });
}
