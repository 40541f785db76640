/** The matrix: which item number means which conversation. Pure, so that every process agrees without talking. */

/** A scenario, the providers it runs against in bundle order, and how often. */
export interface PlanCell {
  scenario: string;
  providers: string[];
  /** Repetitions of each pair, ≥ 1. */
  trials: number;
}

/** Written once per run to `runs/<run>/plan`; everything else about an item follows from it and the index. */
export interface Plan {
  schemaVersion: 1;
  /** SHA-256 of the packed bundle. */
  bundle: string;
  cells: PlanCell[];
  /** At least one; `default` stands for none. */
  regions: string[];
}

export interface PlanItem {
  index: number;
  /** `scenario/provider[/region][/tN]`: the parts that vary in this plan. */
  id: string;
  scenario: string;
  provider: string;
  region: string;
  /** 1-based. */
  trial: number;
}

/**
 * Items of a plan by index. Trials vary slowest, then regions, then scenarios, then providers: a run that is cut short
 * has seen every cell once before any cell twice, and neighbours spread over providers.
 */
export class PlanIndex {
  readonly size: number;
  /** One entry per (trial, region, cell) that has providers, with the index of its first item. */
  private readonly starts: number[] = [];
  private readonly blocks: { cell: PlanCell; region: string; trial: number }[] = [];
  private readonly showRegion: boolean;

  constructor(plan: Plan) {
    this.showRegion = plan.regions.length > 1 || plan.regions[0] !== 'default';
    const rounds = plan.cells.reduce((most, cell) => Math.max(most, cell.trials), 0);
    let next = 0;
    for (let trial = 1; trial <= rounds; trial += 1) {
      for (const region of plan.regions) {
        for (const cell of plan.cells) {
          if (cell.trials < trial || cell.providers.length === 0) continue;
          this.starts.push(next);
          this.blocks.push({ cell, region, trial });
          next += cell.providers.length;
        }
      }
    }
    this.size = next;
  }

  /** Item `index`, 0 ≤ index < size. */
  at(index: number): PlanItem {
    let low = 0;
    let high = this.starts.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if ((this.starts[middle] ?? 0) <= index) low = middle;
      else high = middle - 1;
    }
    const block = this.blocks[low];
    const provider = block?.cell.providers[index - (this.starts[low] ?? 0)];
    if (block === undefined || provider === undefined || !Number.isInteger(index)) {
      throw new RangeError(`item ${index} is outside the plan of ${this.size} items`);
    }
    const { cell, region, trial } = block;
    const parts = [cell.scenario, provider];
    if (this.showRegion) parts.push(region);
    if (cell.trials > 1) parts.push(`t${trial}`);
    return { index, id: parts.join('/'), scenario: cell.scenario, provider, region, trial };
  }
}
