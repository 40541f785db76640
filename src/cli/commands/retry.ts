import { ArenaError } from '../../core/errors.js';
import { EXIT } from '../../core/exit-codes.js';
import type { RunRecord } from '../../local/run-record.js';
import { followRun, openRun } from '../attach.js';
import { type CliContext, type GlobalOptions, openContext } from '../context.js';
import { count } from '../describe-matrix.js';
import { findRun } from '../find-run.js';
import { type FinishOptions, sayHowToComeBack } from '../finish-run.js';
import { startLiveRun } from '../live-run.js';
import { finalSummary } from '../run-store.js';

export interface RetryOptions extends GlobalOptions, FinishOptions {
  failed?: boolean;
  detach?: boolean;
  ci?: boolean;
}

export async function retry(name: string, options: RetryOptions): Promise<number> {
  const context = openContext(options, options.ci);
  const run = await findRun(context, name);
  const ended = (await finalSummary(context, run)) !== undefined;
  if (options.failed) expectConversations(await context.local.read(run), ended);
  return ended ? retryEnded(context, run, options) : retryOpen(context, run, options);
}

/** Other kinds of runs have no conversations that could be held again. */
function expectConversations(record: RunRecord | undefined, ended: boolean): void {
  if (record === undefined || record.input.type === 'evaluation') return;
  const { run, input } = record;
  const isLoad = input.type === 'loadtest';
  const more = isLoad ? '' : '; or with more attempts or another seed: arena generate';
  throw new ArenaError({
    code: 'invalid_input',
    message: isLoad
      ? `The run ${run} is a load test: what failed in it is part of what it measured`
      : `The run ${run} made data: what gave no record was made up for while it ran`,
    hint: ended ? `start it again as a whole with: arena retry ${run}${more}` : `wait for its end: arena wait ${run}`,
  });
}

/** A run that is open takes its failed items again by itself. */
async function retryOpen(context: CliContext, run: string, options: RetryOptions): Promise<number> {
  if (!options.failed) {
    throw new ArenaError({
      code: 'invalid_input',
      message: `The run ${run} has not ended, so it cannot be run again as a whole`,
      hint: `run what has failed so far again with: arena retry ${run} --failed`,
    });
  }
  const live = await openRun(context, run);
  const items = await live.handle.retryFailed();
  context.terminal.say(
    `retry    ${count(items, 'conversation')} of ${run} run again, and what fails of those under way`,
  );
  if (!options.detach) return followRun(context, live, options);
  sayHowToComeBack(context, run);
  return EXIT.ok;
}

/** A run that has ended gets a successor: the next number of its job. */
async function retryEnded(context: CliContext, run: string, options: RetryOptions): Promise<number> {
  const record = await context.local.read(run);
  if (record === undefined) {
    throw new ArenaError({
      code: 'invalid_input',
      message: `What ${run} was asked is not known on this machine`,
      hint: `start a new run with the same options and: arena run BUNDLE --retry-of ${run}`,
    });
  }
  const { retryOf: _, ...input } = record.input;
  const live = await startLiveRun(context, {
    job: record.job,
    workers: record.workers,
    allowExec: record.allowExec,
    input: options.failed ? { ...input, retryOf: run } : input,
  });
  const link = live.url === undefined ? '' : `   ${live.url}`;
  context.terminal.say(`run      ${live.run}, a retry of ${run}${link}`);
  if (!options.detach) return followRun(context, live, options);
  sayHowToComeBack(context, live.run);
  return EXIT.ok;
}
