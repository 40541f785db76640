/** Differences that count for nothing, each by name and with a reason. */
import { expectedVerdict } from './compare-run.js';
import type { Aspect, Difference } from './difference.js';
import type { Golden, GoldenRun } from './golden.js';

/** One entry of our own list; what is left out means any. */
export interface Exception {
  bundle: string;
  aspect?: Aspect;
  scenario?: string;
  provider?: string;
  reason: string;
}

/** Kinds of the golden's entries that say: do not copy this. */
const WAIVED_KINDS = new Set(['reference-defect', 'environment']);

/**
 * Whether the golden itself names the run of a difference. Its entries say in words where they apply; the words that
 * are scenarios, providers or tools of the golden decide.
 */
export function isWaivedByGolden(golden: Golden, difference: Difference): boolean {
  const run = golden.runs.find(
    ({ scenario, provider, region }) =>
      scenario === difference.scenario && provider === difference.provider && region === difference.region,
  );
  if (run === undefined) return false;
  return golden.referenceDefects.some(({ kind, where }) => {
    const words = new Set(where.split(/[\s,()]+/));
    return (WAIVED_KINDS.has(kind) && names(golden, words, run)) || (kind === 'environment' && namesKindOf(words, run));
  });
}

function names(golden: Golden, words: ReadonlySet<string>, run: GoldenRun): boolean {
  const scenarios = golden.runs.some(({ scenario }) => words.has(scenario));
  const providers = golden.runs.some(({ provider }) => words.has(provider));
  if (scenarios || providers) {
    return (!scenarios || words.has(run.scenario)) && (!providers || words.has(run.provider));
  }
  return run.turns?.some((turn) => turn.toolCalls?.some((call) => words.has(call.name))) === true;
}

/** A word such as `vision` stands for `tools-vision` as well, for runs that the environment kept from being held. */
function namesKindOf(words: ReadonlySet<string>, run: GoldenRun): boolean {
  return expectedVerdict(run) === 'errored' && run.scenario.split('-').some((part) => words.has(part));
}

/** The entry of our list that covers a difference, if any. */
export function exceptionFor(
  exceptions: readonly Exception[],
  bundle: string,
  difference: Difference,
): Exception | undefined {
  return exceptions.find(
    (exception) =>
      exception.bundle === bundle &&
      (exception.aspect === undefined || exception.aspect === difference.aspect) &&
      (exception.scenario === undefined || exception.scenario === difference.scenario) &&
      (exception.provider === undefined || exception.provider === difference.provider),
  );
}
