import { loadFolder, loadPictureKey, loadSamplesFolder } from '../../src/core/store-keys.js';
import type { Store } from '../../src/io/stores/store.js';

/** A load test that was reset begins anew: what its lanes wrote before is none of the new one's. */
export async function forgetLoad(store: Store, run: string): Promise<void> {
  await store.deleteBelow(loadFolder(run));
  await store.deleteBelow(loadSamplesFolder(run));
  await store.delete(loadPictureKey(run));
}
