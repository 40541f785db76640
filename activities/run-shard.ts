import { randomUUID } from 'node:crypto';
import { ApplicationFailure, Context } from '@temporalio/activity';
import type { Control } from '../src/core/control.js';
import type { ProviderStanding } from '../src/core/hold.js';
import type { ShardResult, ShardWork } from '../src/core/shard.js';
import { shardFolder } from '../src/core/store-keys.js';
import { runItem } from '../src/engine/run-item.js';
import { readCommit, writeCommit } from '../src/io/runs/commit.js';
import { readJournal } from '../src/io/runs/journal.js';
import type { ActivityDeps } from './deps.js';
import type { LoadedRuns } from './loaded-runs.js';
import { scenarioTimeouts } from './run-plan.js';
import { acknowledgedBeat } from './shard/acknowledged-beat.js';
import { Lease } from './shard/lease.js';
import { loggedHold } from './shard/logged-hold.js';
import type { ShardProcess } from './shard/shard-process.js';
import { ShardRun, type ShardRunOptions } from './shard/shard-run.js';
import { workOf } from './shard/work-of.js';

export interface RunShardInput {
  run: string;
  shard: number;
  work: ShardWork;
  /** Calls in flight that the shard brings with it. */
  grant: number;
  /** How providers stand that are, or were, held. */
  standings?: ProviderStanding[];
}

/** Time between heartbeats, and the longest wait for the answer to one, in milliseconds. */
const BEAT_MS = 1000;
const BEAT_TIMEOUT_MS = 3000;

/**
 * Runs one shard, or the rest of it: reads what earlier attempts recorded, holds the conversations that are missing,
 * and commits. A shard that has a commit is not run again.
 */
export async function runShard(
  deps: ActivityDeps,
  runs: LoadedRuns,
  process: ShardProcess,
  input: RunShardInput,
): Promise<ShardResult> {
  const context = Context.current();
  const committed = await readCommit(deps.store, input.run, input.shard);
  if (committed !== undefined) return { ...committed.result, permits: { returned: input.grant, moved: {} } };

  const loaded = await runs.get(input.run);
  const work = await workOf(deps.store, input.run, loaded, input.work);
  const wanted = new Set(work.items.map(({ index }) => index));
  const replaced = await process.replace(`${input.run} ${input.shard}`);
  const journal = await readJournal(deps.store, input.run, input.shard, (item) => wanted.has(item));
  for (const [item, calls] of work.calls) {
    journal.calls.set(item, new Map([...calls, ...(journal.calls.get(item) ?? [])]));
  }

  const attempt = `${String(context.info.attempt).padStart(6, '0')}-${randomUUID()}`;
  const segments = deps.store.openSegments(`${shardFolder(input.run, input.shard)}/${attempt}`);
  const { holds } = loaded;
  holds.beginShard(input.work, input.standings ?? []);
  const control = process.control(input.run, () => askControl(deps, runs, input.run));
  const lease = new Lease({
    beat: () => acknowledgedBeat(deps.client, context, shard.heartbeat(), BEAT_TIMEOUT_MS),
    timeoutMs: context.info.heartbeatTimeoutMs ?? 10_000,
    intervalMs: BEAT_MS,
    onCancelRequested: () => shard.stop('cancelled', new Error('the run was cancelled')),
    onLost: () => shard.stop('lost', new Error('another attempt has taken this shard over')),
  });
  const hold: ShardRunOptions['hold'] = (item, ports) =>
    loaded.toolbox.during(() => runItem(loaded.prepared, item, ports));
  const { verbose } = loaded.record.settings;
  const shard: ShardRun = new ShardRun({
    run: input.run,
    shard: input.shard,
    worker: deps.worker,
    work: work.items,
    itemAt: (index) => loaded.index.at(index),
    hold: verbose ? loggedHold(hold, deps.log, input.run) : hold,
    providers: loaded.providers,
    journal,
    inherited: work.calls,
    isThere: (side) => loaded.toolbox.isThere(side),
    segments,
    cache: loaded.cache,
    pool: control.pool,
    gate: process.gate,
    callGates: [holds, ...loaded.paces],
    lease,
    itemTimeoutMs: loaded.record.settings.itemTimeoutMs,
    scenarioTimeoutMs: scenarioTimeouts(loaded.record.input, loaded.bundle),
    maxRetries: loaded.record.settings.maxRetries,
  });
  context.cancelled.catch(() => {
    // Cancellation of the run comes by the lease; what comes here first is the end of this process.
    if (context.cancellationDetails?.workerShutdown) shard.stop('draining', new Error('the worker shuts down'));
    else if (context.cancellationDetails?.cancelRequested) shard.stop('cancelled', new Error('the run was cancelled'));
    else shard.stop('lost', new Error('the attempt is over'));
  });

  const done = process.enter(`${input.run} ${input.shard}`, (error) => shard.stop('lost', error));
  const releaseTools = loaded.toolbox.use();
  lease.start();
  control.start(context.info.attempt > 1 || replaced);
  try {
    await shard.run(input.grant);
    const permits = await control.pool.remove(input.shard, control.fairShare());
    await Promise.all([segments.close(), loaded.cache?.settled()]);
    const stopped = shard.stopReason;
    if (stopped !== undefined && stopped.kind !== 'cancelled' && stopped.kind !== 'paused') {
      throw ApplicationFailure.retryable(stopped.error.message, 'ShardInterrupted');
    }
    const recovered = holds.recovered(input.standings ?? []);
    const commit = await writeCommit(
      deps.store,
      input.run,
      input.shard,
      shard.outcome.commit(input.shard, shard.notRun, recovered),
    );
    return { ...commit.result, permits };
  } finally {
    lease.stop();
    releaseTools();
    await control.pool.remove(input.shard, 0);
    process.leave(input.run);
    await segments.close();
    done();
  }
}

async function askControl(deps: ActivityDeps, runs: LoadedRuns, run: string): Promise<Control> {
  const control = await deps.client.workflow.getHandle(run).query<Control>('control');
  if (control.standings !== undefined) (await runs.get(run)).holds.learn(control.standings);
  return control;
}
