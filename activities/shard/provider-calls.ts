import { type Failure, isRetryable, toFailure } from '../../src/core/errors.js';
import type {
  CompleteOptions,
  Completion,
  CompletionRequest,
  Conversation,
  Provider,
} from '../../src/core/provider.js';
import { pause } from '../../src/io/pause.js';
import type { CallEnd, CallGate, GatedCall, Pass } from './call-gate.js';
import type { Held } from './held.js';
import type { LongWait } from './hold-item.js';
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
  setAside(reason: Held | LongWait): never;
  /** Waits without using up the conversation's time. */
  untimed<T>(waiting: Promise<T>): Promise<T>;
  /** Ends the calls: the run was cancelled, the lease lost, or the item's time is over. */
  signal: AbortSignal;
  /** Set when the process shuts down: what is in flight ends, nothing new begins. */
  draining: () => Error | undefined;
  retryInPlace: boolean;
  /** The provider that the conversation failed at again and again, until it answers. */
  suspectAt?: string;
  /** The item may be dispatched again after this one. */
  canDefer: boolean;
  /** Waits between tries in place. Default: as long as it says. */
  pause?(ms: number, signal: AbortSignal): Promise<void>;
}

interface Passed {
  gate: CallGate;
  pass: Pass;
}

/** Makes the calls of one conversation: past the gates, under a permit and a fresh lease, with brief tries in place. */
export class ProviderCalls {
  /** Milliseconds inside calls, and waiting for them. */
  callMs = 0;
  waitMs = 0;
  inAir = 0;
  /** Calls that were answered. */
  answers = 0;
  private suspectAt: string | undefined;

  constructor(private readonly options: ProviderCallsOptions) {
    this.suspectAt = options.suspectAt;
  }

  async answer(provider: Provider, request: CompletionRequest): Promise<Completion> {
    const { signal, setAside } = this.options;
    const gated: GatedCall = {
      provider: provider.id,
      request,
      suspect: provider.id === this.suspectAt,
      signal,
      patient: this.options.retryInPlace,
      setAside,
    };
    let tries = 0;
    for (;;) {
      const entering = this.enter(gated);
      const passes = entering instanceof Promise ? await entering : entering;
      try {
        const completion = await this.call(provider, request, gated, passes);
        leave(passes, { completion });
        this.answered(provider);
        return completion;
      } catch (error) {
        if (this.giveUp(passes)) throw signal.reason;
        const failure = toFailure(error);
        const waitMs = this.waitBeforeTry(tries + 1, failure);
        const again = leave(passes, waitMs === undefined ? { failure } : { failure, retrying: true });
        // A gate that wants the call again lets it wait itself, and no try is counted.
        if (again && this.options.retryInPlace) continue;
        if (waitMs === undefined) throw error;
        tries += 1;
        const startedAt = performance.now();
        await (this.options.pause ?? pause)(waitMs, signal);
        this.waitMs += performance.now() - startedAt;
      }
    }
  }

  private answered({ id }: Provider): void {
    this.answers += 1;
    if (this.suspectAt === id) this.suspectAt = undefined;
  }

  /** Passes all gates and takes a permit. A promise only where there is anything to wait for. */
  private enter(call: GatedCall): Passed[] | Promise<Passed[]> {
    const { gates, signal, pool } = this.options;
    const isFree = gates.length === 0 && !signal.aborted && this.mayCall && pool.tryPermit();
    return isFree ? [] : this.enterLater(call);
  }

  private async enterLater(call: GatedCall): Promise<Passed[]> {
    const askedAt = performance.now();
    const passed = await this.admitted(call);
    this.waitMs += performance.now() - askedAt;
    return passed;
  }

