/** Variants of a scenario: every combination of the values that its turns list under `perturbations`. */
import type { JsonValue } from '../core/conversation.js';
import type { ScenarioSpec } from '../schema/scenario.js';

/** Value by key; empty for a scenario without perturbations. */
export type Variant = { [key: string]: JsonValue };

/** A key that several turns list has the values of all of them. */
function dimensions(spec: ScenarioSpec): [string, JsonValue[]][] {
  const lists = new Map<string, JsonValue[]>();
  for (const turn of spec.turns ?? []) {
    for (const [key, values] of Object.entries(turn.perturbations ?? {})) {
      lists.set(key, [...new Set([...(lists.get(key) ?? []), ...values])]);
    }
  }
  return [...lists];
}

/** At least 1. */
export function variantCount(spec: ScenarioSpec): number {
  return dimensions(spec).reduce((product, [, values]) => product * values.length, 1);
}

/** Combination number `index`, 0 ≤ index < count: the last key changes fastest. */
export function variantAt(spec: ScenarioSpec, index: number): Variant {
  const variant: Variant = {};
  let rest = index;
  for (const [key, values] of dimensions(spec).reverse()) {
    variant[key] = values[rest % values.length] ?? null;
    rest = Math.floor(rest / values.length);
  }
  return variant;
}
