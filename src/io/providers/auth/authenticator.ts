/** Who calls: what a request carries to be let in, and how that is kept out of texts. */

/** What is known of the caller for one request. */
export interface Caller {
  /** Names and values in turn. */
  headers: readonly string[];
  /** Takes credentials out of a text. */
  scrub: (text: string) => string;
  /** Takes credentials out of an answer, which is plain data. */
  scrubAnswer: <T>(answer: T) => T;
}

/** What is about to be sent. */
export interface Outgoing {
  method: string;
  url: URL;
  /** Names and values in turn; without those of the caller. */
  headers: readonly string[];
  body: string;
}

export interface Authenticator {
  /** How the credentials can be mended, for people. */
  hint(): string;
  /** At once where nothing has to be fetched. Throws or rejects with an `ArenaError` when there are no credentials. */
  caller(request: Outgoing): Caller | Promise<Caller>;
  /**
   * After a refusal of this caller: looks again. True when there are other credentials now, so that a further try makes
   * sense. Others may have looked meanwhile: it is this caller's credentials that count, not those known last.
   */
  renew?(refused: Caller): boolean | Promise<boolean>;
}
