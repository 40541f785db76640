import { answerScrubberOf, scrubberOf } from '../credential.js';
import type { AmbientCredentials, AmbientValue } from './ambient-credentials.js';
import type { Authenticator, Caller } from './authenticator.js';

/** A token of a cloud as bearer; what follows from it is kept until there is another one. */
export class TokenAuthenticator implements Authenticator {
  private known: (Caller & { token: string }) | undefined;

  /** `own`: headers of the provider file; `authorization` among them takes the place of the token. */
  constructor(
    private readonly tokens: AmbientCredentials<string>,
    private readonly mending: string,
    private readonly own: Readonly<Record<string, string>>,
  ) {}

  hint(): string {
    return this.mending;
  }

  caller(): Caller | Promise<Caller> {
    const current = this.tokens.current();
    return current instanceof Promise ? current.then((token) => this.callerWith(token)) : this.callerWith(current);
  }

  renew(refused: Caller): boolean | Promise<boolean> {
    if (this.known !== refused) return true;
    return this.tokens.renew(this.known.token);
  }

  private callerWith({ value: token }: AmbientValue<string>): Caller {
    if (this.known?.token !== token) {
      const isGiven = Object.keys(this.own).some((name) => name.toLowerCase() === 'authorization');
      this.known = {
        token,
        headers: isGiven ? [] : ['authorization', `Bearer ${token}`],
        scrub: scrubberOf(token, this.own),
        scrubAnswer: answerScrubberOf(token, this.own),
      };
    }
    return this.known;
  }
}
