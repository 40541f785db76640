import type { ArenaError, Failure } from '../../core/errors.js';
import type { Completion, Provider } from '../../core/provider.js';

/** A provider that this version cannot call. It stands in the matrix all the same, and each use of it says why. */
export class RefusedProvider implements Provider {
  readonly local = true;

  constructor(
    readonly id: string,
    private readonly error: ArenaError,
  ) {}

  get failure(): Failure {
    return this.error.failure;
  }

  complete(): Promise<Completion> {
    return Promise.reject(this.error);
  }
}
