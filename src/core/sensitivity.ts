/** How much the perturbations of a scenario change its pass rate. */
import type { JsonValue } from './conversation.js';
import type { Sensitivity } from './trial-summary.js';

/** What has become of one variant. */
export interface SensitivityGroup {
  key: string;
  /** The same for all variants of one scenario with one provider in one region. */
  base: string;
  scenario: string;
  provider: string;
  perturbation: { [key: string]: JsonValue } | undefined;
  passed: number;
  failed: number;
  errored: number;
}

const MAX_ROWS = 1000;
const MAX_VALUES = 100;

/** Groups without perturbations, and those of a single variant, say nothing. */
export function sensitivities(groups: Iterable<SensitivityGroup>): Sensitivity[] {
  const byBase = new Map<string, SensitivityGroup[]>();
  for (const group of groups) {
    if (group.perturbation === undefined) continue;
    const known = byBase.get(group.base);
    if (known === undefined) byBase.set(group.base, [group]);
    else known.push(group);
  }
  const rows = [...byBase.values()].flatMap((variants) => (variants.length < 2 ? [] : [sensitivity(variants)]));
  return rows.sort((a, b) => b.spread - a.spread || (a.key < b.key ? -1 : 1)).slice(0, MAX_ROWS);
}

function sensitivity(variants: SensitivityGroup[]): Sensitivity {
  const rates = variants.map((one) => one.passed / ended(one));
  const lowest = rates.reduce((least, rate) => Math.min(least, rate), 1);
  const highest = rates.reduce((most, rate) => Math.max(most, rate), 0);
  const { base = '', scenario = '', provider = '' } = variants[0] ?? {};
  return {
    ...{ key: base, scenario, provider, variants: variants.length, lowest, highest, spread: highest - lowest },
    values: byValue(variants).slice(0, MAX_VALUES),
  };
}

function byValue(variants: SensitivityGroup[]): Sensitivity['values'] {
  const sums = new Map<string, { key: string; value: JsonValue; passed: number; ended: number }>();
  for (const variant of variants) {
    for (const [key, value] of Object.entries(variant.perturbation ?? {})) {
      const id = JSON.stringify([key, value]);
      const sum = sums.get(id) ?? { key, value, passed: 0, ended: 0 };
      sums.set(id, { ...sum, passed: sum.passed + variant.passed, ended: sum.ended + ended(variant) });
    }
  }
  return [...sums.values()].map((sum) => ({ ...sum, passRate: sum.passed / sum.ended }));
}

function ended({ passed, failed, errored }: SensitivityGroup): number {
  return passed + failed + errored;
}
