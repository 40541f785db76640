import { recordSeed } from './record-seed.js';

/**
 * Which of the chosen conversations go into the validation set: exactly its part of them, rounded, and of two or more at
 * least one on either side; drawn by the seed of the set and the number of each conversation. 8 bytes a record.
 */
export class DatasetSplit {
  readonly validation: number;
  /** The greatest draw that is in the validation set. Draws never tie, since different records have different seeds. */
  private readonly greatest: number;

  /**
   * @param part of the records that goes into the validation set, above 0 and below 1
   * @param items numbers of the chosen conversations
   */
  constructor(
    private readonly seed: number,
    part: number,
    items: Iterable<number>,
  ) {
    const draws = Float64Array.from(items, (item) => this.drawOf(item)).sort();
    const most = Math.max(0, draws.length - 1);
    this.validation = Math.min(most, Math.max(1, Math.round(draws.length * part)));
    this.greatest = this.validation === 0 ? -1 : (draws[this.validation - 1] ?? -1);
  }

  isValidation(item: number): boolean {
    return this.drawOf(item) <= this.greatest;
  }

  /** Apart from the seeds that conversations are held with. */
  private drawOf(item: number): number {
    return recordSeed(this.seed + 1, recordSeed(this.seed, item));
  }
}
