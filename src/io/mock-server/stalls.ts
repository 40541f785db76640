/** Longest stall, in milliseconds. */
export const MAX_STALL_MS = 3_600_000;

/** A time in which the server answers nothing, as one that hangs for a while does. */
export interface Stall {
  /** Milliseconds from the first call on. */
  atMs: number;
  /** How long, in milliseconds. */
  forMs: number;
}

/** Says how long answers are held: what is to be answered during a stall is answered at its end. */
export class Stalls {
  private heldUntil = 0;

  constructor(private readonly planned: readonly Stall[]) {}

  /** Holds all answers from now on. */
  begin(now: number, forMs: number): void {
    this.heldUntil = Math.max(this.heldUntil, now + forMs);
  }

  /**
   * Milliseconds for which an answer is still to be held; 0 = it may go out.
   * @param firstCallAt when planned stalls are counted from; both in milliseconds since the epoch
   */
  leftMs(now: number, firstCallAt = now): number {
    let until = this.heldUntil;
    for (const { atMs, forMs } of this.planned) {
      const beginsAt = firstCallAt + atMs;
      if (now >= beginsAt) until = Math.max(until, beginsAt + forMs);
    }
    return Math.max(0, until - now);
  }
}
