import { ArenaError, toFailure } from '../../core/errors.js';
import type { CompleteOptions } from '../../core/provider.js';
import { pause } from '../pause.js';
import { watchAbort } from '../providers/abort-hub.js';
import { answerScrubberOf, scrubberOf } from '../providers/credential.js';
import { queryScrubber } from '../providers/shown-address.js';
import type { Bearer } from './bearer.js';
import { AgentConnection } from './connection.js';
import type { ConnectionSlots, Slot } from './connection-slots.js';

/** How long a place at an agent that is full is waited for in one try, in milliseconds. */
const LONGEST_FULL_MS = 60_000;

export interface DoorOptions {
  url: URL;
  headers: { [name: string]: string };
  bearer: Bearer;
  slots: ConnectionSlots;
  /** Connections of this process to the origin, at most. */
  maxConnections: number;
  connectTimeoutMs: number;
  greetingTimeoutMs: number;
}

export type Opening = Pick<CompleteOptions, 'signal' | 'untimed'>;

/** A connection, and what goes with it. */
export interface OpenConnection {
  connection: AgentConnection;
  slot: Slot;
  /** Takes the token out of answers. */
  scrubAnswer: <T>(answer: T) => T;
}

/** Opens connections to one agent: with a token, and within their number. */
export class AgentDoor {
  /** Origin and path of the agent, for people. */
  readonly address: string;
  /** Connections that stand. */
  private standing = 0;
  private readonly scrubQuery: (text: string) => string;

  constructor(private readonly options: DoorOptions) {
    const { protocol, host, pathname } = options.url;
    this.address = `${protocol}//${host}${pathname}`;
    this.scrubQuery = queryScrubber(options.url);
  }

  /** Rejects with an `ArenaError`, or the signal's reason. */
  async open({ signal, untimed }: Opening): Promise<OpenConnection> {
    const acquired = this.options.slots.acquire(this.options.maxConnections, signal);
    const slot = await (untimed === undefined ? acquired : untimed(acquired));
    try {
      const opened = await this.patiently(signal);
      this.standing += 1;
      opened.connection.onGone(() => {
        this.standing -= 1;
        slot.release();
      });
      return { ...opened, slot };
    } catch (error) {
      slot.release();
      throw error;
    }
  }

  /** An agent that serves others of ours and takes no more is full, not down: its next free place is waited for. */
  private async patiently(signal: AbortSignal): Promise<Omit<OpenConnection, 'slot'>> {
    const startedAt = performance.now();
    for (;;) {
      try {
        return await this.dial(signal);
      } catch (error) {
        const { code, retryAfterMs } = toFailure(error);
        // Only what refused the connection says how long to wait.
        const isFull = code === 'provider_unavailable' && this.standing > 0;
        if (!isFull || retryAfterMs === undefined) throw error;
        const waitMs = retryAfterMs * (0.5 + Math.random());
        if (performance.now() + waitMs - startedAt > LONGEST_FULL_MS) throw error;
        await pause(waitMs, signal);
      }
    }
  }

  private async dial(signal: AbortSignal): Promise<Omit<OpenConnection, 'slot'>> {
    const { bearer, headers: own, url, connectTimeoutMs, greetingTimeoutMs } = this.options;
    for (let refused = false; ; refused = true) {
      await abortable(bearer.ready(), signal);
      const key = bearer.key();
      const isGiven = Object.keys(own).some((name) => name.toLowerCase() === 'authorization');
      const headers = key === undefined || isGiven ? own : { ...own, authorization: `Bearer ${key}` };
      const scrubKey = scrubberOf(key, own);
      const scrub = (text: string) => scrubKey(this.scrubQuery(text));
      const names = { address: this.address, credentialHint: bearer.hint(), scrub };
      try {
        const options = { url, headers, names, connectTimeoutMs, greetingTimeoutMs };
        return { connection: await AgentConnection.dial(options, signal), scrubAnswer: answerScrubberOf(key, own) };
      } catch (error) {
        const isUnauthorized = error instanceof ArenaError && error.failure.status === 401;
        if (refused || !isUnauthorized || !(await bearer.refused(key))) throw error;
      }
    }
  }
}

/** What many wait for does not end with one of them; each stops waiting by its own signal. */
function abortable(waiting: Promise<void> | undefined, signal: AbortSignal): Promise<void> | undefined {
  if (waiting === undefined) return undefined;
  return new Promise((resolve, reject) => {
    const unwatch = watchAbort(signal, reject);
    waiting.then(resolve, reject).finally(unwatch);
    if (signal.aborted) reject(signal.reason);
  });
}
