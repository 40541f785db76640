/** Whether Temporal can be reached: asked every few seconds, so that probes and people learn of it before work fails. */
import type { Client } from '@temporalio/client';
import { type Clock, pause } from './clock.js';
import type { ReconcilerDeps } from './ports.js';

const EVERY_MS = 3_000;
const CALL_MS = 3_000;

export class TemporalHealth {
  private trouble: string | undefined = 'Temporal has not answered yet';
  private isTold = false;

  /** @param onRecovered after a time without it: what has waited for it need not wait any longer */
  constructor(
    private readonly client: Client,
    private readonly address: string,
    private readonly clock: Clock,
    private readonly log: ReconcilerDeps['log'],
    private readonly onRecovered: () => void,
  ) {}

  /** Undefined: it answers. */
  get problem(): string | undefined {
    return this.trouble;
  }

  /** Until the signal; never throws. */
  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await this.client.withAbortSignal(signal, () => this.look(signal));
      await pause(this.clock, EVERY_MS, signal);
    }
  }

  private async look(signal: AbortSignal): Promise<void> {
    const { namespace } = this.client.options;
    try {
      await this.client.withDeadline(Date.now() + CALL_MS, () =>
        this.client.workflowService.describeNamespace({ namespace }),
      );
    } catch (error) {
      if (signal.aborted) return;
      const why = error instanceof Error ? error.message : String(error);
      this.trouble = `Temporal at ${this.address}, namespace ${namespace}, cannot be reached: ${why}`;
      // The words for one and the same outage change from try to try.
      if (!this.isTold) this.log.warn({ hint: 'check TEMPORAL_ADDRESS and TEMPORAL_NAMESPACE' }, this.trouble);
      this.isTold = true;
      return;
    }
    if (this.trouble === undefined) return;
    this.trouble = undefined;
    this.log.info({ address: this.address, namespace }, 'Temporal is reached');
    if (this.isTold) this.onRecovered();
    this.isTold = false;
  }
}
