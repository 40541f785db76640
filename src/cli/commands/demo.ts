import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parse } from 'yaml';
import { findArenaFile } from '../../bundle/find-arena-file.js';
import { ArenaError } from '../../core/errors.js';
import { EXIT } from '../../core/exit-codes.js';
import type { RunSummary } from '../../core/run.js';
import { packageFolder } from '../../local/programs.js';
import { type GlobalOptions, openContext } from '../context.js';
import { readBundle } from '../read-bundle.js';
import { finalSummary } from '../run-store.js';
import { runBundle } from './run.js';

export interface DemoOptions extends GlobalOptions {
  out: string;
}

/** In the Arena file's metadata: cells (`scenario/provider`, comma-separated) that are meant to fail. */
const EXPECTED_FAILURES = 'arena.dev/expected-failures';

/** Runs the quickstart bundle; 0 when exactly the failures came out that it names. */
export async function demo(options: DemoOptions): Promise<number> {
  const context = openContext(options);
  const { terminal } = context;
  const path = join(packageFolder(), 'examples', 'quickstart');
  const ready = readBundle(context, path, {});
  if (ready === undefined) return EXIT.fault;
  const expected = await expectedFailures(path);
  const { code, run } = await runBundle(context, path, ready, { ...options, workers: 1, output: 'table' });
  const summary = await finalSummary(context, run);
  if (code === EXIT.interrupted || summary === undefined) return code;
  const surprises = differences(summary, expected);
  for (const surprise of surprises) terminal.complain(`${terminal.colors.red('demo')}     ${surprise}`);
  if (surprises.length > 0) return EXIT.fault;
  const which = [...expected].join(', ');
  terminal.say(`demo     all as intended: the failure of ${which} is meant to be there, it shows what one looks like`);
  return EXIT.ok;
}

async function expectedFailures(path: string): Promise<Set<string>> {
  const entry = findArenaFile(path);
  if ('severity' in entry) throw new ArenaError({ code: 'internal', message: `${path} ${entry.message}` });
  const document: unknown = parse(await readFile(join(entry.folder, entry.file), 'utf8'));
  const text = property(property(property(document, 'metadata'), 'annotations'), EXPECTED_FAILURES);
  if (typeof text !== 'string') return new Set();
  return new Set(text.split(',').map((cell) => cell.trim()));
}

function property(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined;
}

function differences({ cells, counts }: RunSummary, expected: ReadonlySet<string>): string[] {
  const failed = new Set(cells.filter((cell) => cell.failed > 0).map((cell) => cell.key));
  const errored = cells.filter((cell) => cell.errored > 0).map((cell) => cell.key);
  return [
    ...errored.map((cell) => `${cell} could not be held`),
    ...[...failed].filter((cell) => !expected.has(cell)).map((cell) => `${cell} failed and was meant to pass`),
    ...[...expected].filter((cell) => !failed.has(cell)).map((cell) => `${cell} passed and was meant to fail`),
    ...(counts.passed + counts.failed + counts.errored < counts.total ? ['some conversations did not run'] : []),
  ];
}
