/** All conversations of a bundle against its golden. */
import type { ConversationRecord } from '../src/core/conversation.js';
import { compareRun } from './compare-run.js';
import type { Difference } from './difference.js';
import type { Golden } from './golden.js';
import { type Exception, exceptionFor, isWaivedByGolden } from './waivers.js';

/** What came of a bundle with the arguments of its golden. */
export interface RunOutcome {
  records: ConversationRecord[];
  /** Why nothing was run: what the plan has against the bundle. */
  refused?: string;
  /** Why the run did not come to its end, which no bundle may cause. */
  broken?: string;
}

export interface BundleReport {
  bundle: string;
  /** Runs of the golden. */
  runs: number;
  verdictsEqual: number;
  /** Runs whose messages are equal; runs without messages in the golden count as such. */
  messagesEqual: number;
  assertionsEqual: number;
  /** Differences that the golden or our own list covers. */
  waived: number;
  /** All others. */
  differences: Difference[];
}

export interface Comparison {
  report: BundleReport;
  /** Entries of our list that covered something. */
  used: Exception[];
}

export function compareBundle(golden: Golden, outcome: RunOutcome, exceptions: readonly Exception[]): Comparison {
  const report: BundleReport = {
    bundle: golden.bundle,
    runs: golden.runs.length,
    verdictsEqual: 0,
    messagesEqual: 0,
    assertionsEqual: 0,
    waived: 0,
    differences: [],
  };
  const found = differencesOf(golden, outcome, report);
  const used = new Set<Exception>();
  for (const difference of found) {
    const exception = exceptionFor(exceptions, golden.bundle, difference);
    if (exception !== undefined) used.add(exception);
    if (exception !== undefined || isWaivedByGolden(golden, difference)) report.waived += 1;
    else report.differences.push(difference);
  }
  return { report, used: [...used] };
}

function differencesOf(golden: Golden, { records, refused, broken }: RunOutcome, report: BundleReport): Difference[] {
  if (broken !== undefined) return [{ aspect: 'broken', message: broken }];
  if (refused !== undefined) return [{ aspect: 'refused', message: refused }];
  return compareRuns(golden, records, report);
}

function compareRuns(golden: Golden, records: readonly ConversationRecord[], report: BundleReport): Difference[] {
  const differences: Difference[] = [];
  // The reference reports the first trial of each cell only.
  const byKey = new Map(records.filter((record) => record.trial === 1).map((record) => [keyOf(record), record]));
  for (const run of golden.runs) {
    const record = byKey.get(keyOf(run));
    byKey.delete(keyOf(run));
    const { scenario, provider, region } = run;
    if (record === undefined) {
      differences.push({ aspect: 'runs', scenario, provider, region, message: 'expected this run, got none' });
      continue;
    }
    const own = compareRun(run, record);
    const aspects = new Set(own.map((difference) => difference.aspect));
    if (!aspects.has('verdict')) report.verdictsEqual += 1;
    if (!aspects.has('messages')) report.messagesEqual += 1;
    if (!aspects.has('assertions')) report.assertionsEqual += 1;
    differences.push(...own);
  }
  for (const { scenario, provider, region } of byKey.values()) {
    differences.push({ aspect: 'runs', scenario, provider, region, message: 'a run that the reference does not have' });
  }
  return differences;
}

function keyOf({ scenario, provider, region }: { scenario: string; provider: string; region?: string }): string {
  return JSON.stringify([scenario, provider, region ?? 'default']);
}
