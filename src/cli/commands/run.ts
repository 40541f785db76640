import { checkJobInput } from '../../bundle/check-job-input.js';
import { ArenaError } from '../../core/errors.js';
import { EXIT } from '../../core/exit-codes.js';
import type { RunSummary } from '../../core/run.js';
import { bundleKey } from '../../core/store-keys.js';
import type { ReportFormat } from '../../schema/job.js';
import { openRun, stayWith } from '../attach.js';
import { type CliContext, type GlobalOptions, openContext } from '../context.js';
import { providerTotals } from '../describe-matrix.js';
import { describeWork } from '../describe-work.js';
import { findRun } from '../find-run.js';
import { finishRun, sayHowToComeBack } from '../finish-run.js';
import { defaultJobName, type JobOptions, jobInput } from '../job-input.js';
import { startLiveRun } from '../live-run.js';
import { loadKind } from '../load-input.js';
import type { LoadOptions } from '../load-options.js';
import { type ReadyBundle, readBundle } from '../read-bundle.js';
import { openOutput } from '../report-output.js';
import { finalSummary } from '../run-store.js';
import { watchRun } from '../watch-run.js';

export interface RunOptions extends GlobalOptions, JobOptions, LoadOptions {
  config?: string;
  /** Another spelling of `formats`. */
  format?: ReportFormat[];
  name?: string;
  detach?: boolean;
  ci?: boolean;
  output: 'table' | 'json';
}

export async function run(argument: string | undefined, given: RunOptions): Promise<number> {
  const path = bundlePath('run', argument, given.config);
  const formats = [...(given.formats ?? []), ...(given.format ?? [])];
  const options = { ...given, formats: formats.length > 0 ? formats : undefined };
  const context = openContext(options, options.ci);
  const attached = options.name === undefined ? undefined : await attachByName(context, options.name, options);
  if (attached !== undefined) return attached;
  const kind = loadKind(given);
  const load = kind && { loadTest: kind.loadTest, workers: options.workers };
  const ready = readBundle(context, path, options, { load });
  if (ready === undefined) return EXIT.usage;
  const retryOf = options.retryOf === undefined ? undefined : await findRun(context, options.retryOf);
  return (await runBundle(context, path, ready, { ...options, kind, retryOf })).code;
}

/** The reference names the Arena file with `-c`. */
export function bundlePath(verb: string, argument: string | undefined, config: string | undefined): string {
  const path = argument ?? config;
  if (path !== undefined && (argument === undefined || config === undefined)) return path;
  const message = path === undefined ? 'There is no bundle to run' : 'The bundle is named twice';
  const hint = `name a folder or an Arena file: arena ${verb} BUNDLE`;
  throw new ArenaError({ code: 'invalid_input', message, hint });
}

/** Runs a bundle that was read and checked. */
export async function runBundle(
  context: CliContext,
  path: string,
  ready: ReadyBundle,
  options: RunOptions,
): Promise<{ code: number; run: string }> {
  const { terminal } = context;
  const { bundle, matrix, packed } = ready;
  terminal.say(`bundle   ${bundle.name}  ${describeWork(ready, options)}`);
  const job = options.name ?? defaultJobName(bundle.name, path);
  const input = checkJobInput(jobInput(job, ready, options));
  if (input.output !== undefined) await openOutput(input.output, context);
  await context.store.putIfAbsent(bundleKey(bundle.digest), packed);

  const live = await startLiveRun(context, {
    job,
    input,
    workers: options.workers,
    allowExec: options.allowExec,
  });
  const { run: name } = live;
  const link = live.url === undefined ? '' : `   ${live.url}`;
  terminal.say(`run      ${name}${link}`);
  if (input.verbose === true) terminal.say(`logs     ${live.logs}`);
  if (options.detach) {
    sayHowToComeBack(context, name);
    if (options.output === 'json') terminal.out(JSON.stringify({ schemaVersion: 1, run: name }));
    else terminal.out(name);
    return { code: EXIT.ok, run: name };
  }
  try {
    const totals = options.kind === undefined ? providerTotals(matrix) : new Map<string, number>();
    const end = await watchRun(context, live, totals);
    const code = await finishRun(context, live, end, { output: options.output, bundleFolder: ready.folder });
    return { code, run: name };
  } catch (error) {
    await live.processesEnd();
    throw error;
  }
}

/** A live run of this name is attached to; one that has ended cannot be run again under its name. */
export async function attachByName(context: CliContext, job: string, options: RunOptions): Promise<number | undefined> {
  const number = (await context.local.numbers(job)).at(-1);
  if (number === undefined) return undefined;
  const name = `${job}/${number}`;
  const summary = await finalSummary(context, name);
  if (summary !== undefined) {
    throw new ArenaError({
      code: 'invalid_input',
      message: `The run ${name} has ended (${summary.message})`,
      hint: `${howToRepeat(summary)}; or choose another --name`,
    });
  }
  // It did not come to hold a conversation: the name may be used again.
  if ((await context.local.failure(name)) !== undefined) return undefined;
  context.terminal.say(`run      ${name} is under way, attaching to it; other options do not change it`);
  if (!options.detach) return stayWith(context, name, options);
  await openRun(context, name);
  sayHowToComeBack(context, name);
  return EXIT.ok;
}

function howToRepeat({ run, type }: Pick<RunSummary, 'run' | 'type'>): string {
  if (type === 'evaluation') return `run what failed again with: arena retry ${run} --failed`;
  return `start it again with: arena retry ${run}`;
}
