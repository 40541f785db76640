import type { ScenarioSpec } from '../schema/scenario.js';
import type { Loaded } from './bundle.js';

/** Labels of a scenario: those of its metadata, and those of its spec, which win. Other values than texts stand as JSON. */
export function labelsOf({ labels, spec }: Pick<Loaded<ScenarioSpec>, 'labels' | 'spec'>): { [key: string]: string } {
  const own = Object.entries(spec.labels ?? {}).map(([key, value]): [string, string] => [
    key,
    typeof value === 'string' ? value : JSON.stringify(value),
  ]);
  return { ...labels, ...Object.fromEntries(own) };
}
