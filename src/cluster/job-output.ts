/** Where the reports of an ArenaJob go besides the store. */
import type { ArenaJobSpec } from '../schema/cluster/arena-job.js';
import type { JobInput } from '../schema/job.js';

/** Where a job's own workers mount the volume of its output. */
export const OUTPUT_MOUNT = '/var/arena/output';

export interface JobOutput {
  input: NonNullable<JobInput['output']>;
  /** For people. */
  url: string;
  /** Only pods that mount the volume can write there. */
  needsOwnWorkers: boolean;
}

export function outputOf(output: ArenaJobSpec['output'], namespace: string, run: string): JobOutput | undefined {
  const { s3, pvc } = output ?? {};
  if (output?.type === 's3' && s3 !== undefined) {
    const { bucket, region, endpoint, secretRef } = s3;
    const prefix = folder(s3.prefix);
    return {
      input: {
        s3: {
          bucket,
          ...(prefix === '' ? {} : { prefix }),
          region,
          endpoint,
          // A Secret is the job's own: no other namespace can be named.
          ...(secretRef === undefined ? {} : { secretRef: { name: secretRef.name, namespace } }),
        },
      },
      url: `s3://${[bucket, prefix, run].filter((part) => part !== '').join('/')}/`,
      needsOwnWorkers: false,
    };
  }
  if (output?.type !== 'pvc' || pvc === undefined) return undefined;
  const parts = [folder(pvc.subPath), run].filter((part) => part !== '').join('/');
  return {
    input: { dir: `${OUTPUT_MOUNT}/${parts}` },
    url: `pvc://${pvc.claimName}/${parts}/`,
    needsOwnWorkers: true,
  };
}

const folder = (path = ''): string => path.replace(/^\/+|\/+$/g, '');
