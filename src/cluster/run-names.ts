/** Names in Temporal, in the store and in the cluster that follow from an object. */
import type { ObjectKey } from './cluster-reader.js';

export interface OwnerIdentity extends ObjectKey {
  uid: string;
}

export type OwnerKind = 'ArenaJob' | 'ArenaSource' | 'ArenaConfig';

/** Carried by every workflow that is started for an object: whose it is. */
export interface OwnerMemo {
  arena: OwnerIdentity & { kind: OwnerKind };
}

/** A deleted object's successor of the same name is another one: its runs have other names. */
const life = ({ namespace, name, uid }: OwnerIdentity): string => `${namespace}/${name}/${uid.slice(0, 8)}`;

/** The n-th run of a job, 1-based: workflow id and key in the store. */
export const runName = (job: OwnerIdentity, number: number): string => `${life(job)}/${number}`;

/** Schedule of a job, and the workflow id to which Temporal adds the time of each firing. */
export const jobScheduleId = (job: OwnerIdentity): string => `arena-job/${life(job)}`;
export const firingName = (job: OwnerIdentity): string => `${life(job)}/s`;

/** What the ids of all runs of a job begin with, and the folder that their records lie in. */
export const runsOfJob = (job: OwnerIdentity): string => life(job);

/** Whether a run is one that was started for the job itself; people may have given another one a name below. */
export function isOwnRun(job: OwnerIdentity, run: string): boolean {
  const part = run.startsWith(`${life(job)}/`) ? run.slice(life(job).length + 1) : '';
  return /^(\d{1,9}|s-\d{4}-\d\d-\d\dT[^/]*)$/.test(part);
}

/** Workflow id of the removal of runs that have had their time; `part` tells up to which. */
export const sweepName = (job: OwnerIdentity, part: string): string => `sweep/${life(job)}/${part}`;

/** Whether a run is the firing of a schedule. */
export const isFiring = (run: string): boolean => /\/s-[^/]*$/.test(run);

/** Schedule of a source, and the workflow id of its syncs. */
export const sourceScheduleId = (source: OwnerIdentity): string => `arena-source/${life(source)}`;
export const syncName = (source: OwnerIdentity): string => `sync/${life(source)}`;

/** Workflow id of a look at the bundle of a config; `seen` stands for all that it looks at. */
export const checkName = (config: OwnerIdentity, seen: string): string => `check/${life(config)}/${seen}`;

/** Task queue of the workers that a job has for itself. */
export const jobShardQueue = (uid: string): string => `arena-job-${uid}`;
