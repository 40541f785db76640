import type { CachedCalls, Usage } from './conversation.js';
import type { FailureCause } from './failure-cause.js';
import { emptyHistogram, type Histogram, quantile, record } from './histogram.js';
import type { PlanItem } from './plan.js';
import type { CheckTally, Counts, LatencySummary, Tally } from './run.js';
import type { TrialPart } from './trials.js';

/** What one finished conversation adds to the tables. */
export interface Contribution extends TrialPart {
  /** Why it did not pass. */
  cause?: FailureCause;
  calls: number;
  /** Absent = unknown, here and below. */
  inputTokens?: number;
  outputTokens?: number;
  cachedTokens?: number;
  costUsd?: number;
  /** What came from the cache, beside all that is above. */
  cached?: CachedCalls;
  /** Of calls that were made. */
  latenciesMs: number[];
  /** Of the whole conversation, waiting included. */
  durationMs?: number;
  /** Its checks by their type. */
  made?: CheckTally[];
}

/** Cells kept apart; a matrix with more is summed by provider and scenario only. */
const MAX_CELLS = 10_000;

/** Types of checks are a closed list but for those that a bundle makes up. */
const MAX_CHECKS = 200;

/** Sums over conversations. An unknown cost makes the sum unknown; an unknown token count adds nothing. */
class Sums {
  total = 0;
  tolerated = 0;
  readonly verdicts = { passed: 0, failed: 0, errored: 0 };
  private readonly tokens: Usage = {};
  private cached: CachedCalls | undefined;
  private cost: number | undefined = 0;
  private readonly durations = { count: 0, sumMs: 0 };
  private readonly latency: Histogram = emptyHistogram();

  add(part: Contribution): void {
    this.total += 1;
    this.verdicts[part.verdict] += 1;
    addUsage(this.tokens, part);
    if (part.cached !== undefined) this.cached = bothOf(this.cached, part.cached);
    // A conversation that made no call has no cost to know.
    if (part.costUsd !== undefined) this.cost = this.cost === undefined ? undefined : this.cost + part.costUsd;
    else if (part.calls > 0) this.cost = undefined;
    for (const value of part.latenciesMs) record(this.latency, value);
    if (part.durationMs === undefined) return;
    this.durations.count += 1;
    this.durations.sumMs += part.durationMs;
  }

  tally(key: string): Tally {
    const { total, verdicts, tolerated, tokens: usage, cost: costUsd, cached } = this;
    const within = tolerated > 0 ? { tolerated } : {};
    const saved = cached === undefined ? {} : { cached };
    const { count, sumMs } = this.durations;
    const lasted = count === 0 ? {} : { avgDurationMs: Math.round(sumMs / count) };
    return { key, total, ...verdicts, ...within, usage, costUsd, ...saved, latency: this.times(), ...lasted };
  }

  private times(): LatencySummary {
    const { count, max } = this.latency;
    if (count === 0) return { count };
    const at = (q: number) => Math.round((quantile(this.latency, q) ?? 0) * 100) / 100;
    return { count, p50Ms: at(0.5), p90Ms: at(0.9), p95Ms: at(0.95), p99Ms: at(0.99), maxMs: max };
  }
}

function addUsage(sum: Usage, part: Usage): void {
  for (const key of ['inputTokens', 'outputTokens', 'cachedTokens'] as const) {
    const value = part[key];
    if (value !== undefined) sum[key] = (sum[key] ?? 0) + value;
  }
}

function bothOf(sum: CachedCalls | undefined, part: CachedCalls): CachedCalls {
  const { calls, usage, savedUsd } = sum ?? { calls: 0, usage: {}, savedUsd: 0 };
  addUsage(usage, part.usage);
  const both = { calls: calls + part.calls, usage };
  if (savedUsd === undefined || part.savedUsd === undefined) return both;
  return { ...both, savedUsd: savedUsd + part.savedUsd };
}

/** Builds the tables of a run from its conversations, one at a time; memory grows with the matrix, not the trials. */
export class Summarizer {
  calls = 0;
  reused = 0;
  readonly causes: { [cause in FailureCause]?: number } = {};
  private readonly all = new Sums();
  private readonly providers = new Map<string, Sums>();
  private readonly scenarios = new Map<string, Sums>();
  private readonly cells = new Map<string, Sums>();
  private readonly made = new Map<string, CheckTally>();

  add(item: PlanItem, part: Contribution, reused: boolean): void {
    this.calls += reused ? 0 : part.calls;
    this.reused += reused ? 1 : 0;
    if (part.cause !== undefined) this.causes[part.cause] = (this.causes[part.cause] ?? 0) + 1;
    this.all.add(part);
    for (const tally of part.made ?? []) this.addChecks(tally);
    sumsOf(this.providers, item.provider).add(part);
    sumsOf(this.scenarios, item.scenario).add(part);
    const cell = `${item.scenario}/${item.provider}`;
    if (this.cells.size < MAX_CELLS || this.cells.has(cell)) sumsOf(this.cells, cell).add(part);
  }

  private addChecks({ type, passed, failed }: CheckTally): void {
    const known = this.made.get(type);
    if (known === undefined) {
      if (this.made.size < MAX_CHECKS) this.made.set(type, { type, passed, failed });
      return;
    }
    known.passed += passed;
    known.failed += failed;
  }

  /** Checks by their type, those that failed most often first. */
  checks(): CheckTally[] {
    return [...this.made.values()].sort((a, b) => b.failed - a.failed || (a.type < b.type ? -1 : 1));
  }

  /** A conversation that was added as failed, and that a `pass_threshold` allows for. */
  tolerate({ provider, scenario }: PlanItem): void {
    this.causes.assertion_failure = (this.causes.assertion_failure ?? 0) - 1;
    const cell = this.cells.get(`${scenario}/${provider}`);
    for (const sums of [this.all, this.providers.get(provider), this.scenarios.get(scenario), cell]) {
      if (sums !== undefined) sums.tolerated += 1;
    }
  }

  counts(total: number): Counts {
    const { verdicts, tolerated } = this.all;
    return { total, ...verdicts, reused: this.reused, ...(tolerated > 0 ? { tolerated } : {}) };
  }

  tables(): { total: Tally; providers: Tally[]; scenarios: Tally[]; cells: Tally[] } {
    const rows = (map: Map<string, Sums>) => [...map].map(([key, sums]) => sums.tally(key));
    return {
      total: this.all.tally('all'),
      providers: rows(this.providers),
      scenarios: rows(this.scenarios),
      cells: rows(this.cells),
    };
  }
}

function sumsOf(map: Map<string, Sums>, key: string): Sums {
  let sums = map.get(key);
  if (sums === undefined) {
    sums = new Sums();
    map.set(key, sums);
  }
  return sums;
}
