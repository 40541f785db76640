import { ArenaError } from '../../core/errors.js';
import { EXIT } from '../../core/exit-codes.js';
import { followRun, openRun } from '../attach.js';
import { type GlobalOptions, openContext } from '../context.js';
import { findRun } from '../find-run.js';
import type { FinishOptions } from '../finish-run.js';
import { finalSummary } from '../run-store.js';

export interface CancelOptions extends GlobalOptions, FinishOptions {}

/** Cancels and stays until the partial reports are written; 0 when the run has ended, whatever its verdict. */
export async function cancel(name: string, options: CancelOptions): Promise<number> {
  const context = openContext(options);
  const run = await findRun(context, name);
  const summary = await finalSummary(context, run);
  if (summary !== undefined) {
    context.terminal.complain(`cancel   ${run} has ended already: ${summary.message}`);
    return EXIT.ok;
  }
  const live = await openRun(context, run);
  await live.handle.cancel();
  context.terminal.say(`cancel   ${run} is being cancelled, its reports are written`);
  try {
    const code = await followRun(context, live, options);
    return code === EXIT.interrupted ? code : EXIT.ok;
  } catch (error) {
    // So early that there is nothing to report.
    if (!(error instanceof ArenaError)) throw error;
    context.terminal.complain(`cancel   ${error.message}`);
    return EXIT.ok;
  }
}
