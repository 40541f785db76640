/** How a load test stands, for people. */
import { formatDurationMs } from '../duration.js';
import { formatUsd } from '../usd.js';
import { targetAt } from './course.js';
import { courseEnd, sharing } from './lane-shares.js';
import { budgetFigures } from './load-budget.js';
import { changeAt } from './load-control.js';
import type { LoadOutline } from './load-outline.js';
import { clockOf, type LoadState } from './load-state.js';
import type { LoadFigures } from './load-summary.js';
import { clockText, errorsText, TARGET_UNIT, thresholdText } from './load-words.js';

const MAX_EVENTS_TOLD = 5;

/** Before anything was read. */
const NOTHING_READ = {
  rps: 0,
  requests: { sent: 0, ended: 0, failed: 0, rateLimited: 0, unknown: 0 },
  conversations: { begun: 0, passed: 0, failed: 0, errored: 0, dropped: 0 },
  turns: 0,
  open: 0,
  inFlight: 0,
  latency: { count: 0 },
  usage: {},
};

/** `now`: milliseconds since the epoch. */
export function loadFigures(state: LoadState, outline: LoadOutline, now: number): LoadFigures {
  const { changes, reading, stopAtMs } = state;
  const clockMs = clockOf(state, now);
  const course = changeAt(changes, clockMs)?.course ?? outline.course;
  const budget = budgetFigures(state);
  const lasts = outline.conversations === undefined;
  return {
    model: outline.model,
    clockMs,
    ...(lasts ? { endMs: Math.min(courseEnd(state, outline), stopAtMs ?? Infinity) } : {}),
    target: stopAtMs !== undefined && clockMs >= stopAtMs ? 0 : targetAt(course, clockMs),
    ...(state.pausedAt === undefined ? {} : { paused: true as const }),
    lanes: sharing(state).length,
    ...(reading?.figures ?? NOTHING_READ),
    thresholds: reading?.thresholds ?? [],
    ...(budget === undefined ? {} : { budget }),
    events: state.events.slice(-MAX_EVENTS_TOLD),
  };
}

/** Lines of Markdown for the workflow's current details; texts from outside have been made harmless. */
export function describeLoad(load: LoadFigures, safe: (text: string) => string): string[] {
  const { model, target, requests, conversations, latency, budget } = load;
  const ms = (value: number | undefined) => (value === undefined ? '–' : formatDurationMs(value));
  const lines = [
    `${clockText(load, ' of ')} · target ${number(target)} ${TARGET_UNIT[model]} · ${number(load.rps)} requests a second · ${load.inFlight} in flight`,
    '',
    '| requests | failed | limited | conversations | passed | dropped | p50 | p95 | p99 |',
    '|---:|---:|---:|---:|---:|---:|---:|---:|---:|',
    `| ${requests.sent} | ${requests.failed} | ${requests.rateLimited} | ${conversations.begun} | ${conversations.passed} | ${conversations.dropped} | ${ms(latency.p50Ms)} | ${ms(latency.p95Ms)} | ${ms(latency.p99Ms)} |`,
    '',
  ];
  for (const one of load.thresholds) lines.push(`- ${safe(thresholdText(one))}: ${STATES[one.state]}`);
  if (load.thresholds.length > 0) lines.push('');
  if (load.errors !== undefined) lines.push(`Failed requests: ${safe(errorsText(load.errors))}.`, '');
  if (budget?.reached) lines.push('**The budget is used up.**', '');
  if (load.costUsd !== undefined) lines.push(`${formatUsd(load.costUsd)} so far.`, '');
  for (const { clockMs, text } of load.events) lines.push(`- ${formatDurationMs(Math.max(0, clockMs))}: ${safe(text)}`);
  return [...lines, ''];
}

const STATES = { passed: 'holds', failed: '**lost**', unknown: 'nothing measured yet' } as const;

const number = (value: number): string => String(Math.round(value * 10) / 10);
