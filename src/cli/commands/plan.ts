import type { Bundle } from '../../bundle/bundle.js';
import { EXIT } from '../../core/exit-codes.js';
import { itemsOfCell } from '../../core/plan.js';
import { type CliContext, type GlobalOptions, openContext } from '../context.js';
import { describeLoad, estimateLoad } from '../describe-load.js';
import { count, describeMatrix } from '../describe-matrix.js';
import { type Estimate, estimate, formatCost, unpricedLines } from '../estimate.js';
import type { LoadWish } from '../load-faults.js';
import { loadKind } from '../load-input.js';
import type { LoadOptions } from '../load-options.js';
import { type ReadyBundle, readBundle, type SelectionOptions } from '../read-bundle.js';
import { table } from '../table.js';

export interface PlanOptions extends GlobalOptions, SelectionOptions, LoadOptions {
  workers: number;
  output: 'table' | 'json';
}

export async function plan(path: string, options: PlanOptions): Promise<number> {
  const context = openContext(options);
  const { out, say } = context.terminal;
  const { loadTest } = loadKind(options) ?? {};
  const load = loadTest && { loadTest, workers: options.workers };
  const ready = readBundle(context, path, options, { load });
  if (ready === undefined) return EXIT.usage;
  const { bundle, matrix } = ready;
  if (load !== undefined) return planLoadTest(context, ready, load, options);
  const expected = estimate(bundle, matrix, options);
  if (options.output === 'json') {
    const { cells, regions } = matrix;
    const { name, digest } = bundle;
    out(JSON.stringify({ schemaVersion: 1, bundle: { name, digest }, regions, cells, ...expected }, null, 2));
    return EXIT.ok;
  }
  say(`bundle   ${bundle.name}  ${describeMatrix(matrix)}`);
  const rows = matrix.cells.map((cell) => [
    cell.scenario,
    cell.recordings === undefined ? cell.providers.join(', ') : count(cell.recordings.length, 'recording'),
    String(cell.trials),
    String(itemsOfCell(cell, matrix.regions.length)),
  ]);
  out(table(['SCENARIO', 'PROVIDERS', 'TRIALS', 'CONVERSATIONS'], rows, new Set([2, 3])).join('\n'));
  out('');
  printEstimate(context, bundle, expected);
  return EXIT.ok;
}

/** How many there will be of a load test depends on how fast they are answered, unless they are sent at a rate. */
function planLoadTest(context: CliContext, ready: ReadyBundle, load: LoadWish, options: PlanOptions): number {
  const { out, say } = context.terminal;
  const { bundle, matrix } = ready;
  const { loadTest, workers } = load;
  const expected = estimateLoad(ready, loadTest, workers, options);
  if (options.output === 'json') {
    const { cells, regions } = matrix;
    const { name, digest } = bundle;
    const whole = { schemaVersion: 1, bundle: { name, digest }, regions, cells, loadTest, ...expected };
    out(JSON.stringify(whole, null, 2));
    return EXIT.ok;
  }
  say(`bundle   ${bundle.name}  ${describeLoad(ready, loadTest, workers)}`);
  const weights = new Map(Object.entries(loadTest.weights ?? {}));
  const rows = matrix.cells.map(({ scenario, providers }) => {
    return [scenario, providers.join(', '), String(weights.get(scenario) ?? 1)];
  });
  out(table(['SCENARIO', 'PROVIDERS', 'WEIGHT'], rows, new Set([2])).join('\n'));
  out('');
  if (expected === undefined) out('calls          as many as are answered in time');
  else printEstimate(context, bundle, expected);
  return EXIT.ok;
}

function printEstimate({ terminal }: CliContext, bundle: Bundle, expected: Estimate): void {
  const { out, say } = terminal;
  out(`conversations  ${expected.conversations}`);
  out(`calls          ${expected.calls} at least; tool calls and judges come on top`);
  out(`cost           ${formatCost(expected) ?? 'not known'}`);
  for (const line of unpricedLines(bundle, expected.unpriced)) say(line);
}
