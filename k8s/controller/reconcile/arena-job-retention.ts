/** What goes from the store when runs of a job have had their time. Pure. */
import { sweepName } from '../../../src/cluster/run-names.js';
import type { RunSweepRequest } from '../../../src/core/run-sweep.js';
import type { ArenaJobStatus } from '../../../src/schema/cluster/arena-job-status.js';
import type { StartRequest } from '../ports.js';
import type { Decision } from './arena-job-decide.js';
import { isRecurring, type JobView } from './arena-job-view.js';

/** Times in a status are cut to seconds, and a run is recorded a moment before its workflow ends. */
const SLACK_MS = 2_000;

/**
 * The workflow to start, before the status is written: a worker does it, as the controller has no store to write to. A job
 * without a time to live keeps its records for ever. It is named by the newest run that goes, so it starts once for it.
 */
export function sweepOf(view: JobView, after: ArenaJobStatus, decision: Decision): StartRequest | undefined {
  const { spec, before, now } = view;
  if (spec.ttlSecondsAfterFinished === undefined) return undefined;
  if (decision.remove) return request(view, 'end', { endedBefore: now, keep: [] });
  if (!isRecurring(spec)) return undefined;
  const kept = new Set((after.runs ?? []).map(({ id }) => id));
  const [newest] = (before.runs ?? []).filter(({ id }) => !kept.has(id));
  if (newest === undefined) return undefined;
  const endedBefore = now - spec.ttlSecondsAfterFinished * 1000 + SLACK_MS;
  return request(view, newest.id.slice(newest.id.lastIndexOf('/') + 1), { endedBefore, keep: [...kept] });
}

function request({ job }: JobView, part: string, what: Omit<RunSweepRequest, 'job'>): StartRequest {
  return {
    workflow: 'sweepRuns',
    id: sweepName(job, part),
    args: [{ job, ...what }],
    memo: { arena: { kind: 'ArenaJob', ...job } },
    summary: `runs of before of ArenaJob ${job.namespace}/${job.name}`,
  };
}
