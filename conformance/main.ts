/** Compares what this product makes of bundles with what the reference engine made of them. See `USAGE`. */
import { readFileSync, writeFileSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { EXIT } from '../src/core/exit-codes.js';
import { parseCommand } from './command.js';
import { type Comparison, compareBundle, type RunOutcome } from './compare-bundle.js';
import type { Difference } from './difference.js';
import { Interrupted, withArena } from './durable-arena.js';
import { runInEngine } from './engine-runner.js';
import { EXCEPTIONS } from './exceptions.js';
import { findBundles, GOLDEN_FILE } from './find-bundles.js';
import { type Golden, readGolden } from './golden.js';
import type { Runner } from './runner.js';
import { formatTable } from './table.js';
import { throughWorkflow } from './workflow-runner.js';

/** The visible corpus lies beside the checkout. */
const CORPUS = resolve(fileURLToPath(new URL('../../../shared/corpus', import.meta.url)));

const MAX_PRINTED = 20;

const USAGE = `Usage: npm run conformance -- [FOLDER…] [options]

A FOLDER holds a bundle with a golden.json, or folders that do. Default: ../shared/corpus beside the checkout.

  --through workflow  as a user runs it: a Temporal dev server of its own, worker processes, jobs (default)
  --through engine    in this process, without anything durable: quick, for work on the engine
  --kill-worker       kills the worker that runs the largest bundle; nothing may differ for it
  --json FILE         all numbers and differences
  --help              this text

Exit codes: 0 no difference, 1 a difference that neither the golden nor conformance/exceptions.ts waives,
2 not done (a folder or an option that cannot be used, no Temporal), 130 interrupted.
`;

interface Case {
  folder: string;
  golden: Golden;
}

function readCase(folder: string): Case {
  return { folder, golden: readGolden(readFileSync(join(folder, GOLDEN_FILE), 'utf8')) };
}

/** Folder of the bundle with the most runs. */
function largest(cases: readonly Case[]): string | undefined {
  return [...cases].sort((a, b) => b.golden.runs.length - a.golden.runs.length)[0]?.folder;
}

async function compareAll(cases: readonly Case[], run: Runner): Promise<Comparison[]> {
  const comparisons: Comparison[] = [];
  for (const { folder, golden } of cases) {
    comparisons.push(compareBundle(golden, await runGolden(folder, golden, run), EXCEPTIONS));
  }
  return comparisons;
}

async function runGolden(folder: string, golden: Golden, run: Runner): Promise<RunOutcome> {
  try {
    // Some commands start above the bundle: the file they name is the bundle's all the same.
    const arguments_ = parseCommand(golden.command);
    return await run(resolve(folder, basename(arguments_.config ?? golden.config)), arguments_);
  } catch (error) {
    return { records: [], broken: error instanceof Error ? error.message : String(error) };
  }
}

function formatDifference({ aspect, scenario, provider, region, message }: Difference): string {
  const run = scenario === undefined ? '' : ` ${scenario}/${provider}${region === 'default' ? '' : `/${region}`}`;
  return `  ${aspect}${run}: ${message}`;
}

function complain(line: string): void {
  process.stderr.write(`${line}\n`);
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}

function printDetails(comparisons: readonly Comparison[]): void {
  for (const { report } of comparisons) {
    if (report.differences.length === 0) continue;
    print(`\n${report.bundle}`);
    for (const difference of report.differences.slice(0, MAX_PRINTED)) print(formatDifference(difference));
    const more = report.differences.length - MAX_PRINTED;
    if (more > 0) print(`  and ${more} more (--json FILE has them all)`);
  }
  const bundles = new Set(comparisons.map(({ report }) => report.bundle));
  const used = new Set(comparisons.flatMap((comparison) => comparison.used));
  if (used.size > 0) print('\nAccepted by our own list:');
  for (const { bundle, reason } of used) print(`  ${bundle}: ${reason}`);
  const idle = EXCEPTIONS.filter((exception) => bundles.has(exception.bundle) && !used.has(exception));
  if (idle.length > 0) print('\nNo longer needed in our own list:');
  for (const { bundle, reason } of idle) print(`  ${bundle}: ${reason}`);
}

const THROUGH = ['workflow', 'engine'] as const;

function readOptions() {
  const { values, positionals } = parseArgs({
    options: {
      json: { type: 'string' },
      through: { type: 'string', default: 'workflow' },
      'kill-worker': { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
    allowPositionals: true,
  });
  const through = THROUGH.find((known) => known === values.through);
  if (through === undefined) throw new Error(`--through takes ${THROUGH.join(' or ')}, not "${values.through}"`);
  const killWorker = values['kill-worker'];
  if (killWorker && through === 'engine') throw new Error('--kill-worker needs --through workflow');
  return { folders: positionals, json: values.json, through, killWorker, help: values.help };
}

async function main(): Promise<number> {
  const { folders, json, through, killWorker, help } = readOptions();
  if (help) {
    process.stdout.write(USAGE);
    return 0;
  }
  const cases = findBundles(folders.length > 0 ? folders : [CORPUS]).map(readCase);
  const comparisons =
    through === 'engine'
      ? await compareAll(cases, runInEngine)
      : await withArena(process.env, complain, (arena) =>
          compareAll(cases, throughWorkflow(arena, killWorker ? largest(cases) : undefined, complain)),
        );
  const bundles = comparisons.map(({ report }) => report);
  print(formatTable(bundles));
  printDetails(comparisons);
  if (json !== undefined) writeFileSync(json, `${JSON.stringify({ bundles }, null, 2)}\n`);
  return bundles.some(({ differences }) => differences.length > 0) ? 1 : 0;
}

try {
  process.exitCode = await main();
} catch (error) {
  const interrupted = error instanceof Interrupted;
  complain(`conformance: ${error instanceof Error ? error.message : String(error)}`);
  // What was under way may hold this process up.
  process.exit(interrupted ? EXIT.interrupted : EXIT.usage);
}
