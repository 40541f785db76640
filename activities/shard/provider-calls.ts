import { isRetryable, toFailure } from '../../src/core/errors.js';
import type { Completion, CompletionRequest, Conversation, Provider } from '../../src/core/provider.js';
import { pause } from '../../src/io/pause.js';
import type { CallEnd, CallGate, Pass } from './call-gate.js';
import type { Lease } from './lease.js';
import type { RunPool } from './run-pool.js';

/** Tries of one call in place, the first included. */
const TRIES_IN_PLACE = 3;
/** Longest wait in place, in milliseconds: beyond it the item goes behind the workflow's timer, where it can. */
const MAX_WAIT_MS = { canDefer: 10_000, lastDispatch: 60_000 };
const FIRST_WAIT_MS = 500;

export interface ProviderCallsOptions {
  pool: RunPool;
  lease: Lease;
  /** What a call passes before it gets a permit, in this order. */
  gates: readonly CallGate[];
  conversation: Conversation;
  /** Hands the conversation back. Throws. */
  setAside(reason: Error): never;
  /** Waits without using up the conversation's time. */
  untimed<T>(waiting: Promise<T>): Promise<T>;
  /** Ends the calls: the run was cancelled, the lease lost, or the item's time is over. */
  signal: AbortSignal;
  /** Set when the process shuts down: what is in flight ends, nothing new begins. */
  draining: () => Error | undefined;
  retryInPlace: boolean;
  /** The item may be dispatched again after this one. */
  canDefer: boolean;
}

/** Makes the calls of one conversation: past the gates, under a permit and a fresh lease, with brief tries in place. */
export class ProviderCalls {
  /** Milliseconds inside calls, and waiting for them. */
  callMs = 0;
  waitMs = 0;
  inAir = 0;

  constructor(private readonly options: ProviderCallsOptions) {}

  async answer(provider: Provider, request: CompletionRequest): Promise<Completion> {
    let tries = 0;
    for (;;) {
      const passes = await this.enter(provider, request);
      try {
        const completion = await this.call(provider, request);
        leave(passes, { completion });
        return completion;
      } catch (error) {
        if (this.giveUp(passes)) throw this.options.signal.reason;
        // A gate that wants the call again lets it wait itself, and no try is counted.
        if (leave(passes, { failure: toFailure(error) })) continue;
        tries += 1;
        await this.beforeNextTry(error, tries);
      }
    }
  }

  /** Passes all gates and takes a permit. Time passes before there is one: a gate may then want the call to come again. */
  private async enter(provider: Provider, request: CompletionRequest): Promise<Pass[]> {
    const askedAt = performance.now();
    for (;;) {
      const passes: Pass[] = [];
      try {
        await this.passGates(provider, request, passes);
        await this.permit();
      } catch (error) {
        leave(passes, { notCalled: true });
        throw error;
      }
      if (!passes.some((pass) => pass.expired?.())) {
        this.waitMs += performance.now() - askedAt;
        return passes;
      }
      this.options.pool.releasePermit();
      leave(passes, { notCalled: true });
    }
  }

  private async passGates(provider: Provider, request: CompletionRequest, passes: Pass[]): Promise<void> {
    const { gates, signal, setAside, untimed } = this.options;
    for (const gate of gates) {
      const entered = gate.enter({ provider: provider.id, request, signal, setAside });
      const pass = entered instanceof Promise ? await untimed(entered) : entered;
      if (pass !== undefined) passes.push(pass);
    }
  }

  /** A permit, held under a fresh lease. */
  private async permit(): Promise<void> {
    const { pool, lease, signal, draining } = this.options;
    for (;;) {
      const stop = draining();
      if (stop !== undefined) throw stop;
      await pool.takePermit(signal);
      if (lease.fresh && draining() === undefined) return;
      pool.releasePermit();
      if (!lease.fresh) await lease.change();
      signal.throwIfAborted();
    }
  }

  /** Needs a permit, and gives it back. */
  private async call(provider: Provider, request: CompletionRequest): Promise<Completion> {
    const { pool, signal, conversation } = this.options;
    const startedAt = performance.now();
    let waitedMs = 0;
    this.inAir += 1;
    try {
      const completion = await provider.complete(request, { signal, conversation });
      waitedMs = completion.waitMs ?? 0;
      return completion;
    } finally {
      this.inAir -= 1;
      pool.releasePermit();
      this.callMs += performance.now() - startedAt - waitedMs;
      this.waitMs += waitedMs;
    }
  }

  /** True when nobody wants the answer any more. */
  private giveUp(passes: readonly Pass[]): boolean {
    if (!this.options.signal.aborted) return false;
    leave(passes, { notCalled: true });
    return true;
  }

  /** Throws the error when there is to be no further try. */
  private async beforeNextTry(error: unknown, tries: number): Promise<void> {
    const { canDefer, retryInPlace, signal } = this.options;
    const failure = toFailure(error);
    const waitMs = failure.retryAfterMs ?? FIRST_WAIT_MS * 2 ** (tries - 1) * (0.75 + Math.random() / 2);
    const longestMs = canDefer ? MAX_WAIT_MS.canDefer : MAX_WAIT_MS.lastDispatch;
    const mayRetry = retryInPlace && tries < TRIES_IN_PLACE && waitMs <= longestMs;
    if (!isRetryable(failure) || !mayRetry) throw error;
    const startedAt = performance.now();
    await pause(waitMs, signal);
    this.waitMs += performance.now() - startedAt;
  }
}

/** True when a gate wants the call to be made again. */
function leave(passes: readonly Pass[], end: CallEnd): boolean {
  let again = false;
  for (const pass of passes) if (pass.end(end) === true) again = true;
  return again;
}
