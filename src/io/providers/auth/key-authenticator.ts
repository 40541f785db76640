import { ArenaError } from '../../../core/errors.js';
import { answerScrubberOf, type Credential, scrubberOf } from '../credential.js';
import type { Authenticator, Caller } from './authenticator.js';

export interface KeyOptions {
  /** Id of the provider, for people. */
  id: string;
  credential: Credential;
  /** Whether the service answers nobody without a key, so that a call without one is not even tried. */
  required: boolean;
  /** The header that carries the key. A header of that name in the provider file takes its place. */
  header: { name: string; prefix?: string };
  /** Headers of the provider file. */
  own: Readonly<Record<string, string>>;
}

/** A key in a header. It is looked up at each call, and what follows from it is kept until it changes. */
export class KeyAuthenticator implements Authenticator {
  private known: (Caller & { key: string | undefined }) | undefined;

  constructor(private readonly options: KeyOptions) {}

  hint(): string {
    return this.options.credential.hint();
  }

  caller(): Caller | Promise<Caller> {
    const waiting = this.options.credential.ready();
    return waiting === undefined ? this.current() : waiting.then(() => this.current());
  }

  renew(refused: Caller): boolean | Promise<boolean> {
    // Another call has brought a new key since.
    if (this.known !== refused) return true;
    return this.options.credential.refused(this.known.key);
  }

  private current(): Caller {
    const { id, credential, required } = this.options;
    const key = credential.key();
    if (key === undefined && required) {
      const message = `Provider ${id} has no key.`;
      // Keys that may yet come are told by their source: what is missing here is missing for as long as the process lives.
      throw new ArenaError({ code: 'unauthorized', message, hint: credential.hint(), lasting: true });
    }
    if (this.known === undefined || this.known.key !== key) this.known = { key, ...this.callerWith(key) };
    return this.known;
  }

  private callerWith(key: string | undefined): Caller {
    const { header, own } = this.options;
    const { name, prefix = '' } = header;
    const isGiven = Object.keys(own).some((given) => given.toLowerCase() === name);
    return {
      headers: key === undefined || isGiven ? [] : [name, `${prefix}${key}`],
      scrub: scrubberOf(key, own),
      scrubAnswer: answerScrubberOf(key, own),
    };
  }
}
