import { EXIT } from '../../core/exit-codes.js';
import { itemsOfCell } from '../../core/plan.js';
import { type GlobalOptions, openContext } from '../context.js';
import { count, describeMatrix } from '../describe-matrix.js';
import { estimate, formatCost, unpricedLines } from '../estimate.js';
import { readBundle, type SelectionOptions } from '../read-bundle.js';
import { table } from '../table.js';

export interface PlanOptions extends GlobalOptions, SelectionOptions {
  output: 'table' | 'json';
}

export async function plan(path: string, options: PlanOptions): Promise<number> {
  const context = openContext(options);
  const { out, say } = context.terminal;
  const ready = readBundle(context, path, options);
  if (ready === undefined) return EXIT.usage;
  const { bundle, matrix } = ready;
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
  out(`conversations  ${expected.conversations}`);
  out(`calls          ${expected.calls} at least; tool calls and judges come on top`);
  out(`cost           ${formatCost(expected) ?? 'not known'}`);
  for (const line of unpricedLines(bundle, expected.unpriced)) say(line);
  return EXIT.ok;
}
