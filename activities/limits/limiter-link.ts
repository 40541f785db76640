import { createHash } from 'node:crypto';
import { type Client, WithStartWorkflowOperation, WorkflowNotFoundError } from '@temporalio/client';
import type { Workflow } from '@temporalio/common';
import {
  type Lease,
  type LeaseAsk,
  LIMITER_QUEUE,
  LIMITER_WORKFLOW,
  type LimitedKey,
} from '../../src/core/limiter-messages.js';

/**
 * An ask that takes longer counts as lost, and with it the times that it may have been given. It takes a tenth of a
 * second; when the process dies that runs the limiter, asking again is quicker than waiting for the answer.
 */
const ASK_TIMEOUT_MS = { running: 3000, starting: 10_000 };

/** A limiter task that a dead worker took is given to another one after this time. A replay must fit into it. */
const TASK_TIMEOUT = '5 seconds';

/** The way to the limiters: asks that of a key, and starts it where it does not run. */
export class LimiterLink {
  private readonly started = new Set<string>();

  /** @param runLimiters lets this process run limiters; idempotent */
  constructor(
    private readonly client: Client,
    private readonly runLimiters: () => Promise<void>,
  ) {}

  async ask(key: LimitedKey, ask: LeaseAsk): Promise<{ lease: Lease; sentAt: number; receivedAt: number }> {
    await this.runLimiters();
    const sentAt = performance.now();
    const workflowId = limiterId(key);
    const isRunning = this.started.has(workflowId);
    const deadline = Date.now() + (isRunning ? ASK_TIMEOUT_MS.running : ASK_TIMEOUT_MS.starting);
    const lease = await this.client.connection.withDeadline(deadline, () =>
      isRunning ? this.lease(workflowId, key, ask) : this.startWith(workflowId, key, ask),
    );
    return { lease, sentAt, receivedAt: performance.now() };
  }

  private async lease(workflowId: string, key: LimitedKey, ask: LeaseAsk): Promise<Lease> {
    try {
      return await this.client.workflow
        .getHandle(workflowId)
        .executeUpdate<Lease, [LeaseAsk]>('lease', { args: [ask] });
    } catch (error) {
      // It has ended because nobody asked for minutes.
      if (!(error instanceof WorkflowNotFoundError)) throw error;
      return this.startWith(workflowId, key, ask);
    }
  }

  private async startWith(workflowId: string, key: LimitedKey, ask: LeaseAsk): Promise<Lease> {
    const start = new WithStartWorkflowOperation(LIMITER_WORKFLOW, {
      workflowId,
      taskQueue: LIMITER_QUEUE,
      args: [key],
      workflowIdConflictPolicy: 'USE_EXISTING',
      workflowTaskTimeout: TASK_TIMEOUT,
      staticSummary: `limits of ${key.service}, key from ${key.keyFrom}`,
    });
    const lease = await this.client.workflow.executeUpdateWithStart<Workflow, Lease, [LeaseAsk]>('lease', {
      args: [ask],
      startWorkflowOperation: start,
    });
    this.started.add(workflowId);
    return lease;
  }
}

/** `arena-limit/api.openai.com-1f2e3d4c5b6a`: the same for the same key, wherever it is used. */
export function limiterId({ service, keyFrom }: LimitedKey): string {
  const hash = createHash('sha256')
    .update(JSON.stringify([service, keyFrom]))
    .digest('hex')
    .slice(0, 12);
  const readable = service
    .replace(/^\w+:\/\//, '')
    .replace(/[^\w.-]+/g, '-')
    .slice(0, 60);
  return `arena-limit/${readable}-${hash}`;
}
