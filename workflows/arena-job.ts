import {
  CancellationScope,
  continueAsNew,
  patched,
  proxyActivities,
  setCurrentDetails,
  setHandler,
  upsertSearchAttributes,
  workflowInfo,
} from '@temporalio/workflow';
import type { Activities } from '../activities/create-activities.js';
import { anyHeld, heldTimes } from '../src/core/held-providers.js';
import { describeProgress, progressOf } from '../src/core/progress.js';
import type { JobResult, Phase, Stage } from '../src/core/run.js';
import { acceptPlan, emptyState, type RunState } from '../src/core/run-state.js';
import { phaseAttribute, runAttributes } from '../src/core/search-attributes.js';
import type { JobInput } from '../src/schema/job.js';
import { PLAN, REPORT } from './activity-options.js';
import { deliver } from './deliver.js';
import { handleLoadMessages } from './load-messages.js';
import { LoadWindow } from './load-window.js';
import {
  controlQuery,
  failuresQuery,
  pauseUpdate,
  progressQuery,
  resumeUpdate,
  retryFailedUpdate,
  setWorkersUpdate,
  tryHeldUpdate,
} from './messages.js';
import { holdRounds } from './record-rounds.js';
import type { RunWindow } from './run-window.js';
import { ShardWindow } from './shard-window.js';
import { tellCause } from './tell-cause.js';

/** Events after which the workflow continues as new when the input does not say. */
const HISTORY_LIMIT = 8000;

/**
 * One run of a job: plans it, does the work, sums up what came of it, publishes the reports.
 *
 * - An evaluation holds the conversations of its matrix, shard by shard, each once.
 * - The generation of data holds conversations in the same way, in rounds, until enough of them gave a record.
 * - A load test is made by lanes, one for each worker, for as long as its course says; it can be steered meanwhile.
 *
 * The workflow id is the run's key in the store. It completes whatever the verdict is; `phase` in the result tells.
 * Cancelling it ends the run early with everything that has finished; it fails only for invalid input or our own fault.
 *
 * @param input what to run; see `arena schema job`
 * @param carried how the run stands, when it continues as new; callers leave it out
 */
export async function arenaJob(input: JobInput, carried?: RunState): Promise<JobResult> {
  const { workflowId: run, runId, firstExecutionRunId, startTime } = workflowInfo();
  const { planRun } = proxyActivities<Activities>({ ...PLAN, summary: 'read the bundle, plan the run' });
  const { aggregateRun } = proxyActivities<Activities>({ ...REPORT, summary: 'merge what the shards committed' });
  const { aggregateLoad } = proxyActivities<Activities>({ ...REPORT, summary: 'sum up what the lanes measured' });
  const { publishRun } = proxyActivities<Activities>({ ...REPORT, summary: 'write the reports' });

  const state = carried ?? emptyState(startTime.getTime());
  let stage: Stage = carried === undefined ? 'planning' : 'running';
  let phase: Phase = 'Running';
  const options = {
    workers: input.workers ?? 1,
    historyLimit: input.historyLimit ?? HISTORY_LIMIT,
    onChange: () => setCurrentDetails(describeProgress(progress(), state.failures)),
  };
  const shards = new ShardWindow(run, state, options);
  const load = new LoadWindow(run, state, options);
  const isLoadTest = () => state.plan.load !== undefined;
  const window = (): RunWindow => (isLoadTest() ? load : shards);
  const progress = () => progressOf({ run, phase, stage, state, inFlight: shards.shardsInFlight, now: Date.now() });

  setHandler(progressQuery, progress, { description: 'How far the run is.' });
  setHandler(failuresQuery, () => state.failures, { description: 'The first failed items.' });
  setHandler(controlQuery, () => window().control, { description: 'What running shards and lanes have to know.' });
  setHandler(retryFailedUpdate, () => shards.retryFailed(), {
    description: 'Run the failed items again; the other results stay.',
    validator: () => {
      if (isLoadTest()) throw new Error('a load test repeats nothing: start another one');
      if (stage !== 'running') throw new Error(`the run is ${stage}: start a new run with retryOf "${run}"`);
      if (state.failing.length === 0 && shards.shardsInFlight === 0) throw new Error('no item has failed so far');
    },
  });

  setHandler(tryHeldUpdate, () => shards.tryHeld(), {
    description: 'Ask the providers that are down again, now.',
    validator: () => {
      if (stage !== 'running') throw new Error(`the run is ${stage}`);
      if (!anyHeld(state)) throw new Error('no provider is held');
    },
  });

  const refuseLate = () => {
    if (['aggregating', 'publishing', 'done'].includes(stage)) throw new Error(`the run is ${stage}`);
  };
  setHandler(pauseUpdate, () => window().pause(), {
    description: 'Let calls in flight end and begin nothing new.',
    validator: refuseLate,
  });
  setHandler(resumeUpdate, () => window().resume(), { description: 'Go on after a pause.', validator: refuseLate });
  setHandler(setWorkersUpdate, (workers) => window().setWorkers(workers), {
    description: 'Tell how many worker processes share the run now, 1 to 1000.',
    validator: (workers) => {
      refuseLate();
      if (!Number.isInteger(workers) || workers < 1 || workers > 1000) throw new Error('takes a number from 1 to 1000');
    },
  });

  handleLoadMessages(load, () => (isLoadTest() ? stage : undefined));

  if (carried === undefined) {
    // A run that was reset has another id than its first execution: it keeps what passed and runs the rest.
    const planned = await planRun({ run, input, reset: runId !== firstExecutionRunId }).catch(tellCause);
    if ('finished' in planned) return planned.finished;
    const { runTimeoutMs } = planned;
    acceptPlan(state, planned.plan, runTimeoutMs === undefined ? undefined : Date.now() + runTimeoutMs);
    if (state.plan.searchAttributes) upsertSearchAttributes(runAttributes(state.plan, phase));
    stage = 'running';
  }

  const cancelRequested = CancellationScope.current().cancelRequested;
  return CancellationScope.nonCancellable(async () => {
    const hold = () => window().end(cancelRequested);
    const ended = state.plan.dataGen ? await holdRounds(run, state, hold) : await hold();
    if (ended === 'continue') return continueAsNew<typeof arenaJob>(input, state);

    stage = 'aggregating';
    const held = heldTimes(state, Date.now());
    if (isLoadTest()) await aggregateLoad({ run, ended, startedAt: state.startedAt, ...load.outcome });
    else await aggregateRun({ run, ended, startedAt: state.startedAt, ...(held.length === 0 ? {} : { held }) });
    stage = 'publishing';
    const published = await publishRun({ run });
    // Runs that were planned before this was told in their plan have it in their input.
    const delivery = state.plan.delivery ?? (input.output === undefined ? undefined : {});
    const isDelivered = delivery !== undefined && patched('deliver-reports');
    const result = isDelivered ? await deliver(published, delivery.queue) : published;

    stage = 'done';
    phase = result.phase;
    if (state.plan.searchAttributes) upsertSearchAttributes(phaseAttribute(phase));
    setCurrentDetails(describeProgress(progress(), result.failures, result));
    return result;
  });
}
