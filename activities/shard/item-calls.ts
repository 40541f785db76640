import { createHash } from 'node:crypto';
import type { JsonValue } from '../../src/core/conversation.js';
import { ArenaError, isRetryable, toFailure } from '../../src/core/errors.js';
import type { Completion, CompletionRequest, Provider } from '../../src/core/provider.js';
import type { ToolRunOptions } from '../../src/core/tool.js';
import { pause } from '../../src/io/pause.js';
import { type RecordedCalls, recordKey } from '../../src/io/runs/journal.js';
import { callLine } from '../../src/io/runs/segment-lines.js';
import type { SegmentWriter } from '../../src/io/stores/store.js';
import type { Lease } from './lease.js';
import type { RunPool } from './run-pool.js';

/** Tries of one call in place, the first included. */
const TRIES_IN_PLACE = 3;
/** Longest wait in place, in milliseconds: beyond it the item goes behind the workflow's timer, where it can. */
const MAX_WAIT_MS = { canDefer: 10_000, lastDispatch: 60_000 };
const FIRST_WAIT_MS = 500;
/** Longest stretch of answers computed in this process without letting heartbeats through, in milliseconds. */
const MAX_BUSY_MS = 10;

let lastYieldAt = 0;

export interface ItemCallsOptions {
  item: number;
  providers: ReadonlyMap<string, Provider>;
  recorded: RecordedCalls | undefined;
  segments: SegmentWriter;
  pool: RunPool;
  lease: Lease;
  /** Ends the item's calls: the run was cancelled, the lease lost, or the item's time is over. */
  signal: AbortSignal;
  /** Set when the process shuts down: what is in flight ends, nothing new begins. */
  draining: () => Error | undefined;
  retryInPlace: boolean;
  /** Begins the idempotency keys of tools: the same for every try of this conversation, and only for it. */
  idempotencyScope: string;
  /** The item may be dispatched again after this one. */
  canDefer: boolean;
}

interface Place {
  occurrence: number;
  hash: string;
}

/**
 * The calls of one conversation, made durable. A recorded answer is given again without a call; a new one is recorded,
 * and the next call waits until it is durable, so that a crash repeats at most the call in flight.
 */
export class ItemCalls {
  calls = 0;
  callMs = 0;
  waitMs = 0;
  private callsInAir = 0;
  /** How often each request was made. */
  private readonly occurrences = new Map<string, number>();
  private durable: Promise<unknown> = Promise.resolve();

  constructor(private readonly options: ItemCallsOptions) {}

  /** A call is in the air right now. */
  get inCall(): boolean {
    return this.callsInAir > 0;
  }

  async complete(providerId: string, request: CompletionRequest): Promise<Completion> {
    const provider = this.options.providers.get(providerId);
    if (provider === undefined) {
      throw new ArenaError({ code: 'provider_not_found', message: `the bundle has no provider "${providerId}"` });
    }
    if (provider.local) return this.computed(provider, request);
    this.calls += 1;
    const place = this.placeOf(hashRequest(providerId, request));
    const recorded = this.options.recorded?.get(recordKey(place.occurrence, place.hash)) as Completion | undefined;
    if (recorded !== undefined) {
      this.callMs += recorded.latencyMs;
      return recorded;
    }
    await this.durable;
    const answer = await this.callWithRetries(provider, request);
    // Answers come in bursts. First every connection that has one gets its next call, then checks and records are made.
    await nextTurn();
    this.record(place, answer);
    return answer;
  }

  /** Work outside that is no model call: recorded like one, but it needs no permit, and a failure is not tried again. */
  async perform<T extends JsonValue>(
    what: string,
    input: JsonValue,
    action: (options: ToolRunOptions) => Promise<T>,
  ): Promise<T> {
    const place = this.placeOf(hashOf(what, input));
    const recorded = this.options.recorded?.get(recordKey(place.occurrence, place.hash));
    if (recorded !== undefined) return (recorded as { value: T }).value;
    await this.durable;
    await this.freshLease();
    const { signal, idempotencyScope } = this.options;
    this.callsInAir += 1;
    let value: T;
    let side: string | undefined;
    try {
      value = await action({
        signal,
        idempotencyKey: `${idempotencyScope}-${place.hash}-${place.occurrence}`,
        remembers: (name) => {
          side = name;
        },
      });
    } finally {
      this.callsInAir -= 1;
    }
    this.record(place, { value, side });
    return value;
  }

