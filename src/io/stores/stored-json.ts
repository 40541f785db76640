import type { Store } from './store.js';

/** A value that we wrote as JSON, undefined when there is none. It was checked before it was written. */
export async function readJson<T>(store: Store, key: string): Promise<T | undefined> {
  const bytes = await store.get(key);
  return bytes === undefined ? undefined : (JSON.parse(Buffer.from(bytes).toString('utf8')) as T);
}
