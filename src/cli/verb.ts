/** What all verbs of the command have in common. */
import { type Command, Option } from 'commander';
import * as values from './option-values.js';

/** Takes the exit code of the verb that ran. */
export type Finish = (code: number) => void;

export const OUTPUT = new Option('--output <form>', 'form of the result on stdout')
  .choices(['table', 'json'])
  .default('table');

/** A worker takes some 250 MB; more of them than this on one machine is a slip of the keyboard. */
export const MAX_LOCAL_WORKERS = 64;

/** A verb with its description and two examples or more, which take the options of every verb. */
export function verb(
  program: Command,
  usage: string,
  description: string,
  examples: [string, string, ...string[]],
): Command {
  return program
    .command(usage)
    .description(description)
    .addHelpText('after', `\nExamples:\n${examples.map((example) => `  $ ${example}`).join('\n')}`)
    .optionsGroup('Every verb:')
    .helpOption('-h, --help', 'show this')
    .option(
      '--data-dir <folder>',
      'runs, reports and engine (default: ARENA_DATA_DIR, else the user’s data folder)',
      values.path,
    )
    .option('--no-color', 'no colours')
    .option('-q, --quiet', 'say nothing but the result and what went wrong')
    .optionsGroup('Options:')
    .showHelpAfterError(`(arena ${usage.split(' ')[0]} --help shows the options)`)
    .exitOverride();
}
