import type { Bundle } from '../src/bundle/bundle.js';
import type { ProviderOverrides } from '../src/bundle/override-providers.js';
import type { ResolvedJob } from '../src/cluster/resolved-job.js';
import type { JsonValue } from '../src/core/conversation.js';
import type { DataGenSettings } from '../src/core/datagen/data-plan.js';
import { parseDurationMs } from '../src/core/duration.js';
import { ArenaError } from '../src/core/errors.js';
import { DEFAULT_HOLD_MS } from '../src/core/hold.js';
import type { LoadPlan } from '../src/core/load/load-plan.js';
import type { Plan } from '../src/core/plan.js';
import type { CallParameters } from '../src/core/provider.js';
import type { ArenaMetadata, BundleIdentity } from '../src/core/run.js';
import { planKey } from '../src/core/store-keys.js';
import { dataGenSettings } from '../src/data-plan.js';
import type { CacheSettings } from '../src/io/cache/response-cache.js';
import type { Store } from '../src/io/stores/store.js';
import { readJson } from '../src/io/stores/stored-json.js';
import type { DiscoveredTool } from '../src/io/tools/mcp/discover.js';
import type { ReportOptions } from '../src/report/report-options.js';
import { type FailCondition, failConditions, type JobInput, type ReportFormat } from '../src/schema/job.js';
import { RECORDINGS_FOLDER } from '../src/schema/report-files.js';

/** Settings of a run after precedence is settled: every default filled in, every name resolved. */
export interface RunSettings {
  concurrency: number;
  /** Undefined: not written anywhere. Tries in place are on then, further dispatches are not. */
  maxRetries?: number;
  itemTimeoutMs: number;
  /** How long a provider may be down; absent in plans of before. */
  holdMs?: number;
  /** Undefined: each provider's own. */
  callTimeoutMs?: number;
  variables: { [name: string]: JsonValue };
  /** Of the job alone: what the bundle says is the engine's affair. */
  parameters: CallParameters;
  /** Evals of prompts and of the bundle. */
  packEvals: { skip: boolean; types?: string[] };
  overrideProviders: ProviderOverrides;
  /** Answers are kept and taken from earlier runs; absent: no. */
  cache?: CacheSettings;
  /** Log each conversation. */
  verbose: boolean;
  mockProvider: boolean;
  /** Path within the bundle. */
  mockConfig?: string;
  formats: ReportFormat[];
  reports: ReportOptions;
  failOn: FailCondition[];
  /** Of the generation of data. */
  dataGen?: DataGenSettings;
}

/** `runs/<run>/plan`: written once, read by every shard. */
export interface PlanRecord {
  schemaVersion: 1;
  run: string;
  job: string;
  bundle: BundleIdentity & ArenaMetadata;
  retryOf?: string;
  plan: Plan;
  /** Of a load test: its cells are those of `plan` that conversations can be held in. */
  load?: LoadPlan;
  /** What the MCP servers of the bundle offered when the run was planned. */
  tools?: DiscoveredTool[];
  /** Store key of a JSON list of the item numbers to run; absent: all. */
  workList?: string;
  /** Number of the item that follows those of the list, where a further round of data adds some. */
  afterWorkList?: number;
  settings: RunSettings;
  warnings: string[];
  /** What the run was asked, for a later run that retries it; of an ArenaJob: what it came to. */
  input: JobInput;
  /** What the ArenaJob of the run came to when it was planned. */
  resolved?: ResolvedJob;
}

/** Calls in flight where nobody says. */
const DEFAULT_CONCURRENCY = 6;
/** Time of a conversation where nobody says, in milliseconds. */
const DEFAULT_ITEM_TIMEOUT_MS = 5 * 60_000;

/** Further dispatches where neither an ArenaConfig nor the Arena file says. */
const CONFIG_MAX_RETRIES = 3;

/** The plan of a run, which `planRun` has written. */
export async function readPlan(store: Store, run: string): Promise<PlanRecord> {
  const record = await readJson<PlanRecord>(store, planKey(run));
  if (record === undefined) throw missingFromStore(store, planKey(run));
  return record;
}

export function missingFromStore(store: Store, key: string): ArenaError {
  return new ArenaError({
    code: 'invalid_input',
    message: `${store.locate(key)} is not in the store`,
    hint: 'workers and the client must share one store; a deleted run cannot go on',
  });
}

