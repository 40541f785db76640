/** The matrix: which item number means which conversation. Pure, so that every process agrees without talking. */

import type { DataPlan } from './datagen/data-plan.js';
import { RecordCells } from './datagen/record-cells.js';
import { recordSeed } from './datagen/record-seed.js';

/** Stands for the provider of conversations that nobody holds: they were recorded before and are only judged. */
export const EVAL_PROVIDER = 'eval';

/** A scenario, the providers it runs against in bundle order, and how often; or an eval and its recordings. */
export interface PlanCell {
  /** Id of the scenario or of the eval. */
  scenario: string;
  /** Of an eval: `eval` alone. */
  providers: string[];
  /** Repetitions of each pair, ≥ 1. */
  trials: number;
  /** Of an eval: names of the recorded conversations; a lone one may have an empty name. Regions do not repeat them. */
  recordings?: string[];
  /** Self-play in rounds: on even ones the sides are those of `providers` here, at the same places. */
  swapped?: { providers: string[]; variants: number; rounds: number };
}

/** Conversations of a cell in a plan of so many regions. */
export function itemsOfCell({ providers, recordings, trials }: PlanCell, regions: number): number {
  return trials * (recordings?.length ?? providers.length * regions);
}

/** Written once per run to `runs/<run>/plan`; everything else about an item follows from it and the index. */
export interface Plan {
  schemaVersion: 1;
  /** SHA-256 of the packed bundle. */
  bundle: string;
  cells: PlanCell[];
  /** At least one; `default` stands for none. */
  regions: string[];
  /** The conversations become records: their number is that of the data plan, and `trials` of the cells is not used. */
  dataGen?: DataPlan;
}

export interface PlanItem {
  index: number;
  /**
   * `scenario/provider[/region][/tN]`, or `eval/eval[/recording][/tN]`: the parts that vary in this plan; of data
   * `scenario/provider[/region]/rN`, N being the number of the item from 1.
   */
  id: string;
  scenario: string;
  provider: string;
  region: string;
  /** 1-based. */
  trial: number;
  /** Of an eval: name of the recorded conversation that is judged. */
  recording?: string;
  /** Of data: seed of all that varies in the conversation, 0 to 2³¹ − 1. */
  seed?: number;
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
  private readonly records: { cells: RecordCells; plan: DataPlan } | undefined;

  constructor(plan: Plan) {
    this.showRegion = plan.regions.length > 1 || plan.regions[0] !== 'default';
    if (plan.dataGen !== undefined) {
      this.records = { cells: new RecordCells(plan, plan.dataGen.weights), plan: plan.dataGen };
      this.size = plan.dataGen.items;
      return;
    }
    const rounds = plan.cells.reduce((most, cell) => Math.max(most, cell.trials), 0);
    let next = 0;
    for (let trial = 1; trial <= rounds; trial += 1) {
      for (const region of plan.regions) {
        for (const cell of plan.cells) {
          const count = sizeOf(cell);
          if (cell.trials < trial || count === 0) continue;
          // What was said once is the same everywhere.
          if (cell.recordings !== undefined && region !== plan.regions[0]) continue;
          this.starts.push(next);
          this.blocks.push({ cell, region, trial });
          next += count;
        }
      }
    }
    this.size = next;
  }

  /** Item `index`, 0 ≤ index < size; of data also those that a further round may add. */
  at(index: number): PlanItem {
    if (this.records !== undefined) return this.record(index, this.records);
    let low = 0;
    let high = this.starts.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if ((this.starts[middle] ?? 0) <= index) low = middle;
      else high = middle - 1;
    }
    const block = this.blocks[low];
    const place = index - (this.starts[low] ?? 0);
    if (block === undefined || !(place >= 0 && place < sizeOf(block.cell)) || !Number.isInteger(index)) {
      throw new RangeError(`item ${index} is outside the plan of ${this.size} items`);
    }
    const { cell, region, trial } = block;
    const { scenario, recordings } = cell;
    if (recordings !== undefined) {
      const recording = recordings[place] ?? '';
      const id = this.idOf([scenario, EVAL_PROVIDER, ...(recording === '' ? [] : [recording])], cell, trial);
      return { index, id, scenario, provider: EVAL_PROVIDER, region: 'default', trial, recording };
    }
    const pair = cell.providers[place] ?? '';
    const id = this.idOf([scenario, pair, ...(this.showRegion ? [region] : [])], cell, trial);
    return { index, id, scenario, provider: sidesOf(cell, place, trial) ?? pair, region, trial };
  }

  private record(index: number, { cells, plan }: { cells: RecordCells; plan: DataPlan }): PlanItem {
    if (!(index >= 0 && index < plan.limit) || !Number.isInteger(index)) {
      throw new RangeError(`item ${index} is outside the plan of at most ${plan.limit} items`);
    }
    const { cell, place, region, trial } = cells.at(index);
    const { scenario } = cell;
    const pair = cell.providers[place] ?? '';
    const id = [scenario, pair, ...(this.showRegion ? [region] : []), `r${index + 1}`].join('/');
    const provider = sidesOf(cell, place, trial) ?? pair;
    return { index, id, scenario, provider, region, trial, seed: recordSeed(plan.seed, index) };
  }

  private idOf(parts: string[], { trials }: PlanCell, trial: number): string {
    return [...parts, ...(trials > 1 ? [`t${trial}`] : [])].join('/');
  }
}

/** Items of a cell in one trial and region. */
const sizeOf = ({ providers, recordings }: PlanCell): number => (recordings ?? providers).length;

/** Who sits where in a round whose sides are swapped. A round holds every variant once. */
function sidesOf({ swapped }: PlanCell, place: number, trial: number): string | undefined {
  if (swapped === undefined) return undefined;
  const round = Math.floor((trial - 1) / swapped.variants) % swapped.rounds;
  return round % 2 === 1 ? swapped.providers[place] : undefined;
}
