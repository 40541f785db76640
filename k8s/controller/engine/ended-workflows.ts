import { setTimeout as sleep } from 'node:timers/promises';
import type { Client } from '@temporalio/client';
import type { OwnerKind, OwnerMemo } from '../../../src/cluster/run-names.js';
import type { ReconcilerDeps } from '../ports.js';

/** Time between two looks, in milliseconds. */
const INTERVAL_MS = 2000;

/** What ended may become visible so much later, in milliseconds: looked for again and told once. */
const LATENESS_MS = 30_000;

/** Workflows told in one answer of the service. */
const PAGE_SIZE = 500;

const TYPES = "WorkflowType IN ('arenaJob', 'syncSource', 'checkBundle')";

export type Owner = OwnerMemo['arena'];

/** Tells whose workflows have ended: one query for all of them. */
export class EndedWorkflows {
  private readonly told = new Map<string, number>();
  /** Up to when everything is known. */
  private lookedAt: number;

  constructor(
    private readonly client: Client,
    private readonly deps: Pick<ReconcilerDeps, 'now' | 'log'>,
    private readonly onEnded: (owner: Owner) => void,
  ) {
    // Whatever ended before is found when all objects are looked at, as they are at the beginning.
    this.lookedAt = deps.now();
  }

  /** Looks every two seconds until told to stop; a look that fails is made again. */
  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      try {
        await this.client.withAbortSignal(signal, () => this.look());
      } catch (error) {
        if (!signal.aborted) this.deps.log.warn({ error: String(error) }, 'cannot ask Temporal which runs have ended');
      }
      await sleep(INTERVAL_MS, undefined, { signal }).catch(() => undefined);
    }
  }

  /** One look. */
  async look(): Promise<void> {
    const now = this.deps.now();
    const from = Math.min(this.lookedAt, now) - LATENESS_MS;
    for (const [id, closedAt] of this.told) if (closedAt < from) this.told.delete(id);
    const query = `${TYPES} AND ExecutionStatus != 'ContinuedAsNew' AND CloseTime >= '${new Date(from).toISOString()}'`;
    const ends = await this.client.withDeadline(Date.now() + 5 * INTERVAL_MS, async () => {
      const found: { id: string; closedAt: number; owner: Owner }[] = [];
      for await (const { runId, closeTime, memo } of this.client.workflow.list({ query, pageSize: PAGE_SIZE })) {
        const owner = ownerOf(memo);
        if (owner !== undefined) found.push({ id: runId, closedAt: closeTime?.getTime() ?? now, owner });
      }
      return found;
    });
    for (const { id, closedAt, owner } of ends) {
      if (this.told.has(id)) continue;
      this.told.set(id, closedAt);
      this.onEnded(owner);
    }
    this.lookedAt = now;
  }
}

/** Workflows that were started by other ways have none of our memo. */
function ownerOf(memo: Record<string, unknown> | undefined): Owner | undefined {
  const owner: unknown = memo?.arena;
  if (typeof owner !== 'object' || owner === null) return undefined;
  if (!('kind' in owner && 'namespace' in owner && 'name' in owner && 'uid' in owner)) return undefined;
  const { kind, namespace, name, uid } = owner;
  if (!isKind(kind) || typeof namespace !== 'string' || typeof name !== 'string' || typeof uid !== 'string') {
    return undefined;
  }
  return { kind, namespace, name, uid };
}

const isKind = (kind: unknown): kind is OwnerKind =>
  kind === 'ArenaJob' || kind === 'ArenaSource' || kind === 'ArenaConfig';
