/** A token that opens connections. A connection asks `ready`, waits where that says so, and takes `key`. */
export interface Bearer {
  /** Rejects with an `ArenaError` when the token cannot be had. */
  ready(): Promise<void> | undefined;
  /** Undefined when there is none. */
  key(): string | undefined;
  /** Told that the agent has refused it; true when there is another one now. */
  refused(key: string | undefined): boolean | Promise<boolean>;
  /** What to do about a token that is missing or wrong. */
  hint(): string;
}
