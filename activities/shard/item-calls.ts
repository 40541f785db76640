import { hash as digest } from 'node:crypto';
import type { JsonValue } from '../../src/core/conversation.js';
import { ArenaError } from '../../src/core/errors.js';
import type { Completion, CompletionRequest, Provider } from '../../src/core/provider.js';
import type { ToolRunOptions } from '../../src/core/tool.js';
import type { CachePlace, ConversationCache } from '../../src/io/cache/response-cache.js';
import { pause } from '../../src/io/pause.js';
import { type RecordedCalls, recordKey } from '../../src/io/runs/journal.js';
import { callLine } from '../../src/io/runs/segment-lines.js';
import type { SegmentWriter } from '../../src/io/stores/store.js';
import { ProviderCalls, type ProviderCallsOptions } from './provider-calls.js';

/** Longest stretch of answers computed in this process without letting heartbeats through, in milliseconds. */
const MAX_BUSY_MS = 10;

let lastYieldAt = 0;

export interface ItemCallsOptions extends ProviderCallsOptions {
  item: number;
  providers: ReadonlyMap<string, Provider>;
  recorded: RecordedCalls | undefined;
  segments: SegmentWriter;
  /** Answers of earlier runs; absent: every answer is asked for. */
  cache?: ConversationCache;
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
  /** Of models, recorded ones included; what came from the cache is none. */
  calls = 0;
  /** Milliseconds inside recorded calls. */
  private recordedMs = 0;
  private inAir = 0;
  private readonly made: ProviderCalls;
  /** How often each request was made. */
  private readonly occurrences = new Map<string, number>();
  /** Answers that may not be durable yet; undefined when all are. */
  private unwritten: Promise<unknown> | undefined;

  constructor(private readonly options: ItemCallsOptions) {
    this.made = new ProviderCalls(options);
  }

  /** A call is in the air right now. */
  get inCall(): boolean {
    return this.inAir + this.made.inAir > 0;
  }

  /** Milliseconds inside calls of providers, recorded ones included. */
  get callMs(): number {
    return this.recordedMs + this.made.callMs;
  }

  /** Milliseconds waited for gates, permits and further tries. */
  get waitMs(): number {
    return this.made.waitMs;
  }

  /** Calls that were answered by providers, recorded ones left out. */
  get answers(): number {
    return this.made.answers;
  }

  async complete(providerId: string, request: CompletionRequest): Promise<Completion> {
    const provider = this.options.providers.get(providerId);
    if (provider === undefined) {
      throw new ArenaError({ code: 'provider_not_found', message: `the bundle has no provider "${providerId}"` });
    }
    if (provider.local) return this.computed(provider, request);
    const place = this.placeOf(hashRequest(providerId, request));
    const { cache } = this.options;
    const kept = cache?.placeOf(provider, request);
    const recorded = this.options.recorded?.get(recordKey(place.occurrence, place.hash)) as Completion | undefined;
    if (recorded !== undefined) {
      if (recorded.cached) return recorded;
      this.calls += 1;
      this.recordedMs += recorded.latencyMs;
      provider.recall?.(request, recorded, this.options.conversation);
      return recorded;
    }
    const cached = kept === undefined ? undefined : await this.fromCache(kept);
    if (cached !== undefined) {
      // Recorded as well: what the cache holds may be another answer, or none, when the conversation is taken up again.
      this.record(place, cached);
      return cached;
    }
    this.calls += 1;
    if (this.unwritten !== undefined) await this.durable(this.unwritten);
    const answer = await this.made.answer(provider, request);
    // Answers come in bursts. First every connection that has one gets its next call, then checks and records are made.
    await nextTurn();
    this.record(place, answer);
    if (kept !== undefined && cache !== undefined) this.wait(cache.keep(kept, answer));
    return answer;
  }

  /** No call, so it needs neither gate nor permit; but a conversation that is to stop does not go on by it. */
  private async fromCache(place: CachePlace): Promise<Completion | undefined> {
    const { cache, draining, signal } = this.options;
    const answer = await cache?.find(place);
    if (answer === undefined) return undefined;
    const stop = draining();
    if (stop !== undefined) throw stop;
    signal.throwIfAborted();
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
    if (this.unwritten !== undefined) await this.durable(this.unwritten);
    await this.freshLease();
    const { signal, conversation } = this.options;
    this.inAir += 1;
    let value: T;
    let side: string | undefined;
    try {
      value = await action({
        signal,
        idempotencyKey: `${conversation.id}-${place.hash}-${place.occurrence}`,
        remembers: (name) => {
          side = name;
        },
      });
    } finally {
      this.inAir -= 1;
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
    this.wait(written);
  }

  /**
   * The next call waits for it, and reports a failed write. After the last one the record of the whole conversation stands
   * for all its answers.
   */
  private wait(written: Promise<unknown>): void {
    this.unwritten = this.unwritten === undefined ? written : Promise.all([this.unwritten, written]);
    this.unwritten.catch(() => undefined);
  }

  private async durable(unwritten: Promise<unknown>): Promise<void> {
    await unwritten;
    if (this.unwritten === unwritten) this.unwritten = undefined;
  }

  private async computed(provider: Provider, request: CompletionRequest): Promise<Completion> {
    this.calls += 1;
    await letOthersRun();
    this.options.signal.throwIfAborted();
    return provider.complete(request, { signal: this.options.signal });
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
  return digest('sha256', provider + JSON.stringify(request), 'hex').slice(0, 16);
}

function hashOf(what: string, input: JsonValue): string {
  return digest('sha256', JSON.stringify([what, input]), 'hex').slice(0, 16);
}
