import { ArenaError } from '../src/core/errors.js';
import type { LoadReading, ReadLoadInput } from '../src/core/load/load-reading.js';
import { endOfLoad, readingOf, termsOf } from '../src/core/load/load-standing.js';
import { accountOf, emptyMerged, type MergedLoad, mergeSlice, settleLanes } from '../src/core/load/merged-load.js';
import { loadPictureKey } from '../src/core/store-keys.js';
import { readNewSlices } from '../src/io/runs/load-slices.js';
import type { Store } from '../src/io/stores/store.js';
import { readJson } from '../src/io/stores/stored-json.js';
import type { ActivityDeps } from './deps.js';
import type { LoadedRuns } from './loaded-runs.js';

/** Merges what the lanes have written since the last time, and judges the thresholds. */
export async function readLoad(deps: ActivityDeps, runs: LoadedRuns, input: ReadLoadInput): Promise<LoadReading> {
  const { store } = deps;
  const { run, control, final = false } = input;
  const { load: plan } = (await runs.get(run)).record;
  if (plan === undefined) throw new ArenaError({ code: 'internal', message: `run ${run} is not a load test` });
  const merged = await readMerged(store, run);
  const terms = termsOf(plan, control, merged);
  await readNewSlices(store, run, {
    readTo: (of) => merged.lanes[of.lane]?.attempts[of.attempt]?.read,
    hasEnded: (of) => merged.lanes[of.lane]?.attempts[of.attempt]?.ended === true,
    final,
    onSlice: (of, slice) => mergeSlice(merged, of, slice, terms),
    onRead: (of, cursor) => {
      accountOf(merged, of).read = cursor;
    },
  });
  if (final) settleLanes(merged, endOfLoad(control), termsOf(plan, control, merged));
  // What was merged and up to where stand in one value: it is either both or neither.
  await store.put(loadPictureKey(run), Buffer.from(JSON.stringify(merged)));
  return readingOf(plan, merged, control, Date.now());
}

/** What was merged so far; empty before the first reading. */
export async function readMerged(store: Store, run: string): Promise<MergedLoad> {
  return (await readJson<MergedLoad>(store, loadPictureKey(run))) ?? emptyMerged();
}
