/** Time and chance of the controller, injected so that tests need not wait. */

export interface Clock {
  /** Milliseconds since the epoch. */
  now(): number;
  /** Calls once, after as many milliseconds; the answer calls it off. */
  after(ms: number, call: () => void): () => void;
  /** From 0 to below 1. */
  random(): number;
}

export const systemClock: Clock = {
  now: Date.now,
  after(ms, call) {
    const timer = setTimeout(call, ms);
    return () => clearTimeout(timer);
  },
  random: Math.random,
};

/** Settles after as many milliseconds, or at once when the signal is given. Never throws. */
export function pause(clock: Clock, ms: number, signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => {
    const done = (): void => {
      callOff();
      signal.removeEventListener('abort', done);
      resolve();
    };
    const callOff = clock.after(ms, done);
    signal.addEventListener('abort', done);
  });
}

/** Settles with the work, or when the time is over, whichever comes first. */
export async function atMost(clock: Clock, ms: number, work: Promise<unknown>): Promise<void> {
  const scope = new AbortController();
  try {
    await Promise.race([work, pause(clock, ms, scope.signal)]);
  } finally {
    scope.abort();
  }
}

/** Delays that double from `minMs` to `maxMs`; each is spread over its upper half, so that many clients do not march in step. */
export class BackOff {
  private failures = 0;

  constructor(
    private readonly minMs: number,
    private readonly maxMs: number,
    private readonly random: () => number,
  ) {}

  next(): number {
    const full = Math.min(this.maxMs, this.minMs * 2 ** this.failures);
    this.failures += 1;
    return full * (0.5 + this.random() / 2);
  }

  reset(): void {
    this.failures = 0;
  }
}