/** Settings of a run, field by field: the job's input, else the Arena file, else the built-in default. */
export function runSettingsOf(input: JobInput, bundle: Bundle, job?: ResolvedJob): RunSettings {
  const defaults = bundle.arena.spec.defaults;
  const usualRetries = job?.config === undefined ? undefined : CONFIG_MAX_RETRIES;
  // Load tests and sets of data have ends of their own; what their conversations came to counts where somebody says so.
  const judges = input.type === undefined || input.type === 'evaluation';
  const dataGen = dataGenSettings(input);
  const maxRetries = input.maxRetries ?? defaults?.max_retries ?? usualRetries;
  return {
    concurrency: perWorkers(job) ?? input.concurrency ?? defaults?.concurrency ?? usualConcurrency(job),
    maxRetries,
    // Who wants no second try at all does not want to wait for one either.
    holdMs: durationMs(input.hold) ?? (maxRetries === 0 ? 0 : DEFAULT_HOLD_MS),
    itemTimeoutMs: durationMs(input.timeouts?.item ?? defaults?.run_timeout) ?? DEFAULT_ITEM_TIMEOUT_MS,
    callTimeoutMs: durationMs(input.timeouts?.call ?? defaults?.timeout),
    variables: input.variables ?? {},
    parameters: input.parameters ?? {},
    packEvals: { skip: input.packEvals?.skip ?? false, types: input.packEvals?.types },
    overrideProviders: input.overrideProviders ?? {},
    ...(input.cache === undefined ? {} : { cache: cacheSettings(input.cache) }),
    verbose: input.verbose ?? defaults?.verbose ?? false,
    mockProvider: input.mockProvider ?? false,
    mockConfig: input.mockConfig,
    formats: input.formats ?? defaults?.output.formats ?? ['json'],
    reports: reportOptionsOf(bundle),
    failOn: input.failOn ?? defaults?.fail_on ?? (judges ? [...failConditions] : []),
    ...(dataGen === undefined ? {} : { dataGen }),
  };
}

/** An ArenaConfig that says nothing means one call on each worker. */
function usualConcurrency(job: ResolvedJob | undefined): number {
  return job?.config === undefined ? DEFAULT_CONCURRENCY : (job.workers ?? 1);
}

/** Calls in flight where they are said for each worker. */
function perWorkers(job: ResolvedJob | undefined): number | undefined {
  return job?.concurrencyPerWorker === undefined ? undefined : job.concurrencyPerWorker * (job.workers ?? 1);
}

/** How long the run waits for a provider that is down, in milliseconds. */
export function holdMsOf({ holdMs = DEFAULT_HOLD_MS }: RunSettings): number {
  return holdMs;
}

function cacheSettings({ mode = 'deterministic', maxAge }: NonNullable<JobInput['cache']>): CacheSettings {
  return { mode, maxAgeMs: durationMs(maxAge) };
}

/** Times of conversations that scenarios set themselves, in milliseconds; what the job says beats them. */
export function scenarioTimeouts(input: JobInput, { scenarios }: Bundle): (scenario: string) => number | undefined {
  if (input.timeouts?.item !== undefined) return () => undefined;
  return (scenario) => durationMs(scenarios.get(scenario)?.spec.duplex?.timeout);
}

function reportOptionsOf(bundle: Bundle): ReportOptions {
  const { json, html, junit, markdown, recording } = bundle.arena.spec.defaults?.output ?? {};
  return {
    recordings: recording?.enabled === true ? { dir: recording.dir ?? RECORDINGS_FOLDER } : undefined,
    json: { file: json?.file, pretty: json?.pretty, includeRaw: json?.include_raw },
    html: { file: html?.file, includeMetadata: html?.include_metadata, theme: html?.theme },
    junit: { file: junit?.file, includeSystemOut: junit?.include_system_out },
    markdown: {
      file: markdown?.file,
      includeDetails: markdown?.include_details,
      showOverview: markdown?.show_overview,
      showResultsMatrix: markdown?.show_results_matrix,
      showFailedTests: markdown?.show_failed_tests,
      showCostSummary: markdown?.show_cost_summary,
    },
  };
}

/** Milliseconds of a duration that a schema has already checked. */
export function durationMs(text: string | undefined): number | undefined {
  return text === undefined ? undefined : parseDurationMs(text);
}
