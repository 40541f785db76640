import type { Bundle } from '../src/bundle/bundle.js';
import { checkJobInput } from '../src/bundle/check-job-input.js';
import { applyClusterSetup, replacedBy } from '../src/bundle/cluster-setup.js';
import { evalTypeFaults } from '../src/bundle/eval-types.js';
import { type Fault, formatFault } from '../src/bundle/fault.js';
import type { ReplacedParts } from '../src/bundle/load.js';
import { loadBundleFromArtifact } from '../src/bundle/load-artifact.js';
import { type LoadResult, loadBundleFromDisk } from '../src/bundle/load-bundle.js';
import { planMatrix } from '../src/bundle/matrix.js';
import { overrideProviders } from '../src/bundle/override-providers.js';
import { selectScenarios } from '../src/bundle/scenario-filter.js';
import { unsupportedFaults } from '../src/bundle/unsupported.js';
import type { ResolvedJob } from '../src/cluster/resolved-job.js';
import { ArenaError, type ErrorCode } from '../src/core/errors.js';
import { type Plan, PlanIndex } from '../src/core/plan.js';
import type { PlanResult } from '../src/core/plan-result.js';
import type { Provider } from '../src/core/provider.js';
import type { ArenaMetadata, JobResult, RunSummary } from '../src/core/run.js';
import { ARENA_SEARCH_ATTRIBUTES } from '../src/core/search-attributes.js';
import { shardSize } from '../src/core/shard.js';
import { artifactKey, bundleKey, finalKey, planKey, reportFolder } from '../src/core/store-keys.js';
import { matrixOfRecords, recordFileFaults } from '../src/data-plan.js';
import { checkWarnings } from '../src/engine/check-warnings.js';
import { planFaults } from '../src/engine/plan-faults.js';
import { refusalOf } from '../src/io/providers/create.js';
import type { Store } from '../src/io/stores/store.js';
import { readJson } from '../src/io/stores/stored-json.js';
import { discoverTools } from '../src/io/tools/mcp/discover.js';
import { toolFaults } from '../src/io/tools/tool-faults.js';
import type { JobInput } from '../src/schema/job.js';
import type { ActivityDeps } from './deps.js';
import { forgetLoad } from './load/forget-load.js';
import { acceptLoad, loadResult } from './load-plan.js';
import type { LoadedRuns } from './loaded-runs.js';
import { resultOf } from './publish-run.js';
import { durationMs, holdMsOf, missingFromStore, type PlanRecord, readPlan, runSettingsOf } from './run-plan.js';
import { keepOwn, type Remainder, takeOver } from './take-over.js';

/** Assistants that the workflow knows by name; with more of them it does not look whether all are down. */
const MAX_ASSISTANTS_TOLD = 100;

export interface PlanRunInput {
  run: string;
  input: JobInput;
  /** The workflow was reset: what passed stays, the rest runs again. */
  reset: boolean;
}

export type PlanRunResult =
  | { plan: PlanResult; runTimeoutMs: number | undefined }
  /** The run has ended before, whatever Temporal remembers of it. */
  | { finished: JobResult };

/**
 * Accepts a run: checks the input, pins the bundle by digest, expands the matrix, writes the plan. A run that has a
 * plan keeps it, so that a second attempt, or a folder that has changed since, makes no other run of it.
 */
export async function planRun(deps: ActivityDeps, runs: LoadedRuns, request: PlanRunInput): Promise<PlanRunResult> {
  const { run, reset } = request;
  const input = checkJobInput(request.input);
  const searchAttributes = knowsSearchAttributes(deps);
  const finished = await readJson<RunSummary>(deps.store, finalKey(run));
  if (finished !== undefined && !reset) {
    return { finished: resultOf(finished, deps.store.locate(reportFolder(run))) };
  }
  const record =
    (await deps.store.get(planKey(run))) === undefined
      ? await accept(deps, runs, run, input)
      : await readPlan(deps.store, run);
  const index = new PlanIndex(record.plan);
  const remainder = await remainderOf(deps.store, record, index, reset);
  if (remainder !== undefined) {
    record.workList = remainder.workList;
    if (record.plan.dataGen !== undefined) record.afterWorkList = index.size;
    await deps.store.put(planKey(run), Buffer.from(JSON.stringify(record)));
  }
  if (reset && record.load !== undefined) await forgetLoad(deps.store, run);
  runs.forget(run);
  // Makes a bundle whose providers cannot be built fail here, once, rather than in every shard.
  const { bundle, providers } = await runs.get(run);
  refuseProviders(record.plan, providers);
  const toRun = remainder?.toRun ?? index.size;
  const { concurrency } = record.settings;
  const { resolved } = record;
  const workers = workersOf(record.input, resolved);
  const plan: PlanResult = {
    total: index.size,
    toRun,
    reused: remainder?.reused ?? { passed: 0, failed: 0, errored: 0 },
    firstShard: remainder?.firstShard ?? 0,
    shardSize: shardSize(toRun, concurrency, workers, turnsPerItem(record.plan, bundle)),
    concurrency,
    assistants: assistantsOf(record.plan, providers),
    holdMs: holdMsOf(record.settings),
    bundle: { name: record.bundle.name, digest: record.bundle.digest, source: record.bundle.source },
    job: record.job,
    type: record.input.type,
    ...loadResult(record),
    ...(record.plan.dataGen === undefined ? {} : { dataGen: true as const }),
    searchAttributes: await searchAttributes,
    workers,
    ...(resolved === undefined ? {} : waysOf(resolved)),
    ...(resolved?.metrics === undefined ? {} : { metrics: resolved.metrics }),
    ...(record.input.output === undefined
      ? {}
      : { delivery: resolved?.deliverByOwnWorkers ? { queue: resolved.shardQueue } : {} }),
  };
  return { plan, runTimeoutMs: durationMs(record.input.timeouts?.run) };
}

