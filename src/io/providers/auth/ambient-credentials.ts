/** Credentials that a cloud gives to who runs there: fetched when they are needed, and again before they end. */
import { ArenaError } from '../../../core/errors.js';

/** Fetched again this long before they end, while calls go on with what is there. In milliseconds. */
const EARLY_MS = 5 * 60_000;

/** Credentials that end within this time are not used any more: a call has to arrive with them. In milliseconds. */
const TOO_LATE_MS = 10_000;

/** Nobody asks again for this long after a failure, or for early or refused ones: hundreds of calls may want to. */
const PAUSE_MS = 2_000;

/** The same where credentials were refused although they are new: the cause lies elsewhere then. */
const REFUSED_PAUSE_MS = 10_000;

/** Longest time to fetch them, in milliseconds. */
const FETCH_TIMEOUT_MS = 30_000;

export interface AmbientValue<T> {
  value: T;
  /** Tells one set of credentials from another. */
  mark: string;
  /** In milliseconds since the epoch; undefined: they do not end. */
  expiresAt: number | undefined;
}

/**
 * One identity of this process, shared by all providers that call as it. `fetch` is told whether what is known must not
 * be given again; it rejects with an `ArenaError`.
 */
export class AmbientCredentials<T> {
  private held: AmbientValue<T> | undefined;
  private inAir: Promise<AmbientValue<T>> | undefined;
  private fetchedAt = Number.NEGATIVE_INFINITY;
  private failure: { error: unknown; at: number } | undefined;

  /** `now`: milliseconds since the epoch, as the ends of credentials are given. */
  constructor(
    /** For people, e.g. `AWS`. */
    private readonly cloud: string,
    private readonly fetch: (anew: boolean) => Promise<AmbientValue<T>>,
    private readonly now: () => number = Date.now,
  ) {}

  /** At once where they are known. Rejects with an `ArenaError` when there are none to be had. */
  current(): AmbientValue<T> | Promise<AmbientValue<T>> {
    const { held } = this;
    if (held === undefined) return this.fetchOnce(false);
    if (held.expiresAt === undefined) return held;
    const leftMs = held.expiresAt - this.now();
    if (leftMs <= TOO_LATE_MS) return this.fetchOnce(false);
    // Who comes when they have ended is told of a failure.
    if (leftMs < EARLY_MS && this.now() - this.fetchedAt >= PAUSE_MS) this.fetchOnce(false).catch(() => undefined);
    return held;
  }

  /** Told that these were refused: true when there are others now. */
  async renew(mark: string): Promise<boolean> {
    if (this.held !== undefined && this.held.mark !== mark) return true;
    if (this.inAir === undefined && this.now() - this.fetchedAt < REFUSED_PAUSE_MS) return false;
    // What is wrong is told to the next call.
    const fresh = await this.fetchOnce(true).catch(() => undefined);
    return fresh !== undefined && fresh.mark !== mark;
  }

  private fetchOnce(anew: boolean): Promise<AmbientValue<T>> {
    const { failure } = this;
    if (failure !== undefined && this.now() - failure.at < PAUSE_MS) return Promise.reject(failure.error);
    this.inAir ??= this.fetchNow(anew).finally(() => {
      this.inAir = undefined;
    });
    return this.inAir;
  }

  private async fetchNow(anew: boolean): Promise<AmbientValue<T>> {
    this.fetchedAt = this.now();
    try {
      this.held = await this.inTime(this.fetch(anew));
      this.failure = undefined;
      return this.held;
    } catch (error) {
      this.failure = { error, at: this.now() };
      throw error;
    }
  }

  private async inTime<Value>(fetched: Promise<Value>): Promise<Value> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(() => {
        const message = `${this.cloud} gave no credentials within ${FETCH_TIMEOUT_MS / 1000} s.`;
        reject(new ArenaError({ code: 'connection_failed', message }));
      }, FETCH_TIMEOUT_MS);
    });
    try {
      return await Promise.race([fetched, late]);
    } finally {
      clearTimeout(timer);
    }
  }
}
