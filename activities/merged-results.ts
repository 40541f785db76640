import { RunResults } from '../src/io/runs/run-results.js';
import type { Store } from '../src/io/stores/store.js';

/**
 * The results of the run that this process merged last. Once a run is merged nothing commits to it any more, so the
 * reports, which mostly follow in the same process, need not read everything again.
 */
export class MergedResults {
  private latest: { run: string; results: RunResults } | undefined;

  constructor(private readonly store: Store) {}

  /** Reads what the shards have committed. */
  async open(run: string, size: number): Promise<RunResults> {
    const results = await RunResults.open(this.store, run, size);
    this.latest = { run, results };
    return results;
  }

  /** As merged before, when it was here; gives the memory back. */
  async reuse(run: string, size: number): Promise<RunResults> {
    const latest = this.latest;
    this.latest = undefined;
    return latest?.run === run ? latest.results : RunResults.open(this.store, run, size);
  }
}
