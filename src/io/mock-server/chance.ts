import { seededRandom } from '../../core/seeded-random.js';
import type { MockServerOptions } from './options.js';
import type { ScriptedAnswer } from './script.js';

/** The failures and delays that a server's options ask for, drawn from a seeded generator. */
export class Chance {
  private served = 0;
  /** 0 ≤ x < 1. */
  private readonly next: () => number;

  constructor(private readonly options: MockServerOptions) {
    this.next = seededRandom(options.seed ?? 1);
  }

  latencyMs(): number {
    const { latencyMs = 0 } = this.options;
    if (typeof latencyMs === 'number') return latencyMs;
    return latencyMs.min + this.next() * (latencyMs.max - latencyMs.min);
  }

  /** The failure that the next call gets, if any. */
  failure(): ScriptedAnswer | undefined {
    const { rateLimitFirst = 0, rateLimitRate = 0, errorRate = 0, errorStatus = 500 } = this.options;
    this.served += 1;
    if (this.served <= rateLimitFirst || (rateLimitRate > 0 && this.next() < rateLimitRate)) return this.rateLimited();
    if (errorRate > 0 && this.next() < errorRate) {
      return { status: errorStatus, error: { message: 'The mock server was told to fail this call.' } };
    }
    return undefined;
  }

  private rateLimited(): ScriptedAnswer {
    const { retryAfterSeconds = 1, retryAfterForm = 'seconds' } = this.options;
    const date = (): string => new Date(Date.now() + retryAfterSeconds * 1000).toUTCString();
    return {
      status: 429,
      retry_after: retryAfterForm === 'date' ? date() : retryAfterSeconds,
      error: { message: 'Rate limit reached.' },
    };
  }
}
