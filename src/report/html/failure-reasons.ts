import type { ConversationRecord } from '../../core/conversation.js';
import { failedItemOf } from '../../core/failed-item.js';
import { shorten } from '../../core/shorten.js';

/** Why a conversation did not pass: a check that failed, the code of an error, or a guardrail. */
export interface FailureReason {
  reason: string;
  message: string;
  hint?: string;
}

const MAX_REASONS = 50;
const MAX_MESSAGE = 500;

/** Each reason once, the one that reports name first; empty when it passed. An error leaves its checks out of account. */
export function failureReasons(record: ConversationRecord): FailureReason[] {
  const first = failedItemOf(record);
  if (first === undefined) return [];
  const { reason, message, hint } = first;
  const found = new Map<string, FailureReason>([[reason, { reason, message, hint }]]);
  if (record.verdict === 'failed') {
    for (const check of record.assertions) {
      if (check.passed || check.skipped || found.has(check.type) || found.size >= MAX_REASONS) continue;
      found.set(check.type, { reason: check.type, message: shorten(check.error ?? check.explanation, MAX_MESSAGE) });
    }
  }
  return [...found.values()];
}
