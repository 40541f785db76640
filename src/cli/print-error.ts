import { ArenaError } from '../core/errors.js';
import { EXIT } from '../core/exit-codes.js';
import { exitCodeOf } from './exit-codes.js';
import type { Terminal } from './terminal.js';

/** Several faults stand below one another. */
const CONTINUED = `\n${' '.repeat('error    '.length)}`;

/** Tells what went wrong and what to do; gives the exit code. A stack trace is for our own faults alone. */
export function printError(error: unknown, terminal: Pick<Terminal, 'complain' | 'colors'>): number {
  const { complain, colors } = terminal;
  if (error instanceof ArenaError) {
    complain(`${colors.red('error')}    ${error.failure.message.replaceAll('\n', CONTINUED)}`);
    if (error.failure.hint !== undefined) complain(`next     ${error.failure.hint}`);
    return exitCodeOf(error.code);
  }
  complain(`${colors.red('error')}    this is a fault of Arena itself`);
  complain(error instanceof Error ? (error.stack ?? error.message) : String(error));
  return EXIT.fault;
}
