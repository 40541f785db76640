import type { ConversationRecord } from './conversation.js';

/** The conditions of `fail_on`, and what always counts: a bundle that cannot be carried out as written. */
export type FailureCause = 'assertion_failure' | 'validation_error' | 'provider_error' | 'timeout' | 'invalid_bundle';

const TIMEOUTS = new Set(['item_timeout', 'call_timeout']);
const INVALID = new Set([
  'invalid_input',
  'unresolved_variable',
  'prompt_not_found',
  'provider_not_found',
  'unsupported',
]);

/** Why a record did not pass; undefined when it did. */
export function causeOf(record: ConversationRecord): FailureCause | undefined {
  if (record.verdict === 'passed') return undefined;
  if (record.verdict === 'failed') {
    const failed = record.assertions.some((assertion) => !assertion.passed);
    return failed || record.violations.length === 0 ? 'assertion_failure' : 'validation_error';
  }
  const code = record.error?.code ?? 'internal';
  if (TIMEOUTS.has(code)) return 'timeout';
  return INVALID.has(code) ? 'invalid_bundle' : 'provider_error';
}
