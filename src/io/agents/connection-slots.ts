/** How many connections this process holds to an agent. */
import { watchAbort } from '../providers/abort-hub.js';

/**
 * A connection that nobody has used for this long may be closed for one that is wanted, in milliseconds. Its conversation
 * goes on over another one. Younger ones stay: conversations that take turns at once would only close each other's.
 */
const IDLE_MS = 1000;

/** The right to hold one connection. */
export interface Slot {
  /** Between turns: the connection may be given up by calling `close`, which leads to `release`. */
  idle(close: () => void): void;
  busy(): void;
  /** A second call changes nothing. */
  release(): void;
}

interface Waiting {
  most: number;
  take(): void;
}

export class ConnectionSlots {
  private taken = 0;
  private readonly idle = new Map<object, { close: () => void; since: number }>();
  /** Given up, and not gone yet. */
  private readonly leaving = new Set<object>();
  private readonly waiting: Waiting[] = [];
  private timer: NodeJS.Timeout | undefined;

  /** `idleMs`: see above. */
  constructor(private readonly idleMs = IDLE_MS) {}

  /** Waits while `most` are held. Rejects with the signal's reason. */
  async acquire(most: number, signal: AbortSignal): Promise<Slot> {
    signal.throwIfAborted();
    if (this.taken >= most) {
      await new Promise<void>((resolve, reject) => {
        const unwatch = watchAbort(signal, (reason) => {
          this.waiting.splice(this.waiting.indexOf(entry), 1);
          reject(reason);
        });
        const entry: Waiting = {
          most,
          take: () => {
            unwatch();
            resolve();
          },
        };
        this.waiting.push(entry);
        this.makeRoom();
      });
    } else this.taken += 1;
    return this.slot();
  }

  private slot(): Slot {
    const key = {};
    let held = true;
    return {
      idle: (close) => {
        this.idle.set(key, { close, since: performance.now() });
        this.makeRoom();
      },
      busy: () => this.idle.delete(key),
      release: () => {
        if (!held) return;
        held = false;
        this.idle.delete(key);
        this.leaving.delete(key);
        this.taken -= 1;
        this.passOn();
      },
    };
  }

  private passOn(): void {
    // Providers of one origin may have bounds of their own: the tightest does not hold up the others.
    const at = this.waiting.findIndex(({ most }) => this.taken < most);
    const [next] = at === -1 ? [] : this.waiting.splice(at, 1);
    if (next === undefined) return;
    this.taken += 1;
    next.take();
  }

  /** While connections are waited for, gives up as many of those that have been idle for long enough, oldest first. */
  private makeRoom(): void {
    for (const [key, { close, since }] of this.idle) {
      if (this.waiting.length <= this.leaving.size) return;
      const leftMs = since + this.idleMs - performance.now();
      if (leftMs > 0) {
        this.timer ??= setTimeout(() => {
          this.timer = undefined;
          this.makeRoom();
        }, leftMs);
        return;
      }
      this.idle.delete(key);
      this.leaving.add(key);
      close();
    }
  }
}

const byOrigin = new Map<string, ConnectionSlots>();

/** Shared by all providers of this process that name the origin. */
export function slotsOf(origin: string): ConnectionSlots {
  let slots = byOrigin.get(origin);
  if (slots === undefined) {
    slots = new ConnectionSlots();
    byOrigin.set(origin, slots);
  }
  return slots;
}
