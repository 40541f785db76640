/** `status.result.summary.details`: tables of a run in little room, the worst first. Pure. */
import type { Usage } from '../../../src/core/conversation.js';
import type { CheckTally, FailedItem, JobResult, Tally } from '../../../src/core/run.js';
import { shorten } from '../../../src/core/shorten.js';

const SECTIONS = ['scenarios', 'providers', 'assertions', 'errors'] as const;

type Section = (typeof SECTIONS)[number];

/** JSON, as dashboards read it. `omitted`: rows for which there was no room; the reports have them. */
type Details = { [section in Section]: unknown[] } & { omitted?: { [section in Section]?: number } };

/** UTF-16 units of a name, and of a message. */
const MAX_NAME = 100;
const MAX_MESSAGE = 160;

/** Of one kind of failure; `count` has all of them. */
const MAX_IDS = 3;
const MAX_FAILURES = 2;

/** @param maxBytes of the text, as JSON */
export function detailsOf(result: JobResult, maxBytes: number): string {
  const { providers, scenarios = [], checks = [], failures, metrics, rows } = result;
  const isRated = metrics === undefined || metrics.includes('quality');
  const tables = {
    scenarios: worstFirst(scenarios).map((row) => rowOf(row, isRated)),
    providers: providers.map((row) => rowOf(row, isRated)),
    assertions: checks.map((check) => checkOf(check, failures, isRated)),
    errors: errorsOf(failures),
  };
  const omitted: Details['omitted'] = {};
  for (const [section, all, told] of [
    ['scenarios', rows?.scenarios, scenarios.length],
    ['providers', rows?.providers, providers.length],
    ['assertions', rows?.checks, checks.length],
  ] as const) {
    if (all !== undefined && all > told) omitted[section] = all - told;
  }
  return fitted({ ...tables, omitted }, maxBytes);
}

/** Details that were told, in less room; those of another version are dropped. */
export function shortenDetails(text: string, maxBytes: number): string {
  let details: unknown;
  try {
    details = JSON.parse(text);
  } catch {
    return '{}';
  }
  return isDetails(details) ? fitted(details, maxBytes) : '{}';
}

const isDetails = (value: unknown): value is Details =>
  typeof value === 'object' &&
  value !== null &&
  SECTIONS.every((section) => Array.isArray(Object.getOwnPropertyDescriptor(value, section)?.value));

/** Without rows until it fits, of the longest table first: half a row is of no use to anybody. */
function fitted({ omitted: before = {}, ...tables }: Details, maxBytes: number): string {
  const left = { ...tables };
  const omitted = { ...before };
  for (;;) {
    const told = Object.keys(omitted).length === 0 ? left : { ...left, omitted };
    const text = JSON.stringify(told);
    const longest = [...SECTIONS].sort((a, b) => sizeOf(left[b]) - sizeOf(left[a]))[0];
    if (sizeOf(text) <= maxBytes || longest === undefined || left[longest].length === 0) return text;
    left[longest] = left[longest].slice(0, -1);
    omitted[longest] = (omitted[longest] ?? 0) + 1;
  }
}

/** Bytes as a status holds them: JSON, and text within it is JSON once more. */
const sizeOf = (value: unknown): number => Buffer.byteLength(JSON.stringify(value));

const failedOf = ({ failed, errored }: Tally): number => failed + errored;

const worstFirst = (rows: readonly Tally[]): Tally[] => [...rows].sort((a, b) => failedOf(b) - failedOf(a));

/** In percent, with one decimal. */
export const percent = (passed: number, ended: number): string =>
  ended === 0 ? '0.0' : ((100 * passed) / ended).toFixed(1);

/** In and out; undefined where nobody counted. */
export function tokensOf({ inputTokens, outputTokens }: Usage): number | undefined {
  if (inputTokens === undefined && outputTokens === undefined) return undefined;
  return (inputTokens ?? 0) + (outputTokens ?? 0);
}

function rowOf(row: Tally, isRated: boolean): object {
  const { key, total, passed, usage, costUsd, avgDurationMs } = row;
  const tokens = tokensOf(usage);
  const failed = failedOf(row);
  return {
    ...{ name: shorten(key, MAX_NAME), total, passed, failed },
    ...(isRated ? { passRate: percent(passed, passed + failed) } : {}),
    ...(avgDurationMs === undefined ? {} : { avgDurationMs }),
    ...(tokens === undefined ? {} : { totalTokens: tokens }),
    ...(costUsd === undefined ? {} : { totalCost: costUsd.toFixed(4) }),
  };
}

function checkOf({ type, passed, failed }: CheckTally, failures: readonly FailedItem[], isRated: boolean): object {
  const found = failures.filter(({ reason, verdict }) => reason === type && verdict === 'failed');
  return {
    ...{ name: shorten(type, MAX_NAME), total: passed + failed, passed, failed },
    ...(isRated ? { passRate: percent(passed, passed + failed) } : {}),
    failures: found.slice(0, MAX_FAILURES).map(({ id, message }) => shorten(`${id}: ${message}`, MAX_MESSAGE)),
  };
}

/** The same message once, with those that it is of. */
function errorsOf(failures: readonly FailedItem[]): object[] {
  const known = new Map<string, { message: string; count: number; workItemIds: string[] }>();
  for (const { id, reason, message } of failures) {
    const text = shorten(`${reason}: ${message}`, MAX_MESSAGE);
    const row = known.get(text) ?? { message: text, count: 0, workItemIds: [] };
    known.set(text, row);
    row.count += 1;
    if (row.workItemIds.length < MAX_IDS) row.workItemIds.push(shorten(id, MAX_NAME));
  }
  return [...known.values()].sort((a, b) => b.count - a.count);
}
