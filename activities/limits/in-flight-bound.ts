import type { Allowance, Turn } from './allowance.js';

/** Part of a call by which a success widens the bound: a quarter more for each round of successes. */
const WIDENING = 0.25;

/** How many calls of a service without limits may be in flight: any number, until it refuses some as too many. */
export class InFlightBound implements Allowance {
  private bound = Number.POSITIVE_INFINITY;
  private inFlight = 0;
  /** Calls in flight when the service last said that they were too many. */
  private tooMany = 0;

  take(): Turn | undefined {
    if (this.inFlight >= this.bound) return undefined;
    this.inFlight += 1;
    return { until: Number.POSITIVE_INFINITY, tokens: 0 };
  }

  nextAt(): number | undefined {
    return undefined;
  }

  unused(): void {
    this.inFlight -= 1;
  }

  ended(_: Turn, isSuccess: boolean): void {
    this.inFlight -= 1;
    if (isSuccess) this.bound += WIDENING;
    // Twice as many went well: whatever was the matter is over.
    if (this.bound > 2 * this.tooMany) this.bound = Number.POSITIVE_INFINITY;
  }

  /** The refused call is still counted as in flight. */
  refused(): void {
    this.tooMany = Math.min(this.bound, this.inFlight);
    this.bound = Math.max(1, Math.floor(this.tooMany / 2));
  }

  wanted(): void {
    // Whoever ends lets the next one in.
  }
}
