import { relative, resolve } from 'node:path';
import type { Bundle } from '../bundle/bundle.js';
import { evalTypeFaults } from '../bundle/eval-types.js';
import { findArenaFile } from '../bundle/find-arena-file.js';
import { loadBundleFromDisk } from '../bundle/load-bundle.js';
import { type Matrix, planMatrix, type Selection } from '../bundle/matrix.js';
import { overrideProviders } from '../bundle/override-providers.js';
import { unsupportedFaults } from '../bundle/unsupported.js';
import { supportedAssertionTypes } from '../engine/assertions/registry.js';
import { checkWarnings } from '../engine/check-warnings.js';
import { providerTypes } from '../io/providers/create.js';
import { toolFaults } from '../io/tools/tool-faults.js';
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
  eval?: string[];
  tag?: string[];
  overrideProvider?: Variables;
  evalTypes?: string[];
  mockProvider?: boolean;
  mockConfig?: string;
  allowExec?: boolean;
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
  const assertionTypes = new Set(supportedAssertionTypes);
  const choiceFaults = [...overrideFaults, ...evalTypeFaults(bundle, options.evalTypes, assertionTypes)];
  const unsupported = unsupportedFaults(bundle, matrix.cells, {
    assertionTypes,
    providerTypes: new Set(providerTypes),
    mockProvider: options.mockProvider === true,
    // What lies on this machine is its user's own; programs that a model may start take a word of their own.
    allowed: { exec: options.allowExec === true || context.config.allowExec, stdioMcp: true },
  });
  const odd = checkWarnings(
    bundle,
    matrix.cells.map((cell) => cell.scenario),
  );
  const errors = printFaults(
    context,
    [...faults, ...matrix.faults, ...choiceFaults, ...unsupported, ...toolFaults(bundle), ...odd],
    folder,
  );
  return errors > 0 ? undefined : { bundle, packed, matrix, folder, mockConfig };
}
