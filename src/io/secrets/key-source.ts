/** A place outside from which a key is read again and again, so that a changed one takes effect in a running worker. */
export interface KeySource {
  /** Reads the key where that means waiting. Undefined when `key` can be asked at once, which is the usual case. */
  ready(): Promise<void> | undefined;
  /** The key as it was read last. Throws `unauthorized` when there is none to be had. */
  key(): string;
  /** Told that a service refuses this key: reads it again at once. True when there is another one now. */
  refused(key: string): boolean | Promise<boolean>;
  /** What to do about a key that is wrong. */
  readonly hint: string;
}

/** A key is used for at most this long before it is read again, in milliseconds. */
export const KEPT_MS = 30_000;

/** The same for a key that a service has refused: whoever corrects it should not wait, and nobody reads it at each call. */
export const REFUSED_KEPT_MS = 1_000;
