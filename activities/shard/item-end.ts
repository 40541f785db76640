/** Ends of conversations that no engine comes to. */
import type { ConversationRecord } from '../../src/core/conversation.js';
import { ArenaError } from '../../src/core/errors.js';
import type { PlanItem } from '../../src/core/plan.js';

export function itemTimeout(timeoutMs: number): ArenaError {
  return new ArenaError({
    code: 'item_timeout',
    message: `the conversation did not end within ${timeoutMs / 1000} s`,
    hint: 'raise timeouts.item of the job or defaults.run_timeout of the Arena file',
  });
}

/** What is written down about a conversation that keeps killing its worker. */
export function crashedRecord(
  { recording: _, ...item }: PlanItem,
  attempt: number,
  crashes: number,
): ConversationRecord {
  return {
    schemaVersion: 1,
    ...item,
    verdict: 'errored',
    error: {
      code: 'worker_crashed',
      message: `the worker process died ${crashes} times while this conversation was open, the last time with no other`,
      hint: 'look at the end of the worker’s log; the other conversations are not affected',
    },
    messages: [],
    assertions: [],
    violations: [],
    usage: {},
    timing: { startedAt: Date.now(), durationMs: 0, callMs: 0, waitMs: 0 },
    calls: 0,
    attempt,
  };
}
