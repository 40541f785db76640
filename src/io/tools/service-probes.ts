/** Whether services can be reached, looked at before a run spends anything on conversations that would want them. */
import { connect } from 'node:net';
import type { ResolvedProbe } from '../../cluster/resolved-job.js';
import { ArenaError } from '../../core/errors.js';

/** A service that refuses connections may be coming up. In milliseconds. */
const BETWEEN_TRIES_MS = 250;

export class ServiceProbes {
  private readonly foundAt = new Map<string, number>();

  /** `now`: milliseconds of a clock that only goes forward. */
  constructor(private readonly now: () => number = () => performance.now()) {}

  /** Throws one `invalid_input` that names every service that accepts no connection in its time. */
  async expect(probes: readonly ResolvedProbe[]): Promise<void> {
    const looked = await Promise.all(probes.map((probe) => this.look(probe)));
    const faults = looked.filter((fault) => fault !== undefined);
    if (faults.length > 0) throw new ArenaError({ code: 'invalid_input', message: faults.join('\n') });
  }

  private async look({ endpoint, timeoutMs, intervalMs, from }: ResolvedProbe): Promise<string | undefined> {
    const { protocol, hostname, port } = new URL(endpoint);
    const address = {
      host: hostname.replace(/^\[|\]$/g, ''),
      port: Number(port || (protocol === 'https:' ? 443 : 80)),
    };
    const key = `${address.host} ${address.port}`;
    if (this.now() - (this.foundAt.get(key) ?? Number.NEGATIVE_INFINITY) < intervalMs) return undefined;
    const why = await this.reach(address, this.now() + timeoutMs);
    if (why === undefined) {
      this.foundAt.set(key, this.now());
      return undefined;
    }
    return `ToolUnavailable: ${from}: ${hostname}:${address.port} accepts no connection within ${timeoutMs / 1000} s (${why}): start the service, or switch spec.probe off`;
  }

  private async reach(address: { host: string; port: number }, deadline: number): Promise<string | undefined> {
    for (;;) {
      const why = await refusalAt(address, Math.max(1, deadline - this.now()));
      if (why === undefined || this.now() + BETWEEN_TRIES_MS >= deadline) return why;
      await new Promise((resolve) => setTimeout(resolve, BETWEEN_TRIES_MS));
    }
  }
}

function refusalAt(address: { host: string; port: number }, timeoutMs: number): Promise<string | undefined> {
  return new Promise((resolve) => {
    const socket = connect({ ...address, timeout: Math.ceil(timeoutMs) });
    const end = (why?: string) => {
      socket.destroy();
      resolve(why);
    };
    socket.once('connect', () => end());
    socket.once('timeout', () => end('no answer'));
    socket.once('error', (error) => end('code' in error ? String(error.code) : error.message));
  });
}
