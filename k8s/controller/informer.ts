/**
 * Keeps a copy of all objects of a kind: lists them, then watches, and begins again wherever that breaks. Every change is
 * told once; a deletion is told even when it happened while nobody watched.
 */
import type { ObjectKey } from '../../src/cluster/cluster-reader.js';
import { BackOff, type Clock, pause } from './clock.js';
import type { KubeClient } from './kube-client.js';
import { KubeError } from './kube-http.js';
import { type Kind, resourceName } from './kube-kinds.js';
import { type Change, ObjectCache } from './object-cache.js';
import type { KubeObject, ReconcilerDeps } from './ports.js';

export interface InformerOptions {
  kind: Kind;
  /** Absent: all namespaces. */
  namespaces: readonly string[] | undefined;
  labelSelector?: string;
  /** A cluster need not know this kind: then there are no objects of it. */
  optional: boolean;
  client: Pick<KubeClient, 'list' | 'watch'>;
  clock: Clock;
  log: ReconcilerDeps['log'];
  onChange(change: Change): void;
  /** A watch had to begin again, for a reason other than that its time was over. */
  onRestart(reason: string): void;
}

/** The server's own watchers come back this quickly; after its restart all of ours do. */
const MIN_DELAY_MS = 200;
const MAX_DELAY_MS = 5_000;

/** How often it is looked whether a kind that the cluster does not know, or that we may not see, has come. */
const ABSENT_DELAY_MS = 30_000;

/** A watch lasts this long, at random between the two, so that those of all kinds do not end together. */
const MIN_WATCH_SECONDS = 240;
const MAX_WATCH_SECONDS = 480;

/** So often in a row a watch may break before the objects are listed again: the version itself may be at fault. */
const MAX_BROKEN_WATCHES = 4;

export class Informer {
  private readonly cache: ObjectCache;
  private readonly scopes: (string | undefined)[];
  private readonly listed = new Set<string | undefined>();
  private trouble: string | undefined;

  constructor(private readonly options: InformerOptions) {
    this.cache = new ObjectCache(options.onChange);
    this.scopes = options.namespaces === undefined ? [undefined] : [...options.namespaces];
  }

  /** True once everything has been listed. It stays true while a watch is broken: the copy is then merely older. */
  get synced(): boolean {
    return this.listed.size === this.scopes.length;
  }

  /** Why the copy is none or an old one. */
  get problem(): string | undefined {
    return this.trouble;
  }

  get size(): number {
    return this.cache.size;
  }

  get(key: ObjectKey): KubeObject | undefined {
    return this.cache.get(key);
  }

  list(namespace?: string): KubeObject[] {
    return this.cache.list(namespace);
  }

  /** How an object is after a write of ours, so that the next look does not see it as it was before. */
  written(object: KubeObject): void {
    this.cache.written(object);
  }

  /** Until the signal; never throws. */
  async run(signal: AbortSignal): Promise<void> {
    await Promise.all(this.scopes.map((namespace) => this.follow(namespace, signal)));
  }

  private async follow(namespace: string | undefined, signal: AbortSignal): Promise<void> {
    const { clock } = this.options;
    const backOff = new BackOff(MIN_DELAY_MS, MAX_DELAY_MS, () => clock.random());
    const state: { version?: string; broken: number } = { broken: 0 };
    while (!signal.aborted) {
      try {
        if (state.version === undefined) state.version = await this.listAll(namespace, signal);
        await this.watchFrom(state, namespace, signal, () => backOff.reset());
        backOff.reset();
        state.broken = 0;
      } catch (error) {
        if (signal.aborted) return;
        await pause(clock, this.afterFailure(error, state, namespace) ?? backOff.next(), signal);
      }
    }
  }

  private async listAll(namespace: string | undefined, signal: AbortSignal): Promise<string> {
    const { client, kind, labelSelector } = this.options;
    const { items, resourceVersion } = await client.list(kind, { namespace, labelSelector }, signal);
    this.cache.replace(items, namespace);
    this.listed.add(namespace);
    this.wellAgain();
    return resourceVersion;
  }

  private async watchFrom(
    state: { version?: string },
    namespace: string | undefined,
    signal: AbortSignal,
    heard: () => void,
  ): Promise<void> {
    const { client, kind, labelSelector, clock } = this.options;
    const timeoutSeconds = Math.round(MIN_WATCH_SECONDS + clock.random() * (MAX_WATCH_SECONDS - MIN_WATCH_SECONDS));
    const resourceVersion = state.version ?? '';
    const started = clock.now();
    for await (const event of client.watch(
      kind,
      { namespace, labelSelector, resourceVersion, timeoutSeconds },
      signal,
    )) {
      this.wellAgain();
      if (event.type === 'BOOKMARK') {
        state.version = event.resourceVersion;
        continue;
      }
      heard();
      state.version = event.object.metadata.resourceVersion;
      if (event.type === 'DELETED') this.cache.remove(event.object);
      else this.cache.put(event.object);
    }
    // A server that is about to end closes its watches in good order, and the next one would end at once again.
    if (!signal.aborted && clock.now() - started < 1_000)
      throw new KubeError('the watch ended at once', undefined, 'Short');
  }

  /** Sets where to go on, and says how long to wait when it is not the usual time. */
  private afterFailure(
    error: unknown,
    state: { version?: string; broken: number },
    namespace: string | undefined,
  ): number | undefined {
    const { kind, optional, log, onRestart } = this.options;
    const failure = error instanceof KubeError ? error : undefined;
    const status = failure?.status;
    onRestart(failure?.reason ?? (status === undefined ? 'Connection' : `HTTP${status}`));
    state.broken += 1;
    if (status === 410 || status === 404 || state.broken > MAX_BROKEN_WATCHES) {
      state.version = undefined;
      state.broken = 0;
    }
    const message = error instanceof Error ? error.message : String(error);
    if (status === 410) {
      log.debug({ kind, namespace }, 'the version is too old: all objects are listed again');
      return undefined;
    }
    if (status === 404 && optional) {
      this.cache.replace([], namespace);
      this.listed.add(namespace);
      this.complain('debug', `the cluster does not know ${resourceName(kind)}`);
      return ABSENT_DELAY_MS;
    }
    this.complain('warn', message);
    return status === 403 || status === 404 ? ABSENT_DELAY_MS : undefined;
  }

  /** Once for each new trouble, not at every try. */
  private complain(level: 'debug' | 'warn', trouble: string): void {
    if (this.trouble === trouble) return;
    this.trouble = trouble;
    this.options.log[level](
      { kind: this.options.kind, why: trouble },
      'objects cannot be watched; tried again and again',
    );
  }

  private wellAgain(): void {
    if (this.trouble === undefined) return;
    this.trouble = undefined;
    this.options.log.info({ kind: this.options.kind }, 'objects are watched again');
  }
}
