import type { Bundle } from '../src/bundle/bundle.js';
import type { Fault } from '../src/bundle/fault.js';
import { inputFault } from '../src/bundle/load-faults.js';
import type { Matrix } from '../src/bundle/matrix.js';
import { conversationCells, outlineOf, planLoad } from '../src/bundle/plan-load.js';
import type { LoadPlan } from '../src/core/load/load-plan.js';
import type { PlanResult } from '../src/core/plan-result.js';
import { isPriced } from '../src/io/providers/pricing.js';
import type { JobInput } from '../src/schema/job.js';
import { kindFaults } from '../src/schema/job-kind.js';
import type { PlanRecord } from './run-plan.js';

/**
 * A load test as it will be made, with the cells of the matrix that conversations are held in; nothing where the run is
 * none. `bundle`: as it runs, with providers that stand in for others.
 */
export function acceptLoad(
  bundle: Bundle,
  input: JobInput,
  { cells, regions }: Pick<Matrix, 'cells' | 'regions'>,
  workers: number,
): { load?: LoadPlan; cells: Matrix['cells']; faults: Fault[] } {
  // Of an ArenaJob what the caller wrote beside it meets what the job says.
  const { type = 'evaluation' } = input;
  const beside = kindFaults({ ...input, type }).map(({ path, message }) => inputFault(path.join('.'), message));
  const { loadTest: settings } = input;
  if (settings === undefined || beside.length > 0) return { cells, faults: beside };
  const planned = planLoad({ bundle, input, settings, cells, regions, workers, isPriced });
  if ('faults' in planned) return { cells, faults: planned.faults };
  return { load: planned.plan, cells: conversationCells(cells), faults: leftOut(bundle, cells) };
}

/** What the workflow is told of a load test, in place of the items of other runs. */
export function loadResult({ load, input }: PlanRecord): Partial<PlanResult> {
  if (load === undefined || input.loadTest === undefined) return {};
  return { load: outlineOf(load, input.loadTest), total: load.conversations ?? 0, toRun: 0 };
}

function leftOut({ arena }: Bundle, cells: Matrix['cells']): Fault[] {
  const evals = cells.filter(({ recordings }) => recordings !== undefined).length;
  if (evals === 0) return [];
  const message = `${evals} evals of recordings are left out: they make no load`;
  return [{ severity: 'warning', file: arena.file, message }];
}
