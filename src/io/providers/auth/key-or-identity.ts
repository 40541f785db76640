import { ArenaError } from '../../../core/errors.js';
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
    return this.isKeyGiven() ? this.byKey.hint() : this.alsoByKey(this.byIdentity.hint());
  }

  caller(request: Outgoing): Caller | Promise<Caller> {
    const waiting = this.credential.ready();
    if (waiting !== undefined) return waiting.then(() => this.callerNow(request));
    return this.callerNow(request);
  }

  /** Each of the two says of callers that are not its own that they have been replaced: so only the right one is asked. */
  renew(refused: Caller): boolean | Promise<boolean> {
    return this.known().renew?.(refused) ?? false;
  }

  private callerNow(request: Outgoing): Caller | Promise<Caller> {
    const caller = this.known().caller(request);
    return caller instanceof Promise ? caller.catch((error: unknown) => this.refuse(error)) : caller;
  }

  private refuse(error: unknown): never {
    if (!(error instanceof ArenaError) || error.code !== 'unauthorized' || this.isKeyGiven()) throw error;
    throw new ArenaError(
      { ...error.failure, hint: this.alsoByKey(error.failure.hint ?? this.byIdentity.hint()) },
      { cause: error },
    );
  }

  /** Who names a variable meant to call with a key: that it is empty comes first. */
  private alsoByKey(hint: string): string {
    const variable = this.credential.unsetVariable;
    if (variable === undefined) return hint;
    return `set ${variable} (credential.credential_env of the provider), which is empty here; or ${hint}`;
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
