/** What is known of a job when its reconciler decides. */
import { createHash } from 'node:crypto';
import type { Resolution } from '../../../src/cluster/resolve-job.js';
import type { OwnerIdentity } from '../../../src/cluster/run-names.js';
import type { Progress } from '../../../src/core/run.js';
import type { ArenaJobSpec } from '../../../src/schema/cluster/arena-job.js';
import type { ArenaJobStatus } from '../../../src/schema/cluster/arena-job-status.js';
import type { ScheduleState, WorkflowState } from '../ports.js';
import type { WorkerTrouble } from '../workers/worker-trouble.js';

export const RETRY_ANNOTATION = 'arena.dev/retry-failed';

/** An annotation may be as large as an object; a status tells that it was followed. */
const MAX_MARK = 64;

/** A value of the annotation as the status keeps it: itself, or what it hashes to. */
export function markOf(value: string | undefined): string | undefined {
  if (value === undefined || Buffer.byteLength(value) <= MAX_MARK) return value;
  return `sha256:${createHash('sha256').update(value).digest('hex')}`;
}

/** A run as Temporal tells of it. */
export interface RunView {
  id: string;
  /** Undefined: Temporal does not know it, or not any more. */
  state: WorkflowState | undefined;
  /** Undefined: no worker has answered yet. */
  progress?: Progress;
}

export interface JobView {
  job: OwnerIdentity;
  generation: number;
  /** Milliseconds since the epoch. */
  createdAt: number;
  now: number;
  spec: ArenaJobSpec;
  /** Value of the annotation that asks for the failed items to run again. */
  retry: string | undefined;
  /** The status as it stands. */
  before: ArenaJobStatus;
  /** Runs that were looked at, in any order. The others have ended, and `before` tells how. */
  runs: readonly RunView[];
  /** What the job would run now; absent where nobody needs to know. */
  resolution?: Resolution;
  schedule?: ScheduleState;
  /** Why Temporal takes no such schedule. */
  scheduleFault?: string;
  /** Pods of the job's own that are ready; absent: it has none. */
  readyWorkers?: number;
  /** Why others are not. */
  workerTrouble?: WorkerTrouble;
}

/** A job that runs again by itself is never over. */
export const isRecurring = ({ schedule, trigger }: ArenaJobSpec): boolean =>
  schedule !== undefined || trigger !== undefined;

/** Nothing new begins. */
export const isHeld = ({ suspend, cancelled }: ArenaJobSpec): boolean => suspend === true || cancelled === true;
