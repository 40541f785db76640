import { ArenaError } from '../core/errors.js';
import type { CliContext } from './context.js';
import { providerTotals } from './describe-matrix.js';
import { type FinishOptions, finishRun, printResult } from './finish-run.js';
import { attachLiveRun, findForeignRun, type LiveRun } from './live-run.js';
import { finalSummary, reportsOf, storedPlan } from './run-store.js';
import { watchRun } from './watch-run.js';

/** Comes back to a run that has no result yet. Throws the reason when it cannot have one any more. */
export async function openRun(context: CliContext, run: string): Promise<LiveRun> {
  const failure = await context.local.failure(run);
  if (failure !== undefined) throw new ArenaError(failure);
  const record = await context.local.read(run);
  if (record !== undefined) return attachLiveRun(context, record);
  const foreign = await findForeignRun(context, run);
  if (foreign !== undefined) return foreign;
  throw new ArenaError({
    code: 'invalid_input',
    message: `The run ${run} was not started on this machine and has not ended`,
    hint: 'name the Temporal service that it lives on with TEMPORAL_ADDRESS',
  });
}

/** Stays with a run until it has ended; gives the exit code. */
export async function followRun(context: CliContext, live: LiveRun, options: FinishOptions): Promise<number> {
  const plan = await storedPlan(context, live.run);
  const totals = plan === undefined ? new Map<string, number>() : providerTotals(plan);
  try {
    const end = await watchRun(context, live, totals);
    return await finishRun(context, live, end, options);
  } catch (error) {
    await live.processesEnd();
    throw error;
  }
}

/**
 * Comes back to a run and stays with it; gives the exit code. A run that ends on the way takes its engine along, but its
 * result is in the store.
 */
export async function stayWith(context: CliContext, run: string, options: FinishOptions): Promise<number> {
  try {
    return await followRun(context, await openRun(context, run), options);
  } catch (error) {
    const summary = await finalSummary(context, run);
    if (summary === undefined) throw error;
    await printResult(context, summary, reportsOf(context, summary), options);
    return summary.exitCode;
  }
}
