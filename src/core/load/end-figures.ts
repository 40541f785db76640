import type { LoadFigures, LoadLatency, LoadRow, LoadSummary } from './load-summary.js';
import { peakOfSeries } from './timeline.js';

const MAX_THRESHOLDS = 20;
const MAX_EVENTS = 5;
const MAX_ERRORS = 8;
const NOTICED_MS = 1;

/** A load test that has ended, in the few figures of its result: `target` is the highest one, `rps` what was made of it. */
export function endFigures(load: LoadSummary): LoadFigures {
  const { model, requests, conversations, all, thresholds, events, budget, lanes } = load;
  const { begun, passed, failed, errored, dropped } = conversations;
  const peak = peakOfSeries(load);
  const lostFirst = [...thresholds].sort((a, b) => Number(a.state === 'passed') - Number(b.state === 'passed'));
  return {
    model,
    clockMs: load.seconds * 1000,
    target: peak?.target ?? 0,
    lanes,
    rps: peak?.rps ?? load.rps,
    requests: { ...requests },
    conversations: { begun, passed, failed, errored, dropped },
    turns: all.turns,
    ...errorFigures(all.errors),
    open: 0,
    inFlight: 0,
    latency: all.latency,
    ...(all.ttft === undefined ? {} : { ttft: all.ttft }),
    ...waitFigures(all.wait),
    usage: all.usage,
    ...(all.costUsd === undefined ? {} : { costUsd: all.costUsd }),
    thresholds: lostFirst.slice(0, MAX_THRESHOLDS),
    ...(budget === undefined ? {} : { budget }),
    events: events.slice(-MAX_EVENTS),
  };
}

/** Failed requests by error code, as figures tell them. */
export function errorFigures(errors: LoadRow['errors']): Pick<LoadFigures, 'errors'> {
  const most = Object.entries(errors)
    .sort(([a, one], [b, other]) => other - one || (a < b ? -1 : 1))
    .slice(0, MAX_ERRORS);
  return most.length === 0 ? {} : { errors: Object.fromEntries(most) };
}

/** A wait that nobody would notice is not told. */
export function waitFigures(wait: LoadLatency): Pick<LoadFigures, 'wait'> {
  return (wait.p95Ms ?? 0) < NOTICED_MS ? {} : { wait };
}
