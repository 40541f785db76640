/**
 * Which objects are to be looked at, and when. A key stands in it once however often it is added, is never worked on twice
 * at a time, and namespaces take turns, so that one with hundreds of objects does not keep the others waiting.
 */
import type { Clock } from './clock.js';

export interface QueueKey {
  kind: string;
  namespace: string;
  name: string;
}

export interface WorkQueueOptions {
  /** Keys worked on at a time. */
  parallel: number;
  clock: Clock;
  /** Says in how many milliseconds the key is to come again, if no change brings it sooner. A throw brings it back by itself. */
  work(key: QueueKey): Promise<number | undefined>;
  /** What was thrown, and when the key is worked on again. */
  onFailure(key: QueueKey, error: unknown, againInMs: number): void;
}

/** Delays after failures in a row. */
const MIN_DELAY_MS = 5;
const MAX_DELAY_MS = 5 * 60_000;

/** A change brings a failing key forward, but not sooner than this: a failure may itself be what changes the object. */
const CHANGED_WHILE_FAILING_MS = 1_000;

interface Entry {
  key: QueueKey;
  state: 'idle' | 'ready' | 'working';
  /** Added while it was worked on: what that work saw may be out of date. */
  again: boolean;
  failures: number;
  due?: { at: number; callOff: () => void };
}

const idOf = ({ kind, namespace, name }: QueueKey): string => `${kind}/${namespace}/${name}`;

export class WorkQueue {
  private readonly entries = new Map<string, Entry>();
  /** Keys that are ready, by namespace. The namespace whose turn it is stands first. */
  private readonly ready = new Map<string, Entry[]>();
  private working = 0;
  private running = false;
  private ended: (() => void)[] = [];

  constructor(private readonly options: WorkQueueOptions) {}

  /** Keys that could be worked on at once. */
  get depth(): number {
    let count = 0;
    for (const entries of this.ready.values()) count += entries.length;
    return count;
  }

  /** Keys that wait for their time. */
  get waiting(): number {
    let count = 0;
    for (const entry of this.entries.values()) if (entry.due !== undefined) count += 1;
    return count;
  }

  /** To be worked on as soon as may be. */
  add(key: QueueKey): void {
    const entry = this.entry(key);
    if (entry.state === 'working') entry.again = true;
    else if (entry.failures > 0 && entry.due !== undefined) this.schedule(entry, CHANGED_WHILE_FAILING_MS);
    else this.makeReady(entry);
  }

  /** To be worked on when the time is over, or sooner. */
  addAfter(key: QueueKey, ms: number): void {
    const entry = this.entry(key);
    if (entry.state === 'idle') this.schedule(entry, ms);
  }

  start(): void {
    this.running = true;
    this.next();
  }

  /** Begins nothing any more; settles when what has begun is over. What was added is kept for the next start. */
  stop(): Promise<void> {
    this.running = false;
    if (this.working === 0) return Promise.resolve();
    return new Promise((resolve) => this.ended.push(resolve));
  }

  /** Forgets everything that is not being worked on. */
  clear(): void {
    for (const [id, entry] of this.entries) {
      entry.due?.callOff();
      entry.due = undefined;
      entry.again = false;
      if (entry.state !== 'working') this.entries.delete(id);
    }
    this.ready.clear();
  }

  private entry(key: QueueKey): Entry {
    const id = idOf(key);
    const found = this.entries.get(id);
    if (found !== undefined) return found;
    const made: Entry = { key, state: 'idle', again: false, failures: 0 };
    this.entries.set(id, made);
    return made;
  }

  /** The earlier of two times counts. */
  private schedule(entry: Entry, ms: number): void {
    const at = this.options.clock.now() + ms;
    if (entry.due !== undefined && entry.due.at <= at) return;
    entry.due?.callOff();
    entry.due = { at, callOff: this.options.clock.after(ms, () => this.makeReady(entry)) };
  }

  private makeReady(entry: Entry): void {
    entry.due?.callOff();
    entry.due = undefined;
    if (entry.state !== 'idle') return;
    entry.state = 'ready';
    const { namespace } = entry.key;
    const waiting = this.ready.get(namespace);
    if (waiting === undefined) this.ready.set(namespace, [entry]);
    else waiting.push(entry);
    this.next();
  }

  private next(): void {
    while (this.running && this.working < this.options.parallel) {
      const entry = this.take();
      if (entry === undefined) return;
      this.working += 1;
      entry.state = 'working';
      void this.work(entry);
    }
  }

  private take(): Entry | undefined {
    const [turn] = this.ready;
    if (turn === undefined) return undefined;
    const [namespace, waiting] = turn;
    const entry = waiting.shift();
    // Behind all others again.
    this.ready.delete(namespace);
    if (waiting.length > 0) this.ready.set(namespace, waiting);
    return entry;
  }

  private async work(entry: Entry): Promise<void> {
    let afterMs: number | undefined;
    try {
      afterMs = await this.options.work(entry.key);
      entry.failures = 0;
    } catch (error) {
      afterMs = this.delayOf(entry);
      entry.failures += 1;
      this.options.onFailure(entry.key, error, afterMs);
    }
    this.working -= 1;
    this.settle(entry, afterMs);
    if (this.working === 0) for (const resolve of this.ended.splice(0)) resolve();
    this.next();
  }

  private settle(entry: Entry, afterMs: number | undefined): void {
    entry.state = 'idle';
    const { again } = entry;
    entry.again = false;
    if (afterMs !== undefined) this.schedule(entry, afterMs);
    if (again) this.add(entry.key);
    // A key that nobody waits for is not kept: objects come and go.
    if (entry.state === 'idle' && entry.due === undefined) this.entries.delete(idOf(entry.key));
  }

  private delayOf({ failures }: Entry): number {
    const full = Math.min(MAX_DELAY_MS, MIN_DELAY_MS * 2 ** failures);
    return full * (0.5 + this.options.clock.random() / 2);
  }
}
