import { describe, expect, test } from '@jest/globals';
import type { Counts } from '../../src/core/run.js';
import { decideVerdict, type RunEnd } from '../../src/core/run-verdict.js';

const ALL = ['assertion_failure', 'provider_error', 'timeout', 'validation_error'];

function verdict(
  counts: Partial<Counts>,
  causes: RunEnd['causes'] = {},
  failOn = ALL,
  ended: RunEnd['ended'] = 'completed',
) {
  const all = { total: 10, passed: 0, failed: 0, errored: 0, reused: 0, ...counts };
  const { phase, reason, exitCode, message } = decideVerdict({ run: 'job/1', counts: all, causes, failOn, ended });
  return { seen: [phase, reason, exitCode], message };
}

describe('the verdict of a run', () => {
  // shows JobInput.failOn[], Arena.spec.defaults.fail_on[]
  test.each<[string, Partial<Counts>, RunEnd['causes'], string[], unknown[]]>([
    ['all passed', { passed: 10 }, {}, ALL, ['Succeeded', 'AllPassed', 0]],
    ['a check failed', { passed: 9, failed: 1 }, { assertion_failure: 1 }, ALL, ['Failed', 'AssertionsFailed', 3]],
    [
      'a check failed that is not failed on',
      { passed: 9, failed: 1 },
      { assertion_failure: 1 },
      ['timeout'],
      ['Succeeded', 'NothingFailedOn', 0],
    ],
    [
      'a guardrail fired',
      { passed: 9, failed: 1 },
      { validation_error: 1 },
      ['validation_error'],
      ['Failed', 'AssertionsFailed', 3],
    ],
    ['a call failed', { passed: 9, errored: 1 }, { provider_error: 1 }, ALL, ['Failed', 'ProviderErrors', 7]],
    ['only time ran out', { passed: 9, errored: 1 }, { timeout: 1 }, ALL, ['Failed', 'TimedOut', 7]],
    [
      'the bundle was wrong, whatever is failed on',
      { passed: 9, errored: 1 },
      { invalid_bundle: 1 },
      [],
      ['Failed', 'InvalidBundle', 2],
    ],
    [
      'all failures are within a threshold',
      { passed: 8, failed: 2, tolerated: 2 },
      { assertion_failure: 0 },
      ALL,
      ['Succeeded', 'WithinThresholds', 0],
    ],
    [
      'one failure is not within a threshold',
      { passed: 7, failed: 3, tolerated: 2 },
      { assertion_failure: 1 },
      ALL,
      ['Failed', 'AssertionsFailed', 3],
    ],
    [
      'the rest are errors',
      { passed: 7, failed: 2, errored: 1, tolerated: 2 },
      { provider_error: 1 },
      ALL,
      ['Failed', 'ProviderErrors', 7],
    ],
    [
      'the rest are errors that are not failed on',
      { passed: 7, failed: 2, errored: 1, tolerated: 2 },
      { provider_error: 1 },
      [],
      ['Succeeded', 'NothingFailedOn', 0],
    ],
  ])('when %s', (_, counts, causes, failOn, expected) => {
    expect(verdict(counts, causes, failOn).seen).toEqual(expected);
  });

  test.each<[RunEnd['ended'], unknown[]]>([
    ['cancelled', ['Cancelled', 'Cancelled', 8]],
    ['deadline', ['Failed', 'DeadlineExceeded', 124]],
  ])('of a run that was %s says so, whatever passed', (ended, expected) => {
    expect(verdict({ passed: 4, tolerated: 0 }, {}, ALL, ended).seen).toEqual(expected);
  });

  test('says how many passed when the others are within their thresholds', () => {
    expect(verdict({ passed: 8, failed: 2, tolerated: 2 }).message).toBe(
      '8 of 10 conversations passed; the others failed within the pass_threshold of their checks',
    );
  });
});
