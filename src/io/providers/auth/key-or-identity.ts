import type { Credential } from '../credential.js';
import type { Authenticator, Caller, Outgoing } from './authenticator.js';

/** Calls with a key where one is given, else as whom the cloud takes this process for. Looked up at each call. */
export class KeyOrIdentity implements Authenticator {
  constructor(
    private readonly credential: Credential,
    private readonly byKey: Authenticator,
    private readonly byIdentity: Authenticator,
  ) {}

  hint(): string {
    return this.isKeyGiven() ? this.byKey.hint() : this.byIdentity.hint();
  }

  caller(request: Outgoing): Caller | Promise<Caller> {
    const waiting = this.credential.ready();
    if (waiting !== undefined) return waiting.then(() => this.known().caller(request));
    return this.known().caller(request);
  }

  /** Each of the two says of callers that are not its own that they have been replaced: so only the right one is asked. */
  renew(refused: Caller): boolean | Promise<boolean> {
    return this.known().renew?.(refused) ?? false;
  }

  private known(): Authenticator {
    return this.credential.key() === undefined ? this.byIdentity : this.byKey;
  }

  private isKeyGiven(): boolean {
    try {
      return this.credential.key() !== undefined;
    } catch {
      // It is given and cannot be used, which is the key's matter as well.
      return true;
    }
  }
}
