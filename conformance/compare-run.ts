/** One conversation of ours against the reference's. */
import type { AssertionResult, ConversationRecord, Verdict } from '../src/core/conversation.js';
import { compareMessages } from './compare-messages.js';
import type { Difference } from './difference.js';
import type { GoldenAssertion, GoldenRun } from './golden.js';

const SCORE_TOLERANCE = 1e-4;

/** All differences, at most one for each aspect. */
export function compareRun(golden: GoldenRun, record: ConversationRecord): Difference[] {
  const { scenario, provider, region } = golden;
  const differences: Difference[] = [];
  const add = (aspect: Difference['aspect'], message: string | undefined): void => {
    if (message !== undefined) differences.push({ aspect, scenario, provider, region, message });
  };
  add('verdict', compareVerdict(golden, record));
  if (golden.turns !== undefined) add('messages', compareMessages(golden.turns, record.messages));
  add('assertions', compareAssertions(golden.assertions, record.assertions));
  return differences;
}

/**
 * The reference reports failing checks of a turn as an error of the run. Here they are a failed verdict, and `errored`
 * is left for conversations that could not be held.
 */
export function expectedVerdict({ passed, error }: GoldenRun): Verdict {
  if (passed) return 'passed';
  return error && !/validation failed: \[assertion /.test(error) ? 'errored' : 'failed';
}

function compareVerdict(golden: GoldenRun, { verdict, error }: ConversationRecord): string | undefined {
  const expected = expectedVerdict(golden);
  if (expected === verdict) return undefined;
  const why = error === undefined ? '' : ` (${error.code}: ${error.message})`;
  return `expected ${expected}${golden.error ? ` (${golden.error.slice(0, 200)})` : ''}, got ${verdict}${why}`;
}

function compareAssertions(
  expected: readonly GoldenAssertion[],
  actual: readonly AssertionResult[],
): string | undefined {
  for (const [index, assertion] of expected.entries()) {
    const result = actual[index];
    if (result === undefined) return `assertion ${index}: expected ${describe(assertion)}, got none`;
    if (!sameAssertion(assertion, result)) {
      return `assertion ${index}: expected ${describe(assertion)}, got ${describe(result)}: ${result.explanation.slice(0, 200)}`;
    }
  }
  const [extra] = actual.slice(expected.length);
  return extra === undefined
    ? undefined
    : `${actual.length - expected.length} more assertions, first ${describe(extra)}`;
}

function sameAssertion(expected: GoldenAssertion, actual: AssertionResult): boolean {
  const { level, messageIndex, type, passed, score } = expected;
  return (
    level === actual.level &&
    passed === actual.passed &&
    (type === undefined || type === actual.type) &&
    (messageIndex === undefined || messageIndex === actual.messageIndex) &&
    (typeof score !== 'number' || Math.abs(score - (actual.score ?? Number.NaN)) <= SCORE_TOLERANCE)
  );
}

function describe(assertion: GoldenAssertion | AssertionResult): string {
  const { level, messageIndex, type = '(no type)', passed, score } = assertion;
  const where = messageIndex === undefined ? level : `${level} ${messageIndex}`;
  return `${where} ${type} ${passed ? 'passed' : 'failed'}${typeof score === 'number' ? ` ${score}` : ''}`;
}
