/** Calls of one process to a provider that may be down. */
import type { CallEnd, GatedCall, Pass } from '../../activities/shard/call-gate.js';
import { Held } from '../../activities/shard/held.js';
import { ProviderHolds } from '../../activities/shard/provider-holds.js';
import { ArenaError } from '../../src/core/errors.js';

/** A provider as calls of one process meet it; time passes with each step. */
export class HoldLine {
  private time = 0;
  readonly holds: ProviderHolds;

  constructor(holdMs = 60_000) {
    this.holds = new ProviderHolds(holdMs, () => {
      this.time += 1;
      return this.time;
    });
  }

  call({
    suspect = false,
    provider = 'p',
    signal = new AbortController().signal,
  }: {
    suspect?: boolean;
    provider?: string;
    signal?: AbortSignal;
  } = {}): GatedCall {
    const request = { messages: [], parameters: {}, context: { scenario: 's', provider } };
    const setAside = (reason: Held): never => {
      throw reason;
    };
    return { provider, request, suspect, patient: true, signal, setAside };
  }

  /** What becomes of a call that comes now: let through, waiting, set aside or refused. */
  async enter(call = this.call()): Promise<Pass | Held | ArenaError | 'waits'> {
    try {
      const entered = Promise.resolve(this.holds.enter(call));
      entered.catch(() => undefined);
      return await Promise.race([entered, new Promise<'waits'>((resolve) => setImmediate(() => resolve('waits')))]);
    } catch (error) {
      if (error instanceof Held || error instanceof ArenaError) return error;
      throw error;
    }
  }

  async pass(call = this.call()): Promise<Pass> {
    const entered = await this.enter(call);
    if (entered === 'waits' || entered instanceof Error) throw new Error('the call was not let through');
    return entered;
  }

  /** One call that ends at once. True when the gate wants it again. */
  async ends(end: CallEnd, call = this.call()): Promise<boolean> {
    return (await this.pass(call)).end(end) === true;
  }

  /** What would become of a call now, without making it. */
  async state(): Promise<string> {
    const call = this.call();
    const entered = await this.enter(call);
    if (entered === 'waits') return 'waits';
    if (entered instanceof Held) return 'set aside';
    if (entered instanceof ArenaError) return `refused: ${entered.message}`;
    entered.end({ notCalled: true });
    return 'let through';
  }
}