  /** Past all gates, with a permit. Time passes before there is one: a gate may then want the call to come again. */
  private async admitted(call: GatedCall): Promise<Passed[]> {
    const { pool, gates } = this.options;
    const passed: Passed[] = [];
    let held = false;
    try {
      await this.passGates(call, gates, passed);
      for (;;) {
        if (!held) await this.permit();
        held = true;
        const expired = passed.filter(({ pass }) => pass.expired?.());
        if (expired.length === 0 && this.mayCall) return passed;
        // It keeps its permit for a turn that comes with time: where these pass more quickly than permits come free, it
        // would never have both. For anything else the permit is given back: others may need it to go on and end.
        if (!this.mayCall || !expired.every(({ pass }) => pass.isLate?.())) {
          pool.releasePermit();
          held = false;
        }
        for (const each of expired) passed.splice(passed.indexOf(each), 1);
        leave(expired, { notCalled: true });
        await this.passGates(
          call,
          expired.map(({ gate }) => gate),
          passed,
        );
        passed.sort((one, other) => gates.indexOf(one.gate) - gates.indexOf(other.gate));
      }
    } catch (error) {
      if (held) pool.releasePermit();
      leave(passed, { notCalled: true });
      throw error;
    }
  }

  /** For a further request within a call: it passes the gates as the first one did, and lets others call meanwhile. */
  private async again(call: GatedCall, passed: Passed[], permit: { held: boolean }, failure: Failure): Promise<void> {
    leave(passed.splice(0), { failure, retrying: true });
    this.options.pool.releasePermit();
    permit.held = false;
    passed.push(...(await this.admitted(call)));
    permit.held = true;
  }

  private async passGates(call: GatedCall, gates: readonly CallGate[], passed: Passed[]): Promise<void> {
    for (const gate of gates) {
      const entered = gate.enter(call);
      const pass = entered instanceof Promise ? await this.options.untimed(entered) : entered;
      if (pass !== undefined) passed.push({ gate, pass });
    }
  }

  private get mayCall(): boolean {
    return this.options.lease.fresh && this.options.draining() === undefined;
  }

  /** A permit, held under a fresh lease. */
  private async permit(): Promise<void> {
    const { pool, lease, signal, draining } = this.options;
    for (;;) {
      const stop = draining();
      if (stop !== undefined) throw stop;
      await pool.takePermit(signal);
      if (this.mayCall) return;
      pool.releasePermit();
      if (!lease.fresh) await lease.change();
      signal.throwIfAborted();
    }
  }

  /** Needs a permit, and gives it back. */
  private async call(
    provider: Provider,
    request: CompletionRequest,
    gated: GatedCall,
    passed: Passed[],
  ): Promise<Completion> {
    const { pool, signal, conversation } = this.options;
    const permit = { held: true };
    const again: CompleteOptions['again'] = (failure) => this.again(gated, passed, permit, failure);
    const startedAt = performance.now();
    let waitedMs = 0;
    this.inAir += 1;
    const untimed = async <T>(waiting: Promise<T>): Promise<T> => {
      const waitsSince = performance.now();
      try {
        return await this.options.untimed(waiting);
      } finally {
        waitedMs += performance.now() - waitsSince;
      }
    };
    try {
      const completion = await provider.complete(request, { signal, conversation, again, untimed });
      waitedMs = Math.max(waitedMs, completion.waitMs ?? 0);
      return completion;
    } finally {
      this.inAir -= 1;
      if (permit.held) pool.releasePermit();
      this.callMs += performance.now() - startedAt - waitedMs;
      this.waitMs += waitedMs;
    }
  }

  /** True when nobody wants the answer any more. */
  private giveUp(passes: readonly Passed[]): boolean {
    if (!this.options.signal.aborted) return false;
    leave(passes, { notCalled: true });
    return true;
  }

  /** Milliseconds before the next try in place, after so many; undefined when there is to be none. */
  private waitBeforeTry(tries: number, failure: Failure): number | undefined {
    const { canDefer, retryInPlace } = this.options;
    if (!isRetryable(failure) || !retryInPlace || tries >= TRIES_IN_PLACE) return undefined;
    const waitMs = failure.retryAfterMs ?? FIRST_WAIT_MS * 2 ** (tries - 1) * (0.75 + Math.random() / 2);
    return waitMs <= (canDefer ? MAX_WAIT_MS.canDefer : MAX_WAIT_MS.lastDispatch) ? waitMs : undefined;
  }
}

/** True when a gate wants the call to be made again. */
function leave(passed: readonly Passed[], end: CallEnd): boolean {
  let again = false;
  for (const { pass } of passed) if (pass.end(end) === true) again = true;
  return again;
}
