import { relative, resolve } from 'node:path';
import type { Bundle } from '../bundle/bundle.js';
import { findArenaFile } from '../bundle/find-arena-file.js';
import { loadBundleFromDisk } from '../bundle/load-bundle.js';
import { type Matrix, planMatrix, type Selection } from '../bundle/matrix.js';
import { overrideProviders } from '../bundle/override-providers.js';
import { unsupportedFaults } from '../bundle/unsupported.js';
import { supportedAssertionTypes } from '../engine/assertions/registry.js';
import { checkWarnings } from '../engine/check-warnings.js';
import { providerTypes } from '../io/providers/create.js';
import type { CliContext } from './context.js';
import type { Variables } from './option-values.js';
import { printFaults } from './print-faults.js';

export interface SelectionOptions {
  scenario?: string[];
  provider?: string[];
  include?: string[];
  exclude?: string[];
  region?: string[];
  trials?: number;
  label?: Variables;
  overrideProvider?: Variables;
  mockProvider?: boolean;
  mockConfig?: string;
}

/** A bundle without errors, and the part of its matrix that the options choose. */
export interface ReadyBundle {
  /** With the providers that the options put in the place of others. */
  bundle: Bundle;
  packed: Uint8Array;
  matrix: Matrix;
  /** Folder of the Arena file, absolute; files of the bundle are named from here. */
  folder: string;
  /** The mock answers given on the command line, as the bundle names them. */
  mockConfig: string | undefined;
}

export function selectionOf(options: SelectionOptions): Selection {
  const {
    scenario: scenarios,
    provider: providers,
    include,
    exclude,
    region: regions,
    trials,
    label: labels,
  } = options;
  return { scenarios, providers, include, exclude, regions, trials, labels };
}

/** Reads and checks a bundle and prints all its faults; undefined when there are errors. Calls nobody. */
export function readBundle(context: CliContext, path: string, options: SelectionOptions): ReadyBundle | undefined {
  const entry = findArenaFile(path);
  const folder = 'folder' in entry ? entry.folder : process.cwd();
  const mockConfig = options.mockConfig === undefined ? undefined : relative(folder, resolve(options.mockConfig));
  const { bundle: read, packed, faults } = loadBundleFromDisk(path, { extraMockConfig: mockConfig });
  if (read === undefined || packed === undefined) {
    printFaults(context, faults, folder);
    return undefined;
  }
  const matrix = planMatrix(read, selectionOf(options));
  const { bundle, faults: overrideFaults } = overrideProviders(read, options.overrideProvider);
  const unsupported = unsupportedFaults(bundle, matrix.cells, {
    assertionTypes: new Set(supportedAssertionTypes),
    providerTypes: new Set(providerTypes),
    mockProvider: options.mockProvider === true,
  });
  const odd = checkWarnings(
    bundle,
    matrix.cells.map((cell) => cell.scenario),
  );
  const errors = printFaults(context, [...faults, ...matrix.faults, ...overrideFaults, ...unsupported, ...odd], folder);
  return errors > 0 ? undefined : { bundle, packed, matrix, folder, mockConfig };
}

/** Conversations of a matrix. */
function matrixSize({ cells, regions }: Matrix): number {
  return regions.length * cells.reduce((sum, cell) => sum + cell.providers.length * cell.trials, 0);
}

/** `7 scenarios x 3 providers = 21 conversations`. */
export function describeMatrix(matrix: Matrix): string {
  const { cells, regions } = matrix;
  const providers = new Set(cells.flatMap((cell) => cell.providers)).size;
  const trials = new Set(cells.map((cell) => cell.trials));
  const parts = [count(cells.length, 'scenario'), count(providers, 'provider')];
  if (regions.length > 1) parts.push(count(regions.length, 'region'));
  const [same] = trials;
  if (trials.size === 1 && same !== undefined && same > 1) parts.push(count(same, 'trial'));
  const size = matrixSize(matrix);
  // Scenarios may differ in their providers; the product would then be wrong.
  const isProduct = size === cells.length * providers * regions.length * (trials.size === 1 ? (same ?? 1) : 0);
  return `${parts.join(isProduct ? ' x ' : ', ')}${isProduct ? ' =' : ':'} ${count(size, 'conversation')}`;
}

/** Conversations by provider. */
export function providerTotals(matrix: Pick<Matrix, 'cells' | 'regions'>): Map<string, number> {
  const totals = new Map<string, number>();
  for (const { providers, trials } of matrix.cells) {
    for (const id of providers) totals.set(id, (totals.get(id) ?? 0) + trials * matrix.regions.length);
  }
  return totals;
}

export function count(number: number, word: string): string {
  return `${number} ${word}${number === 1 ? '' : 's'}`;
}
