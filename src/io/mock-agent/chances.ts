import type { MockAgentOptions } from './options.js';

/** The delays and cuts that a server's options ask for, drawn from a seeded generator. */
export class Chances {
  private state: number;

  constructor(private readonly options: Pick<MockAgentOptions, 'latencyMs' | 'cutRate' | 'seed'>) {
    this.state = options.seed ?? 1;
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

  /** Mulberry32: 0 ≤ x < 1. */
  private next(): number {
    this.state = (this.state + 0x6d2b79f5) | 0;
    let t = Math.imul(this.state ^ (this.state >>> 15), 1 | this.state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  }
}
