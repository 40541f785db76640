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

/** What a limiter does by itself, and when. */
export interface LimiterSettings {
  /** Events after which it continues as new; an ask costs five. Default: 2,000, so that a replay is quick. */
  historyLimit?: number;
  /**
   * Without an ask for so long it ends, in milliseconds. Longer than any window: what was leased is in the past by then.
   * Default: 5 minutes.
   */
  idleMs?: number;
}

const HISTORY_LIMIT = 2000;
const IDLE_MS = 5 * 60_000;

/**
 * The limits of one provider key, for all jobs and workers of a namespace. Workers ask it for times to send at; it
 * begins with the first ask and ends when nobody has asked for some minutes.
 *
 * It runs on a queue of its own that every worker polls, and workers of different builds may take turns: a change must
 * be readable by those before it.
 *
 * @param key whose limits these are
 * @param carried what it knows, when it continues as new; callers leave it out, or null
 */
export async function limiter(
  key: LimitedKey,
  carried?: LimiterState | null,
  settings: LimiterSettings = {},
): Promise<void> {
  const { historyLimit = HISTORY_LIMIT, idleMs = IDLE_MS } = settings;
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
    return continueAsNewSuggested || historyLength >= historyLimit;
  };
  for (;;) {
    const leftMs = Math.max(state.askedAt + idleMs, state.heldUntil) - Date.now();
    if (leftMs <= 0) break;
    if (await condition(mustContinue, leftMs)) {
      await condition(allHandlersFinished);
      return continueAsNew<typeof limiter>(key, state, settings);
    }
  }
  await condition(allHandlersFinished);
}
