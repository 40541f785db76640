import { EXIT } from '../../core/exit-codes.js';
import { type GlobalOptions, openContext } from '../context.js';
import { estimate, formatRange } from '../estimate.js';
import { describeMatrix, readBundle, type SelectionOptions } from '../read-bundle.js';
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
  const expected = estimate(bundle, matrix, options.mockProvider === true);
  if (options.output === 'json') {
    const { cells, regions } = matrix;
    const { name, digest } = bundle;
    out(JSON.stringify({ schemaVersion: 1, bundle: { name, digest }, regions, cells, ...expected }, null, 2));
    return EXIT.ok;
  }
  say(`bundle   ${bundle.name}  ${describeMatrix(matrix)}`);
  const rows = matrix.cells.map((cell) => [cell.scenario, cell.providers.join(', '), String(cell.trials)]);
  out(table(['SCENARIO', 'PROVIDERS', 'TRIALS'], rows).join('\n'));
  const cost = expected.costUsd;
  out('');
  out(`conversations  ${expected.conversations}`);
  out(`calls          ${expected.calls} at least; tool calls come on top`);
  out(`cost           ${cost === undefined ? 'not known' : formatRange(cost)}`);
  if (expected.unpriced.length > 0) say(`no price is known for ${expected.unpriced.join(', ')}`);
  return EXIT.ok;
}
