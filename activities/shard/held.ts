import type { Failure } from '../../src/core/errors.js';

/** A conversation needs a provider that is down: it is handed back and comes again when somebody has found it up. */
export class Held extends Error {
  constructor(
    readonly provider: string,
    readonly failure: Failure,
    /** A call of the conversation itself has failed. */
    readonly own: boolean,
  ) {
    super(`the provider ${provider} is down`);
  }
}
