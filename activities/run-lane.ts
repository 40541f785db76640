import { randomUUID } from 'node:crypto';
import { ApplicationFailure, Context } from '@temporalio/activity';
import { ArenaError } from '../src/core/errors.js';
import type { LaneInput, LaneResult } from '../src/core/load/lane.js';
import { runItem } from '../src/engine/run-item.js';
import type { Environment } from '../src/io/providers/credential.js';
import { LoadSamples, samplesFolder } from '../src/io/runs/load-samples.js';
import { attemptFolder, attemptName, SliceSegments } from '../src/io/runs/load-slices.js';
import type { ActivityDeps } from './deps.js';
import { pacedProviders } from './limits/paced-providers.js';
import { LaneFigures } from './load/lane-figures.js';
import { LaneLink } from './load/lane-link.js';
import type { LanePlaces } from './load/lane-places.js';
import { LaneRun, type LaneRunOptions } from './load/lane-run.js';
import { LaneStop } from './load/lane-stop.js';
import type { LoadedRun, LoadedRuns } from './loaded-runs.js';
import { scenarioTimeouts } from './run-plan.js';
import { acknowledgedBeat } from './shard/acknowledged-beat.js';
import type { CallGate } from './shard/call-gate.js';
import { Lease } from './shard/lease.js';
import { loggedHold } from './shard/logged-hold.js';
import { RunPool } from './shard/run-pool.js';
import type { ShardProcess } from './shard/shard-process.js';

/** Time between heartbeats, and the longest wait for the answer to one, in milliseconds: a lane is missed within seconds. */
const BEAT_MS = 700;
const BEAT_TIMEOUT_MS = 1_500;

/** Makes a part of the load of a test in this process, until the test is over or the process is. */
export async function runLane(
  deps: ActivityDeps,
  runs: LoadedRuns,
  process: ShardProcess,
  places: LanePlaces,
  input: LaneInput,
): Promise<LaneResult> {
  const context = Context.current();
  const { run, lane } = input;
  const key = `${run} lane ${lane}`;
  const replaced = await process.replace(key);
  const begun = replaced || context.info.heartbeatDetails !== undefined;
  const giveBack = places.take(run, lane, { begun, spare: input.spare === true });
  const stop = new LaneStop();
  const left = process.enter(key, (error) => stop.stop('lost', error));
  const figures = new LaneFigures();
  let made: LaneRun | undefined;
  const lease = new Lease({
    beat: () => {
      const details = made?.heartbeat() ?? figures.heartbeat(lane, deps.worker, -1, undefined);
      return acknowledgedBeat(deps.client, context, details, BEAT_TIMEOUT_MS);
    },
    timeoutMs: context.info.heartbeatTimeoutMs ?? 5_000,
    intervalMs: BEAT_MS,
    onCancelRequested: () => stop.stop('cancelled', new Error('the test was ended')),
    onLost: () => stop.stop('lost', new Error('another attempt has taken this lane over')),
  });
  context.cancelled.catch(() => {
    if (context.cancellationDetails?.workerShutdown) stop.stop('draining', new Error('the worker shuts down'));
    else if (context.cancellationDetails?.cancelRequested) stop.stop('cancelled', new Error('the test was ended'));
    else stop.stop('lost', new Error('the attempt is over'));
  });
  const attempt = attemptName(Date.now(), context.info.attempt, randomUUID().slice(0, 8));
  const link = new LaneLink(deps.client, run, `lane-${lane}-${attempt}`);
  const slices = new SliceSegments(deps.store, attemptFolder(run, lane, attempt));
  lease.start();
  let release: () => void = () => undefined;
  try {
    const loaded = await runs.get(run);
    const plan = loaded.record.load;
    if (plan === undefined) throw new ArenaError({ code: 'internal', message: `run ${run} is not a load test` });
    release = loaded.toolbox.use();
    const samples = new LoadSamples(deps.store, samplesFolder(run, lane, attempt), Math.random);
    const ready = { lane, worker: deps.worker, attempt: context.info.attempt };
    const control = await link.begin(ready, stop);
    if (control === undefined) {
      failWhenInterrupted(stop);
      return { lane, ended: 'cancelled' };
    }
    made = new LaneRun({
      ...partsOf(deps, run, loaded),
      plan,
      lane,
      worker: deps.worker,
      attempt: context.info.attempt,
      control,
      lease,
      link,
      stop,
      slices,
      samples,
      figures,
    });
    link.follow(made);
    const ended = await made.run();
    await samples.end();
    if (ended === 'cancelled' || stop.current?.kind === 'lost') failWhenInterrupted(stop);
    return { lane, ended, ...(made.left === undefined ? {} : { left: made.left }) };
  } finally {
    link.stop();
    lease.stop();
    release();
    await slices.close();
    giveBack();
    left();
  }
}

/** What a run gives to its lanes. */
function partsOf({ log, tools }: ActivityDeps, run: string, loaded: LoadedRun): LaneParts {
  const { record, index, bundle, prepared, providers, toolbox } = loaded;
  const { settings, input } = record;
  const converse: LaneParts['converse'] = (item, ports) => toolbox.during(() => runItem(prepared, item, ports));
  const pool = new RunPool();
  // How many calls may be in flight is the affair of the load.
  pool.add({ shard: 0, remaining: 0, begin: async () => {}, handBack() {}, pause() {} }, Number.MAX_SAFE_INTEGER);
  return {
    run,
    index,
    providers,
    pool,
    gates: writtenLimits(loaded, tools.env),
    converse: settings.verbose ? loggedHold(converse, log, run) : converse,
    itemTimeoutMs: settings.itemTimeoutMs,
    scenarioTimeoutMs: scenarioTimeouts(input, bundle),
    // A test is to see failures: only who asks for tries gets them.
    retryInPlace: (settings.maxRetries ?? 0) > 0,
  };
}

type LaneParts = Pick<
  LaneRunOptions,
  'run' | 'index' | 'providers' | 'pool' | 'gates' | 'converse' | 'itemTimeoutMs' | 'scenarioTimeoutMs' | 'retryInPlace'
>;

/**
 * Limits that provider files write down hold in a load test as well. The pace that gives way to a provider which refuses
 * does not: how much it refuses under the load that was asked for is what the test is to find out.
 */
function writtenLimits({ bundle, paces }: LoadedRun, env: Environment): CallGate[] {
  const limited = new Set<string>();
  for (const [id, { limits, streams }] of pacedProviders(bundle, env)) if (limits.length + streams > 0) limited.add(id);
  if (limited.size === 0) return [];
  return paces.map((gate) => ({ enter: (call) => (limited.has(call.provider) ? gate.enter(call) : undefined) }));
}

/** For a lane that was stopped before its time: cancelled it has made what it could, else somebody is to go on. */
function failWhenInterrupted({ current }: LaneStop): void {
  if (current === undefined || current.kind === 'cancelled') return;
  if (current.kind === 'broken') throw current.error;
  throw ApplicationFailure.retryable(current.error.message, 'LaneInterrupted');
}
