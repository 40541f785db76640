import { resolve } from 'node:path';
import { awsRegion } from '../config.js';
import { ArenaError } from '../core/errors.js';
import { tryS3Output } from '../io/outputs/output-place.js';
import { parseS3Address } from '../io/stores/s3-place.js';
import type { JobInput } from '../schema/job.js';
import type { S3Output } from '../schema/s3-output.js';
import type { CliContext } from './context.js';
import { openOutFolder } from './out-folder.js';

/**
 * Where reports are to go: a folder of this machine, or a place in S3, which only the user can name. `folder`: where he
 * names none. Throws for what is neither.
 */
export function outputOf(
  out: string | undefined,
  folder: string,
  { s3Endpoint: endpoint, s3Region: region }: { s3Endpoint?: string; s3Region?: string },
): { dir: string } | { s3: S3Output } {
  const isS3 = out?.startsWith('s3://') === true;
  if (!isS3 && (endpoint !== undefined || region !== undefined)) {
    throw new ArenaError({
      code: 'invalid_input',
      message: `--s3-${endpoint === undefined ? 'region' : 'endpoint'} is of no use: the reports go to the folder ${out ?? folder}`,
      hint: 'name a place in S3 with -o s3://bucket/prefix, or leave it out',
    });
  }
  if (!isS3) return { dir: resolve(out ?? folder) };
  const address = parseS3Address(out);
  if (address === undefined) {
    throw new ArenaError({
      code: 'invalid_input',
      message: `${out} is not a place in S3`,
      hint: 'write it as s3://bucket or s3://bucket/prefix',
    });
  }
  const { bucket, prefix } = address;
  return { s3: { bucket, ...(prefix && { prefix }), ...(endpoint && { endpoint }), ...(region && { region }) } };
}

/** Finds out whether the output takes reports, before anything is paid for. */
export async function openOutput({ dir, s3 }: NonNullable<JobInput['output']>, { env }: CliContext): Promise<void> {
  if (dir !== undefined) await openOutFolder(dir);
  // The workers of this machine have the keys that this process has.
  if (s3 !== undefined) await tryS3Output(s3, { credentials: undefined, region: awsRegion(env) });
}
