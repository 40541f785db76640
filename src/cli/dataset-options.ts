/** Options of `arena generate` about the data that is made. */
import { type Command, InvalidArgumentError } from 'commander';
import type { DataGenInput } from '../schema/data-gen.js';
import { readDataFile } from './data-file.js';
import * as values from './option-values.js';

const FORMATS = ['jsonl', 'json', 'csv'] as const satisfies readonly DataGenInput['format'][];
const KEPT = ['all', 'passed'] as const satisfies readonly DataGenInput['keep'][];

export interface DatasetOptions {
  count?: number;
  format?: DataGenInput['format'];
  keep?: DataGenInput['keep'];
  schema?: string;
  template?: string;
  dedupe?: DataGenInput['dedupe'];
  split?: number;
  seed?: number;
  weight?: { [scenario: string]: number };
  attempts?: number;
  partRecords?: number;
}

export function datasetOptions(command: Command): Command {
  return countOptions(command.optionsGroup('What data is made:'))
    .option('--format <form>', `form of its files: ${FORMATS.join(', ')} (default: jsonl)`, oneOf(FORMATS))
    .option('--keep <which>', 'all, or passed: only conversations whose checks all hold (default: all)', oneOf(KEPT))
    .option('--schema <file>', 'JSON Schema (JSON or YAML) that the last answer, read as JSON, must meet', values.path)
    .option('--template <file>', 'JSON or YAML with {{placeholders}}: the data of a record', values.path)
    .option('--dedupe <how>', 'leave out duplicates: exact, near=0.9 (share of common phrases), or both', dedupe)
    .option('--split <share>', 'share of the records that goes into validation files, such as 0.1', splitShare)
    .option('-s, --seed <n>', 'of everything that varies between records (default: 1)', values.integer)
    .option('--part-records <n>', 'records of a file at most (default: 100000)', values.wholeNumber(1, 10_000_000));
}

/** How many records, from which scenarios. */
function countOptions(command: Command): Command {
  return command
    .option('--count <n>', 'records in all (default: 100)', values.wholeNumber(1, 10_000_000))
    .option('--weight <scenario=n>', 'its part of the records, beside the others’; repeatable', values.weight)
    .option(
      '--attempts <n>',
      'conversations for each record at most, when some give none (default: 3)',
      values.wholeNumber(1, 100),
    );
}

/** The block `dataGen` of the job's input. Reads the files of schema and template; throws `invalid_input` for those. */
export function dataGenOf(options: DatasetOptions): DataGenInput {
  const { count, format, keep, schema, template, dedupe, split, seed, weight, attempts, partRecords } = options;
  const record = {
    ...(schema === undefined ? {} : { schema: readDataFile(schema, 'the JSON Schema', '--schema').asMap() }),
    ...(template === undefined ? {} : { template: readDataFile(template, 'the template', '--template').value }),
  };
  const written = {
    ...{ count, format, weights: weight, seed, keep, attempts, dedupe, partRecords },
    record: Object.keys(record).length > 0 ? record : undefined,
    split: split === undefined ? undefined : { validation: split },
  };
  return Object.fromEntries(Object.entries(written).filter(([, value]) => value !== undefined));
}

function oneOf<T extends string>(allowed: readonly T[]): (text: string) => T {
  return (text) => {
    const known = allowed.find((one) => one === text);
    if (known === undefined) throw new InvalidArgumentError(`It must be ${allowed.join(' or ')}.`);
    return known;
  };
}

function dedupe(text: string, before: DataGenInput['dedupe']): DataGenInput['dedupe'] {
  const found = { ...before };
  for (const item of values.list(text, undefined)) {
    if (item === 'exact') found.exact = true;
    else if (item.startsWith('near=')) found.near = above(0, item.slice('near='.length), 'near');
    else throw new InvalidArgumentError(`"${item}" is neither exact nor near=0.9.`);
  }
  return found;
}

/** Both ends are left out: a set without any records is none. */
function splitShare(text: string): number {
  const value = above(0, text, 'It');
  if (value < 1) return value;
  throw new InvalidArgumentError('It must be below 1.');
}

function above(min: number, text: string, what: string): number {
  const value = values.share(text);
  if (value > min) return value;
  throw new InvalidArgumentError(`${what} must be above ${min}.`);
}
