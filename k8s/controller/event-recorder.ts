/** Events of objects, for people: written one after the other, repeats counted on the first, floods cut off. */
import { createHash } from 'node:crypto';
import type { Clock } from './clock.js';
import { FIELD_MANAGER, type KubeClient } from './kube-client.js';
import { KubeError } from './kube-http.js';
import type { KubeObject, ReconcilerDeps } from './ports.js';

export interface EventRecorderOptions {
  client: Pick<KubeClient, 'create' | 'mergePatch'>;
  clock: Clock;
  /** Name of this process, shown with the event. */
  instance: string;
  log: ReconcilerDeps['log'];
  onDropped(): void;
}

interface News {
  object: KubeObject;
  type: 'Normal' | 'Warning';
  reason: string;
  message: string;
  at: string;
}

interface Written {
  namespace: string;
  name: string;
  count: number;
}

/** The API server refuses longer ones. */
const MAX_MESSAGE = 1_000;
const MAX_REASON = 128;

/** Events that wait for an API server that does not answer. */
const MAX_PENDING = 1_000;

/** Events that are remembered, so that a repeat is counted rather than written anew. */
const MAX_REMEMBERED = 4_096;

/** An object has so many events at once, and then one in five minutes: the API server's own measure for its clients. */
const BURST = 25;
const REFILL_MS = 5 * 60_000;
const MAX_OBJECTS = 4_096;

export class EventRecorder {
  private readonly pending: News[] = [];
  private readonly written = new Map<string, Written>();
  private readonly allowances = new Map<string, { left: number; at: number }>();
  private sending: Promise<void> | undefined;
  private numbered = 0;

  constructor(private readonly options: EventRecorderOptions) {}

  /** Never fails, never waits. */
  record(object: KubeObject, type: News['type'], reason: string, message: string): void {
    if (this.pending.length >= MAX_PENDING || !this.allowed(object.metadata.uid)) {
      this.options.onDropped();
      return;
    }
    const at = new Date(this.options.clock.now()).toISOString().replace(/\.\d+Z$/, 'Z');
    const text = message.length <= MAX_MESSAGE ? message : `${message.slice(0, MAX_MESSAGE - 1)}…`;
    this.pending.push({ object, type, reason: reason.slice(0, MAX_REASON), message: text, at });
    this.sending ??= this.sendAll();
  }

  /** Settles when everything that was recorded has been written or given up. */
  async flush(): Promise<void> {
    await this.sending;
  }

  private async sendAll(): Promise<void> {
    for (let news = this.pending.shift(); news !== undefined; news = this.pending.shift()) {
      try {
        await this.send(news);
      } catch (error) {
        // An event is for people who look now; the conditions of the object say the same for ever.
        this.options.onDropped();
        const why = error instanceof Error ? error.message : String(error);
        this.options.log.debug({ reason: news.reason, why }, 'an event could not be written');
      }
    }
    this.sending = undefined;
  }

  private async send(news: News): Promise<void> {
    const id = identityOf(news);
    const before = this.written.get(id);
    if (before !== undefined) {
      const count = before.count + 1;
      try {
        await this.options.client.mergePatch('Event', before, { count, lastTimestamp: news.at });
        this.remember(id, { ...before, count });
        return;
      } catch (error) {
        // The API server forgets events after an hour.
        if (!(error instanceof KubeError) || error.status !== 404) throw error;
      }
    }
    this.remember(id, await this.create(news));
  }

  private async create({ object, type, reason, message, at }: News): Promise<Written> {
    const { namespace, name: of, uid, resourceVersion } = object.metadata;
    this.numbered += 1;
    const unique = `${this.options.clock.now().toString(16)}${(this.numbered % 4096).toString(16).padStart(3, '0')}`;
    const name = `${of.slice(0, 200).replace(/[^a-z0-9]+$/, '')}.${unique}`;
    await this.options.client.create('Event', namespace, {
      metadata: { name, namespace },
      involvedObject: { apiVersion: object.apiVersion, kind: object.kind, namespace, name: of, uid, resourceVersion },
      type,
      reason,
      message,
      count: 1,
      firstTimestamp: at,
      lastTimestamp: at,
      source: { component: FIELD_MANAGER },
      reportingComponent: FIELD_MANAGER,
      reportingInstance: this.options.instance.slice(0, 128),
    });
    return { namespace, name, count: 1 };
  }

  private remember(id: string, written: Written): void {
    this.written.delete(id);
    this.written.set(id, written);
    dropOldest(this.written, MAX_REMEMBERED);
  }

  private allowed(uid: string): boolean {
    const now = this.options.clock.now();
    const before = this.allowances.get(uid) ?? { left: BURST, at: now };
    const gained = Math.floor((now - before.at) / REFILL_MS);
    const left = Math.min(BURST, before.left + gained);
    const at = left === BURST ? now : before.at + gained * REFILL_MS;
    this.allowances.delete(uid);
    this.allowances.set(uid, { left: Math.max(0, left - 1), at });
    dropOldest(this.allowances, MAX_OBJECTS);
    return left > 0;
  }
}

function identityOf({ object, type, reason, message }: News): string {
  return createHash('sha256').update([object.metadata.uid, type, reason, message].join('\0')).digest('base64');
}

function dropOldest(map: Map<string, unknown>, max: number): void {
  for (const key of map.keys()) {
    if (map.size <= max) return;
    map.delete(key);
  }
}