/** Worker processes to begin with. */
function workersOf(input: JobInput, job: ResolvedJob | undefined): number {
  return job?.workers ?? input.workers ?? 1;
}

/** Where the bundle of a job of the cluster came from. */
function nameOf(job: ResolvedJob | undefined): string | undefined {
  if (job === undefined) return undefined;
  const { namespace, name, revision } = job.source;
  return `ArenaSource ${namespace}/${name} at ${revision}`;
}

/** What a job of the cluster has for itself. */
function waysOf({ concurrencyPerWorker, shardQueue }: ResolvedJob): Partial<PlanResult> {
  return {
    ...(concurrencyPerWorker === undefined ? {} : { concurrencyPerWorker }),
    ...(shardQueue === undefined ? {} : { shardQueue }),
  };
}

async function accept(deps: ActivityDeps, runs: LoadedRuns, run: string, asked: JobInput): Promise<PlanRecord> {
  const resolved = 'arenaJob' in asked.bundle ? await deps.resolveJob(asked.bundle.arenaJob, run) : undefined;
  const { name, retryOf, historyLimit } = asked;
  const input = resolved === undefined ? asked : { ...resolved.input, ...(name && { name }), retryOf, historyLimit };
  const { bundle: written, source } = await readBundle(deps.store, runs, input, replacedBy(resolved));
  const { bundle, faults: misfits } = applyClusterSetup(written, resolved);
  refuse(misfits);
  const matrix = planMatrix(bundle, {
    ...input.select,
    regions: input.regions,
    trials: input.trials,
  });
  refuse(matrix.faults, () => codeOf(bundle, input));
  const settings = runSettingsOf(input, bundle, resolved);
  const asRecords = matrixOfRecords(bundle, matrix, settings.dataGen, input.retryOf);
  const { regions, faults, dataGen } = asRecords;
  refuse([...faults, ...(dataGen === undefined ? [] : recordFileFaults(bundle, settings))]);
  const overridden = overrideProviders(bundle, input.overrideProviders);
  refuse(overridden.faults);
  const { load, cells, faults: ofLoad } = acceptLoad(overridden.bundle, input, asRecords, workersOf(input, resolved));
  refuse(ofLoad);
  const support = deps.supportOf(input.mockProvider ?? false);
  refuse(evalTypeFaults(bundle, input.packEvals?.types, support.assertionTypes));
  const unsupported = unsupportedFaults(overridden.bundle, cells, support);
  refuse(unsupported);
  const odd = checkWarnings(
    bundle,
    cells.map((cell) => cell.scenario),
  );
  const { services } = deps;
  const { variables } = settings;
  const seed = settings.dataGen?.seed;
  const planned = planFaults(overridden.bundle, cells, regions, { variables, services, seed });
  refuse(planned);
  refuse(toolFaults(bundle, deps.tools));
  const tools = await discoverTools(bundle, deps.tools);
  const plan: Plan = { schemaVersion: 1, bundle: bundle.digest, cells, regions, ...(dataGen && { dataGen }) };
  const record: PlanRecord = {
    schemaVersion: 1,
    run,
    job: input.name ?? run,
    bundle: {
      ...{ name: bundle.name, digest: bundle.digest, source: nameOf(resolved) ?? source },
      ...(resolved === undefined ? {} : { origin: resolved.source }),
      ...metadataOf(bundle),
    },
    retryOf: input.retryOf,
    plan,
    ...(load === undefined ? {} : { load }),
    tools: tools.length === 0 ? undefined : tools,
    settings,
    warnings: [
      ...(resolved?.warnings ?? []),
      ...[...bundle.warnings, ...faults, ...ofLoad, ...unsupported, ...planned, ...odd].map(formatFault),
    ],
    input,
    resolved,
  };
  await deps.store.putIfAbsent(planKey(run), Buffer.from(JSON.stringify(record)));
  return readPlan(deps.store, run);
}

