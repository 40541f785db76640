#!/usr/bin/env node
/** The `arena` command. */
import { CommanderError } from 'commander';
import picocolors from 'picocolors';
import { EXIT } from '../core/exit-codes.js';
import { printError } from './print-error.js';
import { buildProgram } from './program.js';

// A reader that has seen enough (`arena status | head`) is no fault.
process.stdout.on('error', (error: NodeJS.ErrnoException) =>
  process.exit(error.code === 'EPIPE' ? EXIT.ok : EXIT.fault),
);

async function main(): Promise<number> {
  let code: number = EXIT.ok;
  try {
    await buildProgram((given) => {
      code = given;
    }).parseAsync(process.argv);
    return code;
  } catch (error) {
    // commander has said what is wrong; asking for help or the version ends this way as well.
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.ok : EXIT.usage;
    return printError(error, { complain: (text) => console.error(text), colors: picocolors });
  }
}

const code = await main();
// Connections to Temporal may still be open and would keep the process up; what is written goes out first.
process.stdout.write('', () => process.exit(code));
