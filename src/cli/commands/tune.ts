import type { ArenaRun } from '../../arena-run.js';
import { parseDurationMs } from '../../core/duration.js';
import { ArenaError } from '../../core/errors.js';
import { EXIT } from '../../core/exit-codes.js';
import { formatUsd } from '../../core/usd.js';
import { openRun } from '../attach.js';
import { type CliContext, type GlobalOptions, openContext } from '../context.js';
import { findRun } from '../find-run.js';
import { finalSummary } from '../run-store.js';

export interface TuneOptions extends GlobalOptions {
  rps?: number;
  users?: number;
  over?: string;
  pause?: boolean;
  resume?: boolean;
  stop?: boolean;
  addBudget?: number;
  addBudgetTokens?: number;
}

/** Steers a run under way; several orders are given in the order of the options. */
export async function tune(name: string, options: TuneOptions): Promise<number> {
  const orders = ordersOf(options);
  const context = openContext(options);
  const run = await findRun(context, name);
  await expectOpen(context, run);
  try {
    const { handle } = await openRun(context, run);
    if (options.rps !== undefined || options.users !== undefined) await expectModel(handle, options);
    for (const order of orders) context.terminal.say(`tune     ${run} ${await order(handle)}`);
  } catch (error) {
    // A run that ends on the way takes its engine along.
    await expectOpen(context, run);
    throw error;
  }
  return EXIT.ok;
}

async function expectOpen(context: CliContext, run: string): Promise<void> {
  const summary = await finalSummary(context, run);
  if (summary === undefined) return;
  throw new ArenaError({
    code: 'invalid_input',
    message: `The run ${run} has ended (${summary.message})`,
    hint: `start it again with: arena retry ${run}`,
  });
}

type Order = (run: ArenaRun) => Promise<string>;

/** What is told of each is said when the run has taken it. Throws where there is none, or they contradict one another. */
function ordersOf(options: TuneOptions): Order[] {
  const { rps, users, over, pause, resume, stop, addBudget: usd, addBudgetTokens: tokens } = options;
  const orders: Order[] = [];
  if (rps !== undefined && users !== undefined) refuse('--rps and --users are for different models: give one of them');
  if (pause && resume) refuse('--pause and --resume contradict one another: give one of them');
  if (stop && (rps ?? users) !== undefined) refuse('--stop ends the test: no other target can be given beside it');
  const target = rps ?? users;
  if (over !== undefined && target === undefined) refuse('--over is for --rps and --users: add one of them');
  if (usd !== undefined || tokens !== undefined) {
    orders.push(async (run) => {
      const now = await run.addBudget({
        ...(usd === undefined ? {} : { usd }),
        ...(tokens === undefined ? {} : { tokens }),
      });
      const told = [
        now.usd === undefined ? [] : [formatUsd(now.usd)],
        now.tokens === undefined ? [] : [`${now.tokens} tokens`],
      ];
      return `may use ${told.flat().join(' and ')} in all`;
    });
  }
  if (target !== undefined) {
    const overMs = over === undefined ? undefined : parseDurationMs(over);
    orders.push(async (run) => {
      await run.setRate({ target, ...(overMs === undefined ? {} : { overMs }) });
      const unit = rps === undefined ? 'users' : 'requests a second';
      return `goes to ${target} ${unit}${over === undefined ? '' : ` within ${over}`}`;
    });
  }
  if (pause)
    orders.push(async (run) => run.pause().then(() => `is paused; it goes on with: arena tune ${run.id} --resume`));
  if (resume) orders.push(async (run) => run.resume().then(() => 'goes on'));
  if (stop) orders.push(async (run) => run.stopEarly().then(() => 'ends: conversations in flight are finished'));
  if (orders.length > 0) return orders;
  return refuse('There is nothing to do: give --rps, --users, --pause, --resume, --stop or --add-budget');
}

/** A number means requests a second in one model, and users in the other. */
async function expectModel(run: ArenaRun, { rps }: TuneOptions): Promise<void> {
  const load = (await run.progressNow())?.load;
  if (load === undefined) return;
  const model = rps === undefined ? 'closed' : 'open';
  if (load.model === model) return;
  const other = rps === undefined ? '--rps' : '--users';
  refuse(`${run.id} is a test of the ${load.model} model: use ${other}`);
}

function refuse(message: string): never {
  throw new ArenaError({ code: 'invalid_input', message, hint: 'arena tune --help shows the options' });
}