  /**
   * The place of an answer is its request and how often that was made before, not its order in time: several may be in
   * the air at once, and the history that each request holds says where in the conversation it belongs.
   */
  private placeOf(hash: string): Place {
    const occurrence = this.occurrences.get(hash) ?? 0;
    this.occurrences.set(hash, occurrence + 1);
    return { occurrence, hash };
  }

  private record({ occurrence, hash }: Place, answer: object): void {
    const { segments, item } = this.options;
    const written = segments.append(callLine(item, occurrence, hash, JSON.stringify(answer)));
    this.durable = Promise.all([this.durable, written]);
    // The next call waits for it, and reports a failed write. After the last one the record of the whole conversation
    // stands for all its answers.
    this.durable.catch(() => undefined);
  }

  private async computed(provider: Provider, request: CompletionRequest): Promise<Completion> {
    this.calls += 1;
    await letOthersRun();
    this.options.signal.throwIfAborted();
    return provider.complete(request, { signal: this.options.signal });
  }

  private async callWithRetries(provider: Provider, request: CompletionRequest): Promise<Completion> {
    for (let tries = 1; ; tries += 1) {
      try {
        return await this.callOnce(provider, request);
      } catch (error) {
        if (this.options.signal.aborted) throw this.options.signal.reason;
        const failure = toFailure(error);
        const waitMs = failure.retryAfterMs ?? FIRST_WAIT_MS * 2 ** (tries - 1) * (0.75 + Math.random() / 2);
        const longestMs = this.options.canDefer ? MAX_WAIT_MS.canDefer : MAX_WAIT_MS.lastDispatch;
        const mayRetry = this.options.retryInPlace && tries < TRIES_IN_PLACE && waitMs <= longestMs;
        if (!isRetryable(failure) || !mayRetry) throw error;
        await this.wait(waitMs);
      }
    }
  }

  private async callOnce(provider: Provider, request: CompletionRequest): Promise<Completion> {
    const { pool, signal } = this.options;
    const askedAt = performance.now();
    await this.permit();
    const startedAt = performance.now();
    this.waitMs += startedAt - askedAt;
    this.callsInAir += 1;
    try {
      return await provider.complete(request, { signal });
    } finally {
      this.callsInAir -= 1;
      pool.releasePermit();
      this.callMs += performance.now() - startedAt;
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

  /** Returns when it is that time, in milliseconds since the epoch. It is no waiting for anybody's permit. */
  async waitUntil(epochMs: number): Promise<void> {
    const leftMs = epochMs - Date.now();
    await (leftMs > 0 ? pause(leftMs, this.options.signal) : letOthersRun());
    this.options.signal.throwIfAborted();
  }

  /** Work outside begins only while nobody else can have taken this item over. */
  private async freshLease(): Promise<void> {
    const { lease, signal, draining } = this.options;
    for (;;) {
      const stop = draining();
      if (stop !== undefined) throw stop;
      signal.throwIfAborted();
      if (lease.fresh) return;
      await lease.change();
    }
  }

  private async wait(ms: number): Promise<void> {
    const startedAt = performance.now();
    await pause(ms, this.options.signal);
    this.waitMs += performance.now() - startedAt;
  }
}

/** Lets heartbeats through, now and then. */
async function letOthersRun(): Promise<void> {
  if (performance.now() - lastYieldAt <= MAX_BUSY_MS) return;
  await nextTurn();
  lastYieldAt = performance.now();
}

function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

/** A request is the same when everything that shapes the answer is: another build or prompt makes another hash. */
function hashRequest(provider: string, request: CompletionRequest): string {
  return createHash('sha256').update(provider).update(JSON.stringify(request)).digest('hex').slice(0, 16);
}

function hashOf(what: string, input: JsonValue): string {
  return createHash('sha256')
    .update(JSON.stringify([what, input]))
    .digest('hex')
    .slice(0, 16);
}
