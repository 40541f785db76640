/** Which conversation a record is made of, by its number alone: every process agrees without talking. */
import type { Plan, PlanCell } from '../plan.js';

/** Slots of a schedule by weights: how finely weights tell apart. */
const MAX_SLOTS = 10_000;

export interface RecordCell {
  cell: PlanCell;
  /** Index into the cell's providers. */
  place: number;
  region: string;
  /** 1-based, among the records of this cell, provider and region: variants of the scenario come in turn. */
  trial: number;
}

/**
 * Scenarios take turns, or come as often as their weights say, evenly mixed; those of one scenario go over its
 * providers, then its regions, in turn.
 */
export class RecordCells {
  private readonly cells: readonly PlanCell[];
  private readonly regions: readonly string[];
  /** Cell by slot; the schedule repeats. */
  private readonly schedule: Int32Array;
  /** How often the slot's cell has come before it in the schedule. */
  private readonly before: Int32Array;
  /** How often each cell stands in the schedule. */
  private readonly often: Int32Array;

  constructor({ cells, regions }: Plan, weights: { [scenario: string]: number } | undefined) {
    this.cells = cells.filter((cell) => cell.recordings === undefined && cell.providers.length > 0);
    this.regions = regions;
    const own = this.cells.map(({ scenario }) => {
      if (weights === undefined) return 1;
      return Object.hasOwn(weights, scenario) ? (weights[scenario] ?? 1) : 1;
    });
    this.schedule = scheduleOf(own);
    this.before = new Int32Array(this.schedule.length);
    this.often = new Int32Array(this.cells.length);
    for (const [slot, cell] of this.schedule.entries()) {
      this.before[slot] = this.often[cell] ?? 0;
      this.often[cell] = (this.often[cell] ?? 0) + 1;
    }
  }

  /** Of item `index`, 0 or more. Throws a RangeError where there is nothing to hold. */
  at(index: number): RecordCell {
    const slots = this.schedule.length;
    const slot = index % slots;
    const number = this.schedule[slot] ?? -1;
    const cell = this.cells[number];
    if (cell === undefined) throw new RangeError(`item ${index} is in no scenario`);
    const turn = Math.floor(index / slots) * (this.often[number] ?? 0) + (this.before[slot] ?? 0);
    const { providers } = cell;
    const place = turn % providers.length;
    const round = Math.floor(turn / providers.length);
    const region = this.regions[round % this.regions.length] ?? 'default';
    return { cell, place, region, trial: Math.floor(round / this.regions.length) + 1 };
  }
}

/** Smooth weighted round robin: at each slot the cell that lags most behind its weight. */
function scheduleOf(weights: readonly number[]): Int32Array {
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  if (total <= 0) return new Int32Array(0);
  const whole = weights.every(Number.isInteger) && total <= MAX_SLOTS;
  const same = weights.every((weight) => weight === weights[0]);
  const slots = same ? weights.length : whole ? total : MAX_SLOTS;
  const schedule = new Int32Array(slots);
  const lag = weights.map(() => 0);
  for (let slot = 0; slot < slots; slot += 1) {
    let chosen = 0;
    for (const [cell, weight] of weights.entries()) {
      const now = (lag[cell] ?? 0) + weight;
      lag[cell] = now;
      // What differs by noise in the last digits is the same.
      if (now > (lag[chosen] ?? 0) + 1e-9 * total) chosen = cell;
    }
    schedule[slot] = chosen;
    lag[chosen] = (lag[chosen] ?? 0) - total;
  }
  return schedule;
}
