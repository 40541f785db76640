import type { ConversationRecord } from './conversation.js';
import type { FailedItem } from './run.js';
import { shorten } from './shorten.js';

/** Longest message of a failed item, in UTF-16 units: a run's summary holds many of them. */
const MAX_MESSAGE = 500;

function whyFailed(record: ConversationRecord): Pick<FailedItem, 'reason' | 'message' | 'hint' | 'source'> {
  const { error } = record;
  if (error && record.verdict === 'errored') return { reason: error.code, message: error.message, hint: error.hint };
  const check = record.assertions.find((one) => !one.passed && !one.skipped);
  if (check) {
    const found = check.error ?? check.explanation;
    const message = check.message ? `${check.message}: ${found}` : found;
    return { reason: check.type, message, source: check.source };
  }
  if (error) return { reason: error.code, message: error.message, hint: error.hint };
  const violation = record.violations[0];
  if (violation) {
    const message = violation.message ?? `the guardrail ${violation.validator} fired on ${violation.direction}`;
    return { reason: violation.validator, message };
  }
  return { reason: 'internal', message: 'the record names no reason' };
}

/** A conversation that did not pass in one line, or undefined when it passed. The first reason counts. */
export function failedItemOf(record: ConversationRecord): FailedItem | undefined {
  if (record.verdict === 'passed') return undefined;
  const { reason, message, hint, source } = whyFailed(record);
  return {
    id: record.id,
    index: record.index,
    verdict: record.verdict,
    reason,
    message: shorten(message, MAX_MESSAGE),
    ...(hint === undefined ? {} : { hint }),
    ...(source === undefined ? {} : { source }),
    ...(record.tolerated === true ? { tolerated: true } : {}),
  };
}
