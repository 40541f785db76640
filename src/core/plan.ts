/** The matrix: which item number means which conversation. Pure, so that every process agrees without talking. */

/** Scenario and the providers it runs against, in bundle order. */
export interface PlanCell {
  scenario: string;
  providers: string[];
}

/** Written once per run to `runs/<run>/plan`; everything else about an item follows from it and the index. */
export interface Plan {
  schemaVersion: 1;
  bundle: string;
  cells: PlanCell[];
  regions: string[];
  /** Repetitions of each scenario × provider × region, ≥ 1. */
  trials: number;
}

export interface PlanItem {
  index: number;
  id: string;
  scenario: string;
  provider: string;
  region: string;
  /** 1-based. */
  trial: number;
}

/** Number of items of a plan. */
export function planSize(plan: Plan): number {
  const pairs = plan.cells.reduce((sum, cell) => sum + cell.providers.length, 0);
  return pairs * plan.regions.length * plan.trials;
}

/**
 * Item `index` of the plan. Trials vary slowest, then regions, then scenarios, then providers: a run that is cut short
 * has seen every cell once before any cell twice, and neighbours spread over providers.
 */
export function itemAt(plan: Plan, index: number): PlanItem {
  const pairs = plan.cells.reduce((sum, cell) => sum + cell.providers.length, 0);
  const perTrial = pairs * plan.regions.length;
  if (!Number.isInteger(index) || index < 0 || index >= perTrial * plan.trials) {
    throw new RangeError(`item ${index} is outside the plan of ${perTrial * plan.trials} items`);
  }
  const trial = Math.floor(index / perTrial) + 1;
  const region = plan.regions[Math.floor((index % perTrial) / pairs)] ?? 'default';
  let rest = index % pairs;
  for (const cell of plan.cells) {
    const provider = cell.providers[rest];
    if (provider !== undefined) {
      const id = itemId({ scenario: cell.scenario, provider, region, trial }, plan);
      return { index, id, scenario: cell.scenario, provider, region, trial };
    }
    rest -= cell.providers.length;
  }
  throw new RangeError(`item ${index} is outside the plan`);
}

function itemId(item: Omit<PlanItem, 'index' | 'id'>, plan: Plan): string {
  const parts = [item.scenario, item.provider];
  if (plan.regions.length > 1 || item.region !== 'default') parts.push(item.region);
  if (plan.trials > 1) parts.push(`t${item.trial}`);
  return parts.join('/');
}
