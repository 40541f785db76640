/** Which cell of the matrix a conversation of a load test belongs to. */

/** The conjugate of the golden ratio: its multiples, taken modulo 1, spread more evenly than those of any other number. */
const GOLDEN = (Math.sqrt(5) - 1) / 2;

/**
 * Picks cells in proportion to their weights by the number of the conversation alone: after n conversations each cell
 * has its part of them to within a few, whichever process held which of them.
 */
export class ScenarioMix {
  /** Upper end of each cell's part of [0, 1). */
  private readonly ends: number[] = [];

  /** @param weights of the cells, each above 0 */
  constructor(weights: readonly number[]) {
    const total = weights.reduce((sum, weight) => sum + weight, 0);
    let sum = 0;
    for (const weight of weights) {
      sum += weight;
      this.ends.push(sum / total);
    }
  }

  /** Place of the cell of conversation `number`, 0 or more. */
  at(number: number): number {
    const position = ((number + 0.5) * GOLDEN) % 1;
    const cell = this.ends.findIndex((end) => position < end);
    return cell === -1 ? this.ends.length - 1 : cell;
  }
}
