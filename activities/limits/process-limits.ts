import { ArenaError } from '../../src/core/errors.js';
import { type Limit, strictest } from '../../src/core/limiter-limits.js';
import type { Lease, LeaseAsk, LimitedKey } from '../../src/core/limiter-messages.js';
import type { CallGate, GatedCall, Pass } from '../shard/call-gate.js';
import { InFlightBound } from './in-flight-bound.js';
import { KeyPace } from './key-pace.js';
import { LeasedTimes } from './leased-times.js';
import { limiterId } from './limiter-link.js';
import { StreamBound } from './stream-bound.js';

/** How the calls of a provider are paced. */
export interface PacedProvider {
  key: LimitedKey;
  /** What its file says; empty: nothing. */
  limits: readonly Limit[];
  /** Streams in flight at most; 0: any number. */
  streams: number;
}

export interface ProcessLimitsOptions {
  /** Name of this process, for people. */
  worker: string;
  /** Asks the limiter of a key. */
  ask(key: LimitedKey, ask: LeaseAsk): Promise<{ lease: Lease; sentAt: number; receivedAt: number }>;
  /** Milliseconds of the steady clock by which `ask` tells times. Default: that of the process. */
  now?: () => number;
}

/** Limits of a key that were named in this process. */
interface Leased {
  pace: KeyPace;
  times: LeasedTimes;
  /** What provider files say, and when one that says so was called last. */
  said: Map<string, { limits: readonly Limit[]; usedAt: number }>;
  usedAt: number;
}

/** Limits count so long after the last call of a provider that has them. */
const LIMITS_KEPT_MS = 3 * 60_000;

/** Keys remembered; idle ones make room. */
const MAX_KEYS = 1000;

/** The paces of all keys in this process: the runs that it serves share them. */
export class ProcessLimits {
  private readonly open = new Map<string, KeyPace>();
  private readonly leased = new Map<string, Leased>();
  private readonly now: () => number;

  constructor(private readonly options: ProcessLimitsOptions) {
    this.now = options.now ?? (() => performance.now());
  }

  /** What the calls of a run pass, in this order; it is made once for a run and process. */
  gates(providers: ReadonlyMap<string, PacedProvider>): CallGate[] {
    const streams = new Map<string, StreamBound>();
    for (const [id, { streams: most }] of providers) if (most > 0) streams.set(id, new StreamBound(most));
    const ids = new Map([...providers].map(([id, { key }]) => [id, limiterId(key)]));
    const ofStreams: CallGate = { enter: (call) => streams.get(call.provider)?.enter(call) };
    const ofKeys: CallGate = {
      enter: (call: GatedCall): Pass | Promise<Pass> | undefined => {
        const provider = providers.get(call.provider);
        const id = ids.get(call.provider);
        return provider === undefined || id === undefined ? undefined : this.paceOf(id, provider).enter(call);
      },
    };
    // Turns pass: they are taken last.
    return streams.size === 0 ? [ofKeys] : [ofStreams, ofKeys];
  }

  private paceOf(id: string, { key, limits }: PacedProvider): KeyPace {
    const known = this.leased.get(id);
    if (limits.length > 0) return this.leasedPace(id, key, limits, known);
    // Another provider of this process has told the limits of the key.
    if (known !== undefined && this.now() - known.usedAt < LIMITS_KEPT_MS) return known.pace;
    let pace = this.open.get(id);
    if (pace === undefined) {
      makeRoom(this.open, (each) => each.isIdle);
      pace = new KeyPace(new InFlightBound(), this.now);
      this.open.set(id, pace);
    }
    return pace;
  }

  private leasedPace(id: string, key: LimitedKey, limits: readonly Limit[], known: Leased | undefined): KeyPace {
    const now = this.now();
    let leased = known;
    if (leased === undefined) {
      makeRoom(this.leased, ({ pace }) => pace.isIdle);
      leased = this.leasedFor(key);
      this.leased.set(id, leased);
    }
    leased.usedAt = now;
    const said = JSON.stringify(limits);
    const entry = leased.said.get(said);
    if (entry !== undefined && leased.said.size === 1) entry.usedAt = now;
    else {
      leased.said.set(said, { limits, usedAt: now });
      for (const [each, { usedAt }] of leased.said) if (now - usedAt > LIMITS_KEPT_MS) leased.said.delete(each);
      leased.times.limits = strictest([...leased.said.values()].flatMap((each) => each.limits));
    }
    return leased.pace;
  }

  private leasedFor(key: LimitedKey): Leased {
    const times: LeasedTimes = new LeasedTimes({
      worker: this.options.worker,
      ask: (ask) => this.options.ask(key, ask),
      now: this.now,
      onLease: (heldUntil) => pace.hold(heldUntil),
      onUnreachable: (reason) => pace.refuseAll(unreachable(key, reason)),
    });
    const pace = new KeyPace(times, this.now);
    return { pace, times, said: new Map(), usedAt: this.now() };
  }
}

function makeRoom<T>(known: Map<string, T>, isIdle: (value: T) => boolean): void {
  if (known.size < MAX_KEYS) return;
  for (const [id, value] of known) if (isIdle(value)) known.delete(id);
}

function unreachable({ service }: LimitedKey, reason: unknown): ArenaError {
  const why = reason instanceof Error ? reason.message : String(reason);
  return new ArenaError(
    {
      code: 'rate_limited',
      message: `The limiter of ${service} cannot be reached, and without it no limit would hold: ${why}`,
      hint: 'check that Temporal is up and has workers; the limiter runs there as a workflow arena-limit/…',
    },
    { cause: reason },
  );
}
