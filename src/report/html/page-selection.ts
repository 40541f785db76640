import type { Verdict } from '../../core/conversation.js';
import type { Counts } from '../../core/run.js';

/** Of the items that a page may hold, so many may be failures and so many are the sample of a run with more. */
const FAILURES_SHARE = 0.4;
const SAMPLE_SHARE = 0.04;
/** Passed conversations may fill the first page up to the first, the others up to the second. */
const PASSED_BYTES = 24 * 1024 * 1024;
const MAX_BYTES = 48 * 1024 * 1024;

/** A further page ends here. */
export const PART_BYTES = 32 * 1024 * 1024;

/** Which conversations a first page of bearable size holds: `row` = only its line in the list. */
export class PageSelection {
  private readonly every: number;
  private readonly isLarge: boolean;
  private passed = 0;
  private failures = 0;

  /** `maxItems`: a run with more shows its failures and a sample. */
  constructor(
    counts: Pick<Counts, 'passed' | 'failed' | 'errored'>,
    private readonly maxItems: number,
  ) {
    this.isLarge = counts.passed + counts.failed + counts.errored > maxItems;
    this.every = this.isLarge ? Math.max(1, Math.ceil(counts.passed / (SAMPLE_SHARE * maxItems))) : 1;
  }

  /** Asked once for each record, in their order; `bytes` is the size of the page so far. */
  choose(verdict: Verdict, bytes: number): 'all' | 'row' | 'nothing' {
    if (verdict === 'passed') {
      this.passed += 1;
      if ((this.passed - 1) % this.every !== 0) return 'nothing';
      return bytes < PASSED_BYTES ? 'all' : 'row';
    }
    this.failures += 1;
    if (this.isLarge && this.failures > FAILURES_SHARE * this.maxItems) return 'nothing';
    return bytes < MAX_BYTES ? 'all' : 'row';
  }
}
