import { setTimeout as sleep } from 'node:timers/promises';
import type { Client } from '@temporalio/client';
import type { ReconcilerDeps } from '../ports.js';
import { type Owner, ownerOf } from './workflow-owner.js';

/** Time between two looks, in milliseconds. */
const INTERVAL_MS = 2000;

/** What happens may become visible so much later, in milliseconds: looked for again and told once. */
const LATENESS_MS = 30_000;

/** Workflows told in one answer of the service. */
const PAGE_SIZE = 500;

const TYPES = "WorkflowType IN ('arenaJob', 'syncSource', 'checkBundle')";

/** Tells whose workflows have started or ended, whoever started them: one query for all. */
export class WorkflowNews {
  private readonly told = new Map<string, number>();
  /** Up to when everything is known. */
  private lookedAt: number;

  constructor(
    private readonly client: Client,
    private readonly deps: Pick<ReconcilerDeps, 'now' | 'log'>,
    private readonly onNews: (owner: Owner) => void,
  ) {
    // Whatever happened before is found when all objects are looked at, as they are at the beginning.
    this.lookedAt = deps.now();
  }

  /** Looks every two seconds until told to stop; a look that fails is made again. */
  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      try {
        await this.client.withAbortSignal(signal, () => this.look());
      } catch (error) {
        if (!signal.aborted) this.deps.log.warn({ error: String(error) }, 'cannot ask Temporal for news of runs');
      }
      await sleep(INTERVAL_MS, undefined, { signal }).catch(() => undefined);
    }
  }

  /** One look. */
  async look(): Promise<void> {
    const now = this.deps.now();
    const from = Math.min(this.lookedAt, now) - LATENESS_MS;
    for (const [id, happenedAt] of this.told) if (happenedAt < from) this.told.delete(id);
    const time = `'${new Date(from).toISOString()}'`;
    // An open workflow counts as one that closes in the far future.
    const ended = `(CloseTime >= ${time} AND ExecutionStatus != 'Running')`;
    const query = `${TYPES} AND ExecutionStatus != 'ContinuedAsNew' AND (StartTime >= ${time} OR ${ended})`;
    const news = await this.client.withDeadline(Date.now() + 5 * INTERVAL_MS, async () => {
      const found: { id: string; happenedAt: number; owner: Owner }[] = [];
      for await (const { runId, startTime, closeTime, memo } of this.client.workflow.list({
        query,
        pageSize: PAGE_SIZE,
      })) {
        const owner = ownerOf(memo);
        if (owner === undefined) continue;
        const happenedAt = (closeTime ?? startTime).getTime();
        found.push({ id: `${runId} ${closeTime === undefined ? 'started' : 'ended'}`, happenedAt, owner });
      }
      return found;
    });
    for (const { id, happenedAt, owner } of news) {
      if (this.told.has(id)) continue;
      this.told.set(id, happenedAt);
      this.onNews(owner);
    }
    this.lookedAt = now;
  }
}
