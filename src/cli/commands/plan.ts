import type { Matrix } from '../../bundle/matrix.js';
import { EXIT } from '../../core/exit-codes.js';
import { itemsOfCell } from '../../core/plan.js';
import type { LoadTestInput } from '../../schema/load-test.js';
import { type GlobalOptions, openContext } from '../context.js';
import { describeLoad, estimateLoad } from '../describe-load.js';
import { count, describeMatrix } from '../describe-matrix.js';
import { estimate, formatCost, unpricedLines } from '../estimate.js';
import { loadKind } from '../load-input.js';
import type { LoadOptions } from '../load-options.js';
import { readBundle, type SelectionOptions } from '../read-bundle.js';
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
  const expected =
    load === undefined ? estimate(bundle, matrix, options) : estimateLoad(ready, load.loadTest, load.workers, options);
  if (options.output === 'json') {
    const { cells, regions } = matrix;
    const { name, digest } = bundle;
    const whole = { schemaVersion: 1, bundle: { name, digest }, regions, cells, loadTest, ...expected };
    out(JSON.stringify(whole, null, 2));
    return EXIT.ok;
  }
  if (load === undefined) {
    say(`bundle   ${bundle.name}  ${describeMatrix(matrix)}`);
    out(matrixTable(matrix).join('\n'));
  } else {
    say(`bundle   ${bundle.name}  ${describeLoad(ready, load.loadTest, load.workers)}`);
    out(weightTable(matrix, load.loadTest).join('\n'));
  }
  out('');
  if (expected === undefined) {
    // It depends on how fast they are answered.
    out('calls          as many as are answered in time');
    return EXIT.ok;
  }
  out(`conversations  ${expected.conversations}`);
  out(`calls          ${expected.calls} at least; tool calls and judges come on top`);
  out(`cost           ${formatCost(expected) ?? 'not known'}`);
  for (const line of unpricedLines(bundle, expected.unpriced)) say(line);
  return EXIT.ok;
}

function matrixTable({ cells, regions }: Matrix): string[] {
  const rows = cells.map((cell) => [
    cell.scenario,
    cell.recordings === undefined ? cell.providers.join(', ') : count(cell.recordings.length, 'recording'),
    String(cell.trials),
    String(itemsOfCell(cell, regions.length)),
  ]);
  return table(['SCENARIO', 'PROVIDERS', 'TRIALS', 'CONVERSATIONS'], rows, new Set([2, 3]));
}

function weightTable({ cells }: Matrix, { weights = {} }: LoadTestInput): string[] {
  const known = new Map(Object.entries(weights));
  const rows = cells.map(({ scenario, providers }) => {
    return [scenario, providers.join(', '), String(known.get(scenario) ?? 1)];
  });
  return table(['SCENARIO', 'PROVIDERS', 'WEIGHT'], rows, new Set([2]));
}
