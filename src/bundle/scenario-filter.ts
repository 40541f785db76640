/** Which scenarios a job runs. */
import { posix } from 'node:path';
import type { Bundle } from './bundle.js';
import type { Fault } from './fault.js';
import { BadGlob, globMatcher } from './glob.js';
import { labelsOf } from './scenario-labels.js';
import { hintFor } from './suggest.js';

export interface ScenarioSelection {
  /** Ids. */
  scenarios?: readonly string[];
  /** Globs. */
  include?: readonly string[];
  exclude?: readonly string[];
  /** Labels that a scenario must all have. */
  labels?: { [key: string]: string };
}

/** Ids in bundle order. An id, a label, or a glob to include, that fits nothing is an error: it is a misspelling, not a wish. */
export function selectScenarios(bundle: Bundle, selection: ScenarioSelection): { ids: string[]; faults: Fault[] } {
  const file = bundle.arena.file;
  const faults: Fault[] = [];
  const known = bundle.scenarios;
  for (const id of selection.scenarios ?? []) {
    if (known.has(id)) continue;
    const hint = hintFor(id, known.keys(), 'scenarios');
    faults.push({ severity: 'error', file, message: `there is no scenario "${id}"`, hint });
  }
  const matched = (globs: readonly string[], severity: Fault['severity'], verb: string): Set<string> => {
    const found = new Set<string>();
    for (const glob of globs) {
      try {
        const ids = matching(bundle, glob);
        const message = `no scenario matches "${glob}"`;
        if (ids.length === 0)
          faults.push({ severity, file, message, hint: 'globs see ids, file paths and base names' });
        for (const id of ids) found.add(id);
      } catch (error) {
        if (!(error instanceof BadGlob)) throw error;
        faults.push({ severity: 'error', file, message: `bad glob "${glob}" to ${verb}: ${error.message}` });
      }
    }
    return found;
  };
  const wanted = selection.scenarios?.length ? new Set(selection.scenarios) : undefined;
  const include = selection.include?.length ? matched(selection.include, 'error', 'include') : undefined;
  const exclude = matched(selection.exclude ?? [], 'warning', 'exclude');
  const labelled = withLabels(bundle, selection.labels ?? {}, faults);
  const ids = [...known.keys()].filter(
    (id) => (wanted?.has(id) ?? true) && (include?.has(id) ?? true) && !exclude.has(id) && labelled(id),
  );
  return { ids, faults };
}

function withLabels(bundle: Bundle, wanted: { [key: string]: string }, faults: Fault[]): (scenario: string) => boolean {
  const entries = Object.entries(wanted);
  if (entries.length === 0) return () => true;
  const labels = new Map(
    [...bundle.scenarios].map(([id, scenario]) => [id, new Map(Object.entries(labelsOf(scenario)))]),
  );
  for (const [key, value] of entries) {
    const values = [...labels.values()].flatMap((each) => each.get(key) ?? []);
    if (values.includes(value)) continue;
    const keys = new Set([...labels.values()].flatMap((each) => [...each.keys()]));
    const hint =
      values.length > 0
        ? hintFor(value, new Set(values), `values of "${key}"`)
        : hintFor(key, keys, 'labels of scenarios');
    const message = `no scenario has the label ${key}=${value}`;
    faults.push({ severity: 'error', file: bundle.arena.file, message, hint });
  }
  return (id) => entries.every(([key, value]) => labels.get(id)?.get(key) === value);
}

function matching(bundle: Bundle, glob: string): string[] {
  const matches = globMatcher(glob);
  const fits = (id: string, file: string) => matches(id) || matches(file) || matches(posix.basename(file));
  return [...bundle.scenarios].filter(([id, scenario]) => fits(id, scenario.file)).map(([id]) => id);
}