function metadataOf({ arena }: Bundle): ArenaMetadata {
  const { namespace, labels, annotations } = arena;
  return { namespace, labels: Object.keys(labels).length === 0 ? undefined : labels, annotations };
}

/** The bundle that the input names, which lies in the store from here on. */
async function readBundle(
  store: Store,
  runs: LoadedRuns,
  input: JobInput,
  replaced: ReplacedParts,
): Promise<{ bundle: Bundle; source: string }> {
  if ('digest' in input.bundle) {
    const bundle = await runs.bundle(input.bundle.digest, replaced);
    return { bundle, source: bundle.name };
  }
  const { source, loaded } = await load(store, input, replaced);
  const { bundle, faults, packed } = loaded;
  refuse(faults);
  if (bundle === undefined || packed === undefined) {
    throw new ArenaError({ code: 'invalid_input', message: `${source} holds no bundle` });
  }
  await store.putIfAbsent(bundleKey(bundle.digest), packed);
  runs.offer(bundle, replaced);
  return { bundle, source };
}

async function load(
  store: Store,
  { bundle, mockConfig }: JobInput,
  replaced: ReplacedParts,
): Promise<{ source: string; loaded: LoadResult }> {
  if ('path' in bundle) {
    return { source: bundle.path, loaded: loadBundleFromDisk(bundle.path, { extraMockConfig: mockConfig }) };
  }
  if (!('artifact' in bundle)) throw new Error('the bundle has been found before');
  const key = artifactKey(bundle.artifact);
  const files = await store.get(key);
  if (files === undefined) throw missingFromStore(store, key);
  const options = { arenaFile: bundle.arenaFile, extraMockConfig: mockConfig, replaced };
  return { source: `sha256:${bundle.artifact}`, loaded: loadBundleFromArtifact(files, options) };
}

/** Providers of the plan that no call can reach, for example because of a bad address, are told before the first call. */
function refuseProviders(plan: Plan, providers: ReadonlyMap<string, Provider>): void {
  const planned = new Set(plan.cells.flatMap((cell) => cell.providers));
  const refusals = [...planned].flatMap((id) => {
    const provider = providers.get(id);
    const failure = provider === undefined ? undefined : refusalOf(provider);
    return failure === undefined ? [] : [failure];
  });
  if (refusals.length === 0) return;
  const message = refusals.map((failure) => [failure.message, failure.hint].filter(Boolean).join(', ')).join('\n');
  throw new ArenaError({ code: 'invalid_input', message });
}

/** Assistants of the matrix under the ids by which they are called. */
function assistantsOf(plan: Plan, providers: ReadonlyMap<string, Provider>): string[] | undefined {
  const ids = plan.cells.flatMap((cell) => cell.providers.map((id) => providers.get(id)?.id ?? id));
  const assistants = [...new Set(ids)];
  return assistants.length > MAX_ASSISTANTS_TOLD ? undefined : assistants;
}

/** Calls that a conversation will make, near enough to size shards. */
function turnsPerItem(plan: Plan, bundle: Bundle): number {
  const turns = plan.cells.map(({ scenario }) => bundle.scenarios.get(scenario)?.spec.turns?.length ?? 1);
  return turns.reduce((sum, count) => sum + count, 0) / Math.max(1, turns.length);
}

/** Globs that leave no scenario at all are told apart: the bundle may be as it should be. */
function codeOf(bundle: Bundle, { select = {} }: JobInput): ErrorCode {
  const filters = [...(select.include ?? []), ...(select.exclude ?? [])];
  return filters.length > 0 && selectScenarios(bundle, select).ids.length === 0 ? 'no_scenarios' : 'invalid_input';
}

function refuse(faults: Fault[], code: () => ErrorCode = () => 'invalid_input'): void {
  const errors = faults.filter((fault) => fault.severity === 'error');
  if (errors.length > 0) throw new ArenaError({ code: code(), message: errors.map(formatFault).join('\n') });
}

async function remainderOf(
  store: Store,
  record: PlanRecord,
  index: PlanIndex,
  reset: boolean,
): Promise<Remainder | undefined> {
  // A load test has no items that could be kept.
  if (record.load !== undefined) return undefined;
  if (reset) return keepOwn(store, record.run, index);
  if (record.retryOf === undefined) return undefined;
  return takeOver(store, record.run, index, record.retryOf);
}

async function knowsSearchAttributes({ searchAttributes, log }: ActivityDeps): Promise<boolean> {
  try {
    const known = await searchAttributes();
    return ARENA_SEARCH_ATTRIBUTES.every((name) => known.includes(name));
  } catch (error) {
    // A service that does not let us ask is treated as one that knows none; everything works without.
    log.warn({ error: String(error) }, 'cannot list search attributes; runs will not carry them');
    return false;
  }
}
