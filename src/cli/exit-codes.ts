import type { ErrorCode } from '../core/errors.js';
import { EXIT } from '../core/exit-codes.js';

const USAGE: ReadonlySet<ErrorCode> = new Set([
  'invalid_input',
  'unresolved_variable',
  'prompt_not_found',
  'provider_not_found',
  'no_scenarios',
  'unsupported',
]);

/** Exit code of a command that could not do its work. */
export function exitCodeOf(code: ErrorCode): number {
  if (USAGE.has(code)) return EXIT.usage;
  return code === 'internal' ? EXIT.fault : EXIT.infrastructure;
}
