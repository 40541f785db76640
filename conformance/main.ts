/**
 * Compares what this product makes of bundles with what the reference engine made of them.
 *
 *     npm run conformance -- [FOLDER…] [--json FILE]
 *
 * A folder holds a bundle with a `golden.json`, or folders that do. Exits with 1 on a difference that is waived neither
 * by the golden nor by our own list (`exceptions.ts`), with 2 when a folder cannot be used.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { parseCommand } from './command.js';
import { type Comparison, compareBundle, type RunOutcome } from './compare-bundle.js';
import type { Difference } from './difference.js';
import { runInEngine } from './engine-runner.js';
import { EXCEPTIONS } from './exceptions.js';
import { findBundles, GOLDEN_FILE } from './find-bundles.js';
import { type Golden, readGolden } from './golden.js';
import type { Runner } from './runner.js';
import { formatTable } from './table.js';

/** The visible corpus lies beside the checkout. */
const CORPUS = resolve(fileURLToPath(new URL('../../../shared/corpus', import.meta.url)));

const MAX_PRINTED = 20;

async function compareFolder(folder: string, run: Runner): Promise<Comparison> {
  const golden = readGolden(readFileSync(join(folder, GOLDEN_FILE), 'utf8'));
  return compareBundle(golden, await runGolden(folder, golden, run), EXCEPTIONS);
}

async function runGolden(folder: string, golden: Golden, run: Runner): Promise<RunOutcome> {
  try {
    // Some commands start above the bundle: the file they name is the bundle's all the same.
    const arguments_ = parseCommand(golden.command);
    return await run(join(folder, basename(arguments_.config ?? golden.config)), arguments_);
  } catch (error) {
    return { records: [], refused: error instanceof Error ? error.message : String(error) };
  }
}

function formatDifference({ aspect, scenario, provider, region, message }: Difference): string {
  const run = scenario === undefined ? '' : ` ${scenario}/${provider}${region === 'default' ? '' : `/${region}`}`;
  return `  ${aspect}${run}: ${message}`;
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

async function main(): Promise<number> {
  const { values, positionals } = parseArgs({ options: { json: { type: 'string' } }, allowPositionals: true });
  const folders = findBundles(positionals.length > 0 ? positionals : [CORPUS]);
  const comparisons: Comparison[] = [];
  for (const folder of folders) comparisons.push(await compareFolder(folder, runInEngine));
  const bundles = comparisons.map(({ report }) => report);
  print(formatTable(bundles));
  printDetails(comparisons);
  if (values.json !== undefined) writeFileSync(values.json, `${JSON.stringify({ bundles }, null, 2)}\n`);
  return bundles.some(({ differences }) => differences.length > 0) ? 1 : 0;
}

try {
  process.exitCode = await main();
} catch (error) {
  process.stderr.write(`conformance: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 2;
}
