import type { Control } from '../../src/core/control.js';
import { ProcessGate } from './process-gate.js';
import { RunControl } from './run-control.js';

interface Running {
  stop(error: Error): void;
  ended: Promise<void>;
}

/** What the shards of one process share: the gate, one pool a run, and the knowledge of which attempts are alive. */
export class ShardProcess {
  readonly gate = new ProcessGate();
  private readonly controls = new Map<string, RunControl>();
  private readonly running = new Map<string, Running>();

  control(run: string, ask: () => Promise<Control>): RunControl {
    let control = this.controls.get(run);
    if (control === undefined) {
      control = new RunControl(ask);
      this.controls.set(run, control);
    }
    return control;
  }

  /** To be called when a shard of the run has ended. */
  leave(run: string): void {
    if (this.controls.get(run)?.stopWhenEmpty()) this.controls.delete(run);
  }

  /**
   * Ends an older attempt of the same shard in this process and waits for it: after a machine was asleep, two may be
   * alive side by side. True when there was one.
   */
  async replace(key: string): Promise<boolean> {
    const older = this.running.get(key);
    older?.stop(new Error('a newer attempt of this shard runs in the same process'));
    await older?.ended;
    return older !== undefined;
  }

  /** Registers an attempt; the returned function says that it has ended. */
  enter(key: string, stop: (error: Error) => void): () => void {
    let end: () => void = () => undefined;
    const ended = new Promise<void>((resolve) => {
      end = resolve;
    });
    const entry = { stop, ended };
    this.running.set(key, entry);
    return () => {
      if (this.running.get(key) === entry) this.running.delete(key);
      end();
    };
  }
}
