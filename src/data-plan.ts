import type { Bundle } from './bundle/bundle.js';
import { type Fault, JOB } from './bundle/fault.js';
import type { Matrix } from './bundle/matrix.js';
import { hintFor } from './bundle/suggest.js';
import type { DataGenSettings, DataPlan } from './core/datagen/data-plan.js';
import type { Plan, PlanCell } from './core/plan.js';
import { recordFaults } from './engine/datagen/record-maker.js';
import { type ReportOptions, reportPaths } from './report/report-options.js';
import type { JobInput, ReportFormat } from './schema/job.js';

/** Conversations that one run may hold: their results are found by some 20 bytes each in memory. */
const MAX_ITEMS = 100_000_000;

const DEFAULT_COUNT = 100;
const DEFAULT_ATTEMPTS = 3;
const DEFAULT_PART_RECORDS = 100_000;

/** Settings of the generation of data with every default filled in; undefined: the run is of another kind. */
export function dataGenSettings({
  type,
  dataGen = {},
}: Pick<JobInput, 'type' | 'dataGen'>): DataGenSettings | undefined {
  if (type !== 'datagen') return undefined;
  const { weights, dedupe, split } = dataGen;
  return {
    count: dataGen.count ?? DEFAULT_COUNT,
    format: dataGen.format ?? 'jsonl',
    seed: dataGen.seed ?? 1,
    keep: dataGen.keep ?? 'all',
    ...(weights === undefined ? {} : { weights }),
    record: dataGen.record ?? {},
    attempts: dataGen.attempts ?? DEFAULT_ATTEMPTS,
    dedupe: {
      exact: dedupe !== undefined && (dedupe.exact ?? true),
      ...(dedupe?.near === undefined ? {} : { near: dedupe.near }),
    },
    ...(split === undefined ? {} : { validation: split.validation }),
    partRecords: dataGen.partRecords ?? DEFAULT_PART_RECORDS,
  };
}

/** The matrix of a run whose conversations become records: its cells, the first round, and what cannot take effect. */
export function matrixOfRecords(
  bundle: Bundle,
  matrix: Matrix,
  dataGen: DataGenSettings | undefined,
  retryOf: string | undefined,
): Matrix & Pick<Plan, 'dataGen'> {
  if (dataGen === undefined) return matrix;
  const { cells, faults } = dataCells(bundle, matrix.cells);
  const found = [...matrix.faults, ...faults, ...dataGenFaults(dataGen, cells, retryOf)];
  return { ...matrix, cells, faults: found, dataGen: dataPlanOf(dataGen) };
}

/** The first round of conversations: one for each record. */
function dataPlanOf({ count, attempts, seed, weights }: DataGenSettings): DataPlan {
  return { items: count, limit: count * attempts, seed, ...(weights === undefined ? {} : { weights }) };
}

/** Cells whose conversations become records. Recordings are only judged: they are left out, which is said. */
function dataCells(bundle: Bundle, cells: readonly PlanCell[]): { cells: PlanCell[]; faults: Fault[] } {
  const held = cells.filter(({ recordings }) => recordings === undefined);
  const { file } = bundle.arena;
  if (held.length === 0) {
    const message = 'there is no scenario whose conversations could become records';
    return { cells: held, faults: [{ severity: 'error', file, message, hint: 'list some under scenarios' }] };
  }
  if (held.length === cells.length) return { cells: held, faults: [] };
  const message = 'evals of recordings give no records';
  return { cells: held, faults: [{ severity: 'warning', file, message, hint: 'they are left out' }] };
}

/** What of the settings cannot take effect on this bundle, before anything is called. */
function dataGenFaults(settings: DataGenSettings, cells: readonly PlanCell[], retryOf?: string): Fault[] {
  const fault = (path: string, message: string, hint?: string): Fault => {
    return { severity: 'error', file: JOB, message: `${path} ${message}`, ...(hint === undefined ? {} : { hint }) };
  };
  const faults = recordFaults(settings.record).map(({ path, message }) =>
    fault(['dataGen.record', ...path].join('.'), message),
  );
  const scenarios = new Set(cells.map(({ scenario }) => scenario));
  for (const scenario of Object.keys(settings.weights ?? {})) {
    if (scenarios.has(scenario)) continue;
    faults.push(
      fault('dataGen.weights', `names "${scenario}", which is not run`, hintFor(scenario, scenarios, 'scenarios')),
    );
  }
  const { count, attempts, validation } = settings;
  if (count * attempts > MAX_ITEMS) {
    const many = `allows ${count * attempts} conversations for ${count} records, more than ${MAX_ITEMS}`;
    faults.push(fault('dataGen.attempts', many, 'lower it, or make several sets with different seeds'));
  }
  if (validation !== undefined && count < 2)
    faults.push(fault('dataGen.split', 'has nothing to part in one record', 'raise dataGen.count or leave it out'));
  if (retryOf !== undefined)
    faults.push(fault('retryOf', 'cannot stand beside the generation of data', 'start a new run'));
  return faults;
}

/** Reports that would be written over files of records. */
export function recordFileFaults(
  { arena }: Bundle,
  { formats, reports }: { formats: readonly ReportFormat[]; reports: ReportOptions },
): Fault[] {
  const named: [string[], string][] = [...reportPaths(formats, reports)].map(([format, path]) => [
    [format, 'file'],
    path,
  ]);
  if (reports.recordings !== undefined) named.push([['recording', 'dir'], reports.recordings.dir]);
  return named
    .filter(([, path]) => /^dataset([./]|$)/.test(path))
    .map(([at, path]) => ({
      severity: 'error',
      ...arena.placeOf(['spec', 'defaults', 'output', ...at]),
      message: `"${path}" lies where the files of records lie`,
      hint: 'choose a name that does not begin with dataset',
    }));
}
