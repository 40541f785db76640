import type { Verdict } from '../../core/conversation.js';
import type { Counts } from '../../core/run.js';

/** Runs beyond this show their failures and a sample. */
const MAX_ITEMS = 50_000;
const MAX_FAILURES = 20_000;
const SAMPLE = 2000;
/** Passed conversations may fill the file up to the first, the others up to the second. */
const PASSED_BYTES = 24 * 1024 * 1024;
const MAX_BYTES = 48 * 1024 * 1024;

/** Which conversations a page of bearable size holds: `row` = only its line in the list. */
export class PageSelection {
  private readonly every: number;
  private passed = 0;
  private failures = 0;

  constructor(private readonly counts: Counts) {
    this.every = counts.total > MAX_ITEMS ? Math.max(1, Math.ceil(counts.passed / SAMPLE)) : 1;
  }

  /** Asked once for each record, in their order; `bytes` is the size of the file so far. */
  choose(verdict: Verdict, bytes: number): 'all' | 'row' | 'nothing' {
    if (verdict === 'passed') {
      this.passed += 1;
      if ((this.passed - 1) % this.every !== 0) return 'nothing';
      return bytes < PASSED_BYTES ? 'all' : 'row';
    }
    this.failures += 1;
    if (this.counts.total > MAX_ITEMS && this.failures > MAX_FAILURES) return 'nothing';
    return bytes < MAX_BYTES ? 'all' : 'row';
  }
}
