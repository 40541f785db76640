import { watchAbort } from '../../src/io/providers/abort-hub.js';

interface Waiter {
  admit(): void;
}

/** A counted resource with a fair queue whose limit may change at any time, also below what is taken. */
export class WaitingLine {
  /** Units given out and not released. */
  taken = 0;
  private readonly line: Waiter[] = [];

  get waiting(): number {
    return this.line.length;
  }

  /** Joins the queue; `admit` lets in. Rejects with the signal's reason when it is aborted first. */
  take(signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      if (signal.aborted) {
        reject(signal.reason);
        return;
      }
      const unwatch = watchAbort(signal, (reason) => {
        const place = this.line.indexOf(waiter);
        if (place !== -1) this.line.splice(place, 1);
        reject(reason);
      });
      const waiter: Waiter = {
        admit: () => {
          unwatch();
          resolve();
        },
      };
      this.line.push(waiter);
    });
  }

  /** Takes one at once where nobody waits and the limit has room; false otherwise. */
  tryTake(limit: number): boolean {
    if (this.line.length > 0 || this.taken >= limit) return false;
    this.taken += 1;
    return true;
  }

  release(): void {
    this.taken -= 1;
  }

  /** Lets in as many as the limit has room for. */
  admit(limit: number): void {
    while (this.taken < limit) {
      const next = this.line.shift();
      if (next === undefined) return;
      this.taken += 1;
      next.admit();
    }
  }
}
