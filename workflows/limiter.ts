import {
  ApplicationFailure,
  allHandlersFinished,
  condition,
  continueAsNew,
  setCurrentDetails,
  setHandler,
  workflowInfo,
} from '@temporalio/workflow';
import { type LimiterState, lease, newLimiter } from '../src/core/limiter.js';
import { describeLimiter } from '../src/core/limiter-details.js';
import { type LimitedKey, refusedAsk } from '../src/core/limiter-messages.js';
import { leaseUpdate, limiterQuery } from './messages.js';

/** Events after which it continues as new. An ask costs five. */
const HISTORY_LIMIT = 4000;

/** Without an ask for so long it ends. Longer than any window: what was leased is in the past by then. */
const IDLE_MS = 5 * 60_000;

/**
 * The limits of one provider key, for all jobs and workers of a namespace. Workers ask it for times to send at; it
 * begins with the first ask and ends when nobody has asked for some minutes.
 *
 * It runs on a queue of its own that every worker polls, and workers of different builds may take turns: a change must
 * be readable by those before it.
 *
 * @param key whose limits these are
 * @param carried what it knows, when it continues as new; callers leave it out
 */
export async function limiter(key: LimitedKey, carried?: LimiterState): Promise<void> {
  const state = carried ?? newLimiter(key, Date.now());
  setHandler(
    leaseUpdate,
    (ask) => {
      const answer = lease(state, ask, Date.now());
      setCurrentDetails(describeLimiter(state, Date.now()));
      return answer;
    },
    {
      description: 'Lease times to send requests at. Asked by workers.',
      validator: (ask) => {
        const why = refusedAsk(ask);
        if (why !== undefined) throw ApplicationFailure.nonRetryable(why, 'invalid_input');
      },
    },
  );
  setHandler(limiterQuery, () => state, { description: 'What it knows: limits, pace, workers.' });
  setCurrentDetails(describeLimiter(state, Date.now()));

  const mustContinue = () => {
    const { historyLength, continueAsNewSuggested } = workflowInfo();
    return continueAsNewSuggested || historyLength >= HISTORY_LIMIT;
  };
  for (;;) {
    const leftMs = Math.max(state.askedAt + IDLE_MS, state.heldUntil) - Date.now();
    if (leftMs <= 0) break;
    if (await condition(mustContinue, leftMs)) {
      await condition(allHandlersFinished);
      return continueAsNew<typeof limiter>(key, state);
    }
  }
  await condition(allHandlersFinished);
}
