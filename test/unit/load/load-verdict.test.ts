import { describe, expect, test } from '@jest/globals';
import type { LoadSummary } from '../../../src/core/load/load-summary.js';
import { decideLoadVerdict, type LoadEnd } from '../../../src/core/load/load-verdict.js';
import type { FailedItem } from '../../../src/core/run.js';
import { emptyLoad, HELD, LOST, loadRow, sampleLoad, UNKNOWN } from '../../helpers/load-summaries.js';

const sound: Partial<LoadSummary> = { thresholds: [HELD], budget: undefined };
const usedUp = { usd: 2, usedUsd: 2.1, usedTokens: 0, reached: true };
const unanswered: Partial<LoadSummary> = {
  requests: { sent: 40, ended: 40, failed: 40, rateLimited: 0, unknown: 0 },
  all: loadRow({ ended: 40, errors: { connection_failed: 40 } }),
};
const refused: FailedItem = {
  ...{ id: 's/p/l0-1', index: 0, verdict: 'errored', reason: 'connection_failed' },
  ...{ message: 'The service cannot be reached.', hint: 'check base_url' },
};
const checks = (over: object) => ({ conversations: { ...sampleLoad().conversations, ...over } });

describe('the verdict of a load test', () => {
  // Each row: what was measured, how it ended, the reason, the exit code, a part of the message.
  test.each<[Partial<LoadSummary>, Partial<LoadEnd>, string, number, string]>([
    [sound, {}, 'LoadCompleted', 0, '; the threshold held'],
    [sound, { ended: 'cancelled' }, 'Cancelled', 8, 'cancelled after'],
    [{ thresholds: [LOST] }, { ended: 'cancelled', stop: 'budget' }, 'Cancelled', 8, 'cancelled after'],
    [sound, { ended: 'deadline' }, 'DeadlineExceeded', 124, 'raise timeouts.run'],
    [{ thresholds: [HELD, LOST] }, {}, 'ThresholdsLost', 4, '1 of 2 thresholds lost: latency_p99 < 2s (beta);'],
    [{ thresholds: [UNKNOWN] }, {}, 'ThresholdsLost', 4, 'pass_rate >= 0.9 (refunds) (nothing measured)'],
    [{ thresholds: [LOST] }, { stop: 'threshold' }, 'ThresholdsLost', 4, 'ended early'],
    [sound, { stop: 'threshold' }, 'ThresholdsLost', 4, 'a threshold was lost while the test ran'],
    [{ thresholds: [LOST], budget: usedUp }, { stop: 'budget' }, 'ThresholdsLost', 4, '1 of 1 thresholds lost'],
    [{ ...sound, budget: usedUp }, { stop: 'budget' }, 'BudgetReached', 6, '($2.10 of $2.00)'],
    [sound, { stop: 'stopped' }, 'StoppedEarly', 0, 'stopped early'],
    [{ ...sound, thresholds: [HELD, HELD] }, {}, 'LoadCompleted', 0, '; all 2 thresholds held'],
    [{ ...sound, ...checks({ failed: 3 }) }, {}, 'LoadCompleted', 0, '3 conversations did not pass'],
    [
      { ...sound, ...checks({ failed: 3 }) },
      { failOn: ['assertion_failure'] },
      ...(['AssertionsFailed', 3, '3 of'] as const),
    ],
    [
      { ...sound, ...checks({ failed: 0, errored: 2 }) },
      { failOn: ['assertion_failure', 'provider_error'], stop: 'stopped' },
      ...(['ProviderErrors', 7, '2 of'] as const),
    ],
    [{ ...emptyLoad(), thresholds: [], budget: undefined }, {}, 'ProviderErrors', 7, 'no request ended'],
    [{ ...sound, ...unanswered }, {}, 'ProviderErrors', 7, 'none of 40 requests was answered (connection_failed 40)'],
    [{ ...sound, ...unanswered }, { failures: [refused] }, 'ProviderErrors', 7, 'cannot be reached; check base_url'],
    [{ ...sound, ...unanswered }, { stop: 'stopped' }, 'ProviderErrors', 7, 'none of 40'],
    [{ ...sound, ...unanswered, thresholds: [LOST] }, {}, 'ThresholdsLost', 4, '1 of 1'],
  ])('of %# is told by its cause', (over, end, reason, exitCode, part) => {
    const load = { ...sampleLoad(), ...over };
    const verdict = decideLoadVerdict({ run: 'r', load, ended: 'completed', ...end });
    expect(verdict).toMatchObject({ reason, exitCode });
    expect(verdict.message).toContain(part);
  });
});
