import type { CallGate, GatedCall, Pass } from '../shard/call-gate.js';
import { PaceLine } from './pace-line.js';

/** `stream_max_concurrent`: so many streams of a provider are in flight in this process at most. */
export class StreamBound implements CallGate {
  private readonly line = new PaceLine<Pass>();
  private open = 0;

  constructor(private readonly most: number) {}

  enter(call: GatedCall): Pass | Promise<Pass> | undefined {
    if (call.request.stream !== true) return undefined;
    if (this.open >= this.most) return this.line.join(call);
    this.open += 1;
    return this.pass();
  }

  private pass(): Pass {
    return {
      end: () => {
        // Whoever waits takes the place over.
        if (this.line.length > 0) this.line.admit(this.pass());
        else this.open -= 1;
        return undefined;
      },
    };
  }
}
