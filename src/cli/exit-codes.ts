import type { ErrorCode } from '../core/errors.js';

/** What a command ends with, by cause. The verdict of a run carries its own (3, 7, 8, 124), from the same list. */
export const EXIT = {
  ok: 0,
  fault: 1,
  usage: 2,
  infrastructure: 7,
  interrupted: 130,
} as const;

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
