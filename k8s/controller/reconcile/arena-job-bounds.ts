/** A status in bounded room, whatever the job: lists of objects carry it, and etcd keeps every version. Pure. */
import { shorten } from '../../../src/core/shorten.js';
import type { ArenaJobRun, ArenaJobStatus } from '../../../src/schema/cluster/arena-job-status.js';
import { shortenDetails } from './arena-job-details.js';
import { isOver, numberOf } from './arena-job-runs.js';

/** Bytes of a status, with room for what the API server adds. */
const MAX_STATUS = 9_500;

type Measure = (status: ArenaJobStatus) => ArenaJobStatus;

/**
 * What is the least use goes first. What is cut says so: `omitted` in the details, `…` in a text. Runs go last of all.
 */
const MEASURES: readonly Measure[] = [
  details(1_200),
  runsWithoutMessages,
  messages(800),
  details(400),
  messages(300),
  details(0),
  messages(100),
  messages(20),
  newestRuns(5),
  newestRuns(1),
];

export function bounded(status: ArenaJobStatus): ArenaJobStatus {
  let fit = status;
  for (const measure of MEASURES) {
    if (Buffer.byteLength(JSON.stringify(fit)) <= MAX_STATUS) return fit;
    fit = measure(fit);
  }
  return fit;
}

function details(maxBytes: number): Measure {
  return (status) => {
    const { result } = status;
    const told = result?.summary?.details;
    if (result?.summary === undefined || told === undefined) return status;
    const summary = { ...result.summary, details: shortenDetails(told, maxBytes) };
    return { ...status, result: { ...result, summary } };
  };
}

function runsWithoutMessages(status: ArenaJobStatus): ArenaJobStatus {
  return { ...status, runs: status.runs?.map(({ message: _, ...run }) => run) };
}

/** One that is open is followed besides, and the one with the highest number is what the next number is made from. */
function newestRuns(count: number): Measure {
  return (status) => {
    const all = status.runs ?? [];
    const highest = Math.max(0, ...all.map(({ id }) => numberOf(id)));
    const isNeeded = (run: ArenaJobRun): boolean =>
      numberOf(run.id) > 0 && (!isOver(run) || numberOf(run.id) === highest);
    return { ...status, runs: all.filter((run, at) => at < count || isNeeded(run)) };
  };
}

function messages(maxUnits: number): Measure {
  return (status) => ({
    ...status,
    conditions: status.conditions?.map((one) => ({ ...one, message: shorten(one.message, maxUnits) })),
  });
}
