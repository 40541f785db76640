import { type WorkflowHandle, WorkflowNotFoundError, WorkflowUpdateFailedError } from '@temporalio/client';
import { ArenaError } from './core/errors.js';

/** Another target of a load test. */
export interface RateChange {
  /** Requests a second in the open model, virtual users in the closed one. */
  target: number;
  /** Time of the straight line from the present target, in milliseconds. Default: 0. */
  overMs?: number;
}

/** US dollars and tokens: what is added to a budget, or what it is then. */
export interface BudgetAmount {
  usd?: number;
  tokens?: number;
}

/** Tells an open run to do something. Throws `invalid_input` with the reason where it refuses, or has ended. */
export async function orderRun<Result = void>(
  handle: WorkflowHandle,
  name: 'pause' | 'resume' | 'setRate' | 'stopEarly' | 'addBudget',
  argument?: RateChange | BudgetAmount,
): Promise<Result> {
  try {
    if (argument === undefined) return await handle.executeUpdate<Result, []>(name);
    return await handle.executeUpdate<Result, [typeof argument]>(name, { args: [argument] });
  } catch (error) {
    const run = handle.workflowId;
    if (error instanceof WorkflowNotFoundError) {
      const hint = 'arena status lists the runs';
      throw new ArenaError({ code: 'invalid_input', message: `The run ${run} has ended, or is not here`, hint });
    }
    if (!(error instanceof WorkflowUpdateFailedError)) throw error;
    const message = `The run ${run} refuses: ${error.cause?.message ?? error.message}`;
    throw new ArenaError({ code: 'invalid_input', message }, { cause: error });
  }
}
