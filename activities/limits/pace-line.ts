import type { GatedCall } from '../shard/call-gate.js';

interface Waiter<T> {
  call: GatedCall;
  admit(value: T): void;
  refuse(reason: unknown): void;
}

/** Calls that wait for their turn, first come first served. A call whose signal is aborted leaves with its reason. */
export class PaceLine<T> {
  private readonly waiters: Waiter<T>[] = [];

  get length(): number {
    return this.waiters.length;
  }

  get first(): GatedCall | undefined {
    return this.waiters[0]?.call;
  }

  join(call: GatedCall): Promise<T> {
    return new Promise((resolve, reject) => {
      const { signal } = call;
      if (signal.aborted) {
        reject(signal.reason);
        return;
      }
      const leave = () => {
        this.waiters.splice(this.waiters.indexOf(waiter), 1);
        reject(signal.reason);
      };
      const stay = () => signal.removeEventListener('abort', leave);
      const waiter: Waiter<T> = {
        call,
        admit: (value) => {
          stay();
          resolve(value);
        },
        refuse: (reason) => {
          stay();
          reject(reason);
        },
      };
      signal.addEventListener('abort', leave, { once: true });
      this.waiters.push(waiter);
    });
  }

  /** Lets the first one through. */
  admit(value: T): void {
    this.waiters.shift()?.admit(value);
  }

  /** Turns all away; `reasonFor` may throw the reason. */
  refuseAll(reasonFor: (call: GatedCall) => unknown): void {
    for (const { call, refuse } of this.waiters.splice(0)) {
      try {
        refuse(reasonFor(call));
      } catch (reason) {
        refuse(reason);
      }
    }
  }
}
