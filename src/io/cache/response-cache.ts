/** Answers of providers, kept in the store for whoever makes the same request again. */
import { createHash } from 'node:crypto';
import type { Completion, CompletionRequest, Provider } from '../../core/provider.js';
import { cachedAnswerKey } from '../../core/store-keys.js';
import type { Store } from '../stores/store.js';
import { entryBytes, readEntry } from './cache-entry.js';

/** Part of every key: an answer that an older version kept otherwise is not found. */
const VERSION = 1;

export interface CacheSettings {
  /** `deterministic`: only requests that ask for temperature 0. */
  mode: 'deterministic' | 'all';
  /** Older answers are asked for again. In milliseconds; absent: none is too old. */
  maxAgeMs?: number;
}

export interface ResponseCacheOptions extends CacheSettings {
  store: Pick<Store, 'get' | 'put' | 'locate'>;
  /** Milliseconds since the epoch. */
  now(): number;
  /** Told of entries that cannot be read or written: the run goes on without them. */
  warn(fields: object, message: string): void;
}

/** Where an answer is kept: the SHA-256 of everything that shapes it. */
export type CachePlace = string;

export class ResponseCache {
  private readonly writing = new Set<Promise<void>>();

  constructor(private readonly options: ResponseCacheOptions) {}

  /** The cache as one conversation sees it; its trial is part of every key, so trials stay different samples. */
  ofConversation(trial: number): ConversationCache {
    return new ConversationCache(this, trial);
  }

  /** Whether a request with this temperature may be answered from here. */
  takes(temperature: number | undefined): boolean {
    return this.options.mode === 'all' || temperature === 0;
  }

  async find(place: CachePlace): Promise<Completion | undefined> {
    const { store, maxAgeMs, now, warn } = this.options;
    const key = cachedAnswerKey(place);
    try {
      const bytes = await store.get(key);
      if (bytes === undefined) return undefined;
      const entry = readEntry(bytes);
      if (entry === undefined) warn({ file: store.locate(key) }, 'an entry of the cache is damaged and is not used');
      if (entry === undefined || (maxAgeMs !== undefined && now() - entry.at > maxAgeMs)) return undefined;
      return { ...entry.answer, cached: true };
    } catch (error) {
      warn({ file: store.locate(key), error: String(error) }, 'an entry of the cache cannot be read');
      return undefined;
    }
  }

  /** Resolves when the answer is kept, or cannot be. Of two that come at once one stays, whole. */
  keep(place: CachePlace, answer: Completion): Promise<void> {
    if (!isWhole(answer)) return Promise.resolve();
    const written = this.write(place, answer).finally(() => this.writing.delete(written));
    this.writing.add(written);
    return written;
  }

  /** Resolves when everything is kept that was to be kept until now. */
  async settled(): Promise<void> {
    await Promise.all(this.writing);
  }

  private async write(place: CachePlace, { waitMs: _, session: __, ...answer }: Completion): Promise<void> {
    const { store, now, warn } = this.options;
    const key = cachedAnswerKey(place);
    try {
      await store.put(key, entryBytes({ schemaVersion: 1, at: now(), answer }));
    } catch (error) {
      warn({ file: store.locate(key), error: String(error) }, 'an answer cannot be kept in the cache');
    }
  }
}

/** Gives the requests of one conversation their places, in the order in which they are made. */
export class ConversationCache {
  /** How often each request was made. */
  private readonly made = new Map<string, number>();

  constructor(
    private readonly cache: ResponseCache,
    private readonly trial: number,
  ) {}

  /**
   * To be asked once for each call, recorded ones included: a request that is made again is another sample and has
   * another place. Undefined when its answer is neither kept nor taken.
   */
  placeOf(provider: Provider, request: CompletionRequest): CachePlace | undefined {
    const key = provider.cacheKey?.(request);
    if (key === undefined || !this.cache.takes(key.temperature)) return undefined;
    const call = sha256(key.text);
    const before = this.made.get(call) ?? 0;
    this.made.set(call, before + 1);
    return sha256(JSON.stringify([VERSION, call, this.trial, before]));
  }

  find(place: CachePlace): Promise<Completion | undefined> {
    return this.cache.find(place);
  }

  keep(place: CachePlace, answer: Completion): Promise<void> {
    return this.cache.keep(place, answer);
  }
}

/** Nobody wants an answer again that says nothing, or was cut off by more than its own length. */
function isWhole({ content, toolCalls = [], parts = [], finishReason }: Completion): boolean {
  if (finishReason === 'error' || finishReason === 'content_filter') return false;
  return content.trim() !== '' || toolCalls.length > 0 || parts.length > 0;
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
