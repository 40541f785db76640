import { Context } from '@temporalio/activity';
import { awsRegion } from '../src/config.js';
import { ArenaError, isRetryable } from '../src/core/errors.js';
import type { RunSummary } from '../src/core/run.js';
import { finalKey, reportFolder } from '../src/core/store-keys.js';
import { copyFiles } from '../src/io/outputs/copy-files.js';
import { folderPlace, type OutputPlace, s3Place } from '../src/io/outputs/output-place.js';
import { keysOfSecret } from '../src/io/outputs/s3-keys.js';
import type { S3Credentials } from '../src/io/stores/s3-place.js';
import { readJson } from '../src/io/stores/stored-json.js';
import type { S3Output } from '../src/schema/s3-output.js';
import type { ActivityDeps } from './deps.js';
import { readPlan } from './run-plan.js';

export interface DeliveredReports {
  /** Where the reports lie: the output, or the store where they could not be delivered. */
  url: string;
  /** Why they are not where the user wants them, in one sentence. */
  undelivered?: string;
}

/** Tries of a delivery after failures that pass: some minutes. Tried for ever, it would keep the run from ending. */
const MAX_TRIES = 8;

/** Progress of a delivery, as its heartbeats carry it to the next try. */
interface Progress {
  /** Files that are at their place. */
  delivered: number;
}

/**
 * Copies the reports of a run from the store to its output. Delivering them again changes nothing. A delivery that fails
 * does not lose the run: the reports stay in the store, and the record of the run says why.
 */
export async function deliverReports(deps: ActivityDeps, { run }: { run: string }): Promise<DeliveredReports> {
  const { input, resolved } = await readPlan(deps.store, run);
  const folder = reportFolder(run);
  const stored = deps.store.locate(folder);
  const { output } = input;
  if (output === undefined) return { url: stored };
  let outcome: DeliveredReports;
  try {
    const place = await placeOf(deps, run, output);
    await copyTo(deps, folder, place);
    outcome = { url: resolved?.resultUrl ?? place.url };
  } catch (error) {
    const reason = reasonOf(error, Context.current().info.attempt < MAX_TRIES);
    const where = output.dir ?? `s3://${output.s3?.bucket}`;
    const undelivered = `the reports could not be delivered to ${where} (${reason}), they lie in ${stored}`;
    deps.log.warn({ run, reason }, 'the reports could not be delivered');
    outcome = { url: stored, undelivered };
  }
  await record(deps, run, outcome);
  return outcome;
}

async function copyTo(deps: ActivityDeps, folder: string, { files, clear, tidy }: OutputPlace): Promise<void> {
  const context = Context.current();
  const progress = context.info.heartbeatDetails as Progress | undefined;
  await clear((await deps.store.list(folder)).map(({ key }) => key.slice(folder.length + 1)));
  const paths = await copyFiles(deps.store, folder, files, {
    done: progress?.delivered,
    onProgress: (delivered) => context.heartbeat({ delivered } satisfies Progress),
  });
  await tidy(paths);
}

async function placeOf(
  deps: ActivityDeps,
  run: string,
  { dir, s3 }: { dir?: string; s3?: S3Output },
): Promise<OutputPlace> {
  if (s3 === undefined) return folderPlace(dir ?? '', run);
  return s3Place(s3, run, { credentials: await keysOf(deps, s3), region: awsRegion(deps.tools.env) });
}

/** Read when they are needed, so that a Secret that was changed meanwhile serves. */
async function keysOf({ secrets }: ActivityDeps, { secretRef }: S3Output): Promise<S3Credentials | undefined> {
  if (secretRef === undefined) return undefined;
  const { data } = await secrets.read(secretRef);
  return keysOfSecret(data, secretRef);
}

/** Throws what is worth another try, and what is a fault of our own. */
function reasonOf(error: unknown, mayTryAgain: boolean): string {
  if (error instanceof ArenaError) {
    if (mayTryAgain && isRetryable(error.failure)) throw error;
    return error.message;
  }
  // Only the operating system's errors name a system call: a folder that takes no files.
  if (typeof error === 'object' && error !== null && 'syscall' in error && 'message' in error)
    return String(error.message);
  throw error;
}

/** In the record that outlives the run's history. */
async function record({ store }: ActivityDeps, run: string, { url, undelivered }: DeliveredReports): Promise<void> {
  const summary = await readJson<RunSummary>(store, finalKey(run));
  if (summary === undefined) throw new Error(`${store.locate(finalKey(run))} is missing`);
  const { undelivered: _, ...rest } = summary;
  const told = { ...rest, reportUrl: url, ...(undelivered === undefined ? {} : { undelivered }) };
  await store.put(finalKey(run), Buffer.from(JSON.stringify(told)));
}
