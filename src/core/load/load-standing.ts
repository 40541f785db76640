/** How a load test stands, from what its lanes have written. */
import { endOf } from './course.js';
import { errorFigures, waitFigures } from './end-figures.js';
import { dueOfLane } from './lane-due.js';
import { changeAt, type LoadControl, testTime } from './load-control.js';
import { loadLatency } from './load-latency.js';
import { sumOf } from './load-picture.js';
import type { LoadPlan } from './load-plan.js';
import type { LoadReading, MeasuredFigures } from './load-reading.js';
import type { LoadTally } from './load-tally.js';
import { type LoadTerms, liveAttempts, lostOf, type MergedLoad } from './merged-load.js';
import { judge, type ThresholdResult } from './thresholds.js';

const MAX_THRESHOLDS = 20;
/** Seconds over which the present rate is told, and after which seconds of all lanes are taken to be there. */
const RATE_SECONDS = 5;
const SETTLED_SECONDS = 2;
/** A lane that has told nothing for so long does not make its share. */
const SILENT_MS = 3_000;

/** The end of the test's clock as far as it is known: when it was stopped, or when the last course ends. */
export function endOfLoad({ changes, stopAtMs = Infinity }: LoadControl): number {
  return Math.min(stopAtMs, endOf(changes.at(-1)?.course ?? []));
}

/** A conversation is taken to make as many requests as those before it, or at first as the bundle tells. */
export function termsOf(plan: LoadPlan, { changes }: LoadControl, { picture: { bins } }: MergedLoad): LoadTerms {
  const begun = bins.reduce((sum, bin) => sum + bin.begun, 0);
  const sent = bins.reduce((sum, bin) => sum + bin.sent, 0);
  if (begun > 0 && sent > 0) return { model: plan.model, changes, perConversation: sent / begun };
  const weights = plan.cells.reduce((sum, { weight }) => sum + weight, 0);
  const requests = plan.cells.reduce((sum, cell) => sum + cell.weight * cell.requests, 0);
  return { model: plan.model, changes, perConversation: weights === 0 ? 1 : Math.max(0.001, requests / weights) };
}

/** All thresholds by what was measured so far, in the order of the plan. */
export function judgeAll({ thresholds, cells }: LoadPlan, merged: MergedLoad): ThresholdResult[] {
  return thresholds.map((threshold) => {
    const concerns = (place: number): boolean => {
      const cell = cells[place];
      return (
        cell !== undefined &&
        (threshold.scenario ?? cell.scenario) === cell.scenario &&
        (threshold.provider ?? cell.provider) === cell.provider
      );
    };
    return judge(threshold, sumOf(merged.picture, concerns));
  });
}

export function readingOf(plan: LoadPlan, merged: MergedLoad, control: LoadControl, now: number): LoadReading {
  const all = sumOf(merged.picture, () => true);
  const results = judgeAll(plan, merged);
  const { usage } = all;
  return {
    figures: figuresOf(plan, merged, { all, control, now }),
    thresholds: [...results].sort((a, b) => RANK[a.state] - RANK[b.state]).slice(0, MAX_THRESHOLDS),
    states: results.map(({ state }) => state),
    lanes: liveAttempts(merged).map(({ lane, attempt }) => ({ lane, lastSecond: attempt.second })),
    usedUsd: all.costUsd,
    usedTokens: (usage.inputTokens ?? 0) + (usage.outputTokens ?? 0),
  };
}

const RANK = { failed: 0, unknown: 1, passed: 2 };

function figuresOf(
  plan: LoadPlan,
  merged: MergedLoad,
  { all, control, now }: { all: LoadTally; control: LoadControl; now: number },
): MeasuredFigures {
  const { bins } = merged.picture;
  const total = (key: 'begun' | 'sent' | 'dropped'): number => bins.reduce((sum, bin) => sum + bin[key], 0);
  const live = liveAttempts(merged);
  const lost = lostOf(merged, false);
  return {
    rps: rateOf(merged, Math.floor((now - control.startedAt) / 1000)),
    requests: { sent: total('sent'), ...all.requests, unknown: lost.requests },
    conversations: {
      begun: total('begun'),
      ...all.conversations,
      dropped: total('dropped') + awayNow(plan, merged, control, now),
    },
    open: live.reduce((sum, { attempt }) => sum + attempt.open, 0),
    inFlight: live.reduce((sum, { attempt }) => sum + attempt.inFlight, 0),
    turns: all.turns,
    ...errorFigures(all.errors),
    latency: loadLatency(all.latency),
    ...(all.ttft.count === 0 ? {} : { ttft: loadLatency(all.ttft) }),
    ...waitFigures(loadLatency(all.wait)),
    usage: all.usage,
    ...(all.unpriced === 0 ? { costUsd: all.costUsd } : {}),
  };
}

/** Requests a second over the newest seconds of which all lanes have told. */
function rateOf({ recent }: MergedLoad, secondNow: number): number {
  const newest = Math.max(-1, ...Object.keys(recent).map(Number));
  // The newest second may lack some lanes; where nobody tells anything the rate falls.
  const end = Math.max(newest, secondNow - SETTLED_SECONDS - 1);
  const begin = Math.max(0, end - RATE_SECONDS);
  let sum = 0;
  for (let second = begin; second < end; second += 1) sum += recent[second] ?? 0;
  return end <= begin ? 0 : Math.round((100 * sum) / (end - begin)) / 100;
}

/** Conversations that lanes which have fallen silent did not begin so far. It is settled when somebody goes on. */
function awayNow(plan: LoadPlan, merged: MergedLoad, control: LoadControl, now: number): number {
  if (plan.model === 'closed') return 0;
  const terms = termsOf(plan, control, merged);
  const clockMs = Math.min(testTime(control, now) - SILENT_MS, endOfLoad(control));
  const lanes = changeAt(control.changes, clockMs)?.lanes ?? [];
  const requests = lanes.reduce((sum, lane) => {
    const toMs = merged.lanes[lane]?.toMs ?? 0;
    return clockMs <= toMs ? sum : sum + dueOfLane(control.changes, lane, toMs, clockMs);
  }, 0);
  return Math.round(requests / terms.perConversation);
}
