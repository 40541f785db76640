import { seededRandom } from '../../core/seeded-random.js';
import type { MockAgentOptions } from './options.js';

/** The delays and cuts that a server's options ask for, drawn from a seeded generator. */
export class Chances {
  /** 0 ≤ x < 1. */
  private readonly next: () => number;

  constructor(private readonly options: Pick<MockAgentOptions, 'latencyMs' | 'cutRate' | 'seed'>) {
    this.next = seededRandom(options.seed ?? 1);
  }

  latencyMs(): number {
    const { latencyMs = 0 } = this.options;
    if (typeof latencyMs === 'number') return latencyMs;
    return latencyMs.min + this.next() * (latencyMs.max - latencyMs.min);
  }

  /** The connection is cut in the middle of the next turn. */
  cuts(): boolean {
    const { cutRate = 0 } = this.options;
    return cutRate > 0 && this.next() < cutRate;
  }
}
