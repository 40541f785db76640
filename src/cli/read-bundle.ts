import { relative, resolve } from 'node:path';
import type { Bundle } from '../bundle/bundle.js';
import { evalTypeFaults } from '../bundle/eval-types.js';
import { findArenaFile } from '../bundle/find-arena-file.js';
import { loadBundleFromDisk } from '../bundle/load-bundle.js';
import { type Matrix, planMatrix, type Selection } from '../bundle/matrix.js';
import { overrideProviders } from '../bundle/override-providers.js';
import { unsupportedFaults } from '../bundle/unsupported.js';
import type { JsonValue } from '../core/conversation.js';
import { dataGenSettings, matrixOfRecords } from '../data-plan.js';
import { checkWarnings } from '../engine/check-warnings.js';
import { planFaults } from '../engine/plan-faults.js';
import { createOutsideServices } from '../io/outside-services.js';
import { toolFaults } from '../io/tools/tool-faults.js';
import type { DataGenInput } from '../schema/data-gen.js';
import { supportOf } from '../support.js';
import type { CliContext } from './context.js';
import { readDataFile } from './data-file.js';
import { type AskedLoad, loadFaults } from './load-faults.js';
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
  eval?: string[];
  tag?: string[];
  overrideProvider?: Variables;
  evalTypes?: string[];
  mockProvider?: boolean;
  mockConfig?: string;
  allowExec?: boolean;
  /** Template variables, and a file of such; the former beat the latter. */
  var?: Variables;
  varFile?: string;
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
    eval: evals,
    tag: tags,
  } = options;
  return { scenarios, providers, include, exclude, regions, trials, labels, evals, tags };
}

/** Template variables of the command line. Throws `invalid_input` when their file cannot be read. */
export function variablesOf({ var: given, varFile }: Pick<SelectionOptions, 'var' | 'varFile'>): {
  [name: string]: JsonValue;
} {
  return { ...(varFile === undefined ? {} : readDataFile(varFile, 'the variables', '--var-file').asMap()), ...given };
}

/**
 * Reads and checks a bundle and prints all its faults; undefined when there are errors. Calls nobody. `wish`: what its
 * conversations are to become.
 */
export function readBundle(
  context: CliContext,
  path: string,
  options: SelectionOptions,
  { dataGen, load }: { dataGen?: DataGenInput; load?: AskedLoad } = {},
): ReadyBundle | undefined {
  const entry = findArenaFile(path);
  const folder = 'folder' in entry ? entry.folder : process.cwd();
  const mockConfig = options.mockConfig === undefined ? undefined : relative(folder, resolve(options.mockConfig));
  const { bundle: read, packed, faults } = loadBundleFromDisk(path, { extraMockConfig: mockConfig });
  if (read === undefined || packed === undefined) {
    printFaults(context, faults, folder);
    return undefined;
  }
  const records = dataGen && dataGenSettings({ type: 'datagen', dataGen });
  const matrix = matrixOfRecords(read, planMatrix(read, selectionOf(options)), records, undefined);
  const { bundle, faults: overrideFaults } = overrideProviders(read, options.overrideProvider);
  // What lies on this machine is its user's own; programs that a model may start take a word of their own.
  const allowed = { exec: options.allowExec === true || context.config.allowExec, stdioMcp: true };
  const support = supportOf(options.mockProvider === true, allowed);
  const choiceFaults = [...overrideFaults, ...evalTypeFaults(bundle, options.evalTypes, support.assertionTypes)];
  const unsupported = unsupportedFaults(bundle, matrix.cells, support);
  const odd = checkWarnings(
    bundle,
    matrix.cells.map((cell) => cell.scenario),
  );
  const { cells, regions } = matrix;
  const variables = variablesOf(options);
  const planned = planFaults(bundle, cells, regions, {
    variables,
    services: createOutsideServices(),
    seed: records?.seed,
  });
  const { trials, mockProvider } = options;
  const ofLoad = load === undefined ? [] : loadFaults(bundle, matrix, load, { trials, mockProvider });
  const ofBundle = [...faults, ...matrix.faults, ...choiceFaults, ...unsupported, ...planned, ...toolFaults(bundle)];
  const errors = printFaults(context, [...ofBundle, ...odd, ...ofLoad], folder);
  return errors > 0 ? undefined : { bundle, packed, matrix, folder, mockConfig };
}
