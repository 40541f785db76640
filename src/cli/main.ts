#!/usr/bin/env node
/** The `arena` command. */
import { CommanderError } from 'commander';
import picocolors from 'picocolors';
import { EXIT } from './exit-codes.js';
import { printError } from './print-error.js';
import { buildProgram } from './program.js';

// A reader that has seen enough (`arena status | head`) is no fault.
process.stdout.on('error', (error: NodeJS.ErrnoException) =>
  process.exit(error.code === 'EPIPE' ? EXIT.ok : EXIT.fault),
);

try {
  await buildProgram((code) => {
    process.exitCode = code;
  }).parseAsync(process.argv);
} catch (error) {
  // commander has said what is wrong; asking for help or the version ends this way as well.
  if (error instanceof CommanderError) process.exitCode = error.exitCode === 0 ? EXIT.ok : EXIT.usage;
  else process.exitCode = printError(error, { complain: (text) => console.error(text), colors: picocolors });
}
