/** A matrix in numbers. Pure. */
import { itemsOfCell, type Plan, type PlanCell } from '../core/plan.js';

type Sizes = Pick<Plan, 'cells' | 'regions'>;

const isEval = ({ recordings }: PlanCell): boolean => recordings !== undefined;

/** `7 scenarios x 3 providers = 21 conversations`, `2 evals: 5 recordings`, or both, joined by ` + `. */
export function describeMatrix({ cells, regions }: Sizes): string {
  const evals = cells.filter(isEval);
  const scenarios = cells.filter((cell) => !isEval(cell));
  const parts: string[] = [];
  if (scenarios.length > 0 || evals.length === 0) parts.push(describeScenarios(scenarios, regions.length));
  if (evals.length > 0) parts.push(`${count(evals.length, 'eval')}: ${count(sizeOf(evals, 1), 'recording')}`);
  return parts.join(' + ');
}

function describeScenarios(cells: readonly PlanCell[], regions: number): string {
  const providers = new Set(cells.flatMap((cell) => cell.providers)).size;
  const trials = new Set(cells.map((cell) => cell.trials));
  const parts = [count(cells.length, 'scenario'), count(providers, 'provider')];
  if (regions > 1) parts.push(count(regions, 'region'));
  const [same] = trials;
  if (trials.size === 1 && same !== undefined && same > 1) parts.push(count(same, 'trial'));
  const size = sizeOf(cells, regions);
  // Scenarios may differ in their providers; the product would then be wrong.
  const isProduct = size === cells.length * providers * regions * (trials.size === 1 ? (same ?? 1) : 0);
  return `${parts.join(isProduct ? ' x ' : ', ')}${isProduct ? ' =' : ':'} ${count(size, 'conversation')}`;
}

function sizeOf(cells: readonly PlanCell[], regions: number): number {
  return cells.reduce((sum, cell) => sum + itemsOfCell(cell, regions), 0);
}

/** Conversations by provider; those of evals stand under `eval`. Empty where their number is not known: of data. */
export function providerTotals({ cells, regions, dataGen }: Sizes & Pick<Plan, 'dataGen'>): Map<string, number> {
  const totals = new Map<string, number>();
  if (dataGen !== undefined) return totals;
  for (const cell of cells) {
    const each = itemsOfCell(cell, regions.length) / cell.providers.length;
    for (const id of cell.providers) totals.set(id, (totals.get(id) ?? 0) + each);
  }
  return totals;
}

export function count(number: number, word: string): string {
  return `${number} ${word}${number === 1 ? '' : 's'}`;
}
