/** From an ArenaJob to what is run: every object that it names is read, and every fault told at once. */
import type { ArenaConfigSpec } from '../schema/cluster/arena-config.js';
import type { ArenaJobObject } from '../schema/cluster/arena-job.js';
import { type JobInput, jobInputSchema } from '../schema/job.js';
import type { ClusterReader } from './cluster-reader.js';
import { dataGenInput } from './data-gen-input.js';
import { type JobOutput, outputOf } from './job-output.js';
import { loadTestInput } from './load-test-input.js';
import { called, faultsOf, readObject } from './read-object.js';
import { type Refusal, Refusals } from './refusal.js';
import type { AgentSettings } from './resolve-agents.js';
import { type ProviderGroups, ProviderResolver } from './resolve-providers.js';
import { type FoundSource, SourceResolver } from './resolve-source.js';
import { resolveTools } from './resolve-tools.js';
import type { ArenaJobReference, ResolvedJob } from './resolved-job.js';
import { isFiring, jobShardQueue } from './run-names.js';

/** Longest name of a job in reports; names of objects may be longer. */
const MAX_NAME_CHARACTERS = 200;

export interface ResolveSettings extends AgentSettings {
  /** Id of the run, for the folder of its reports. */
  run: string;
}

/** At least one refusal, or what to run. */
export type Resolution = { job: ResolvedJob } | { refusals: Refusal[] };

/** Rejects with an `ArenaError` only where the cluster gives no answer. */
export async function resolveJob(
  reader: ClusterReader,
  key: ArenaJobReference,
  settings: ResolveSettings,
): Promise<Resolution> {
  const refusals = new Refusals();
  const found = await readObject(reader, 'ArenaJob', key);
  const what = called('ArenaJob', key);
  if (found === undefined) {
    refusals.add('JobNotFound', `there is no ${what}: it has been deleted, or was never created`);
    return { refusals: refusals.list };
  }
  if ('faults' in found) {
    refusals.add('InvalidSpec', `${what}: ${found.faults}`);
    return { refusals: refusals.list };
  }
  const job = found.object;
  if (key.uid !== undefined && job.metadata.uid !== key.uid) {
    refusals.add('JobNotFound', `${what} is another object of that name: the one that was meant has been deleted`);
    return { refusals: refusals.list };
  }
  const resolved = await new JobResolver(reader, job, settings, refusals).resolve();
  return resolved === undefined || refusals.list.length > 0 ? { refusals: refusals.list } : { job: resolved };
}

/** Whom a job or a config asks for: those of the config are the group `default`. */
export function groupsOf(
  job: ProviderGroups | undefined,
  config: ArenaConfigSpec | undefined,
): ProviderGroups | undefined {
  if (job !== undefined && Object.keys(job).length > 0) return job;
  const listed = config?.providers ?? [];
  return listed.length === 0 ? undefined : { default: listed.map((providerRef) => ({ providerRef })) };
}

/** Personas are played by a pool: a config says so, or there is nobody but those who would play them. */
export function selfPlayOf(
  groups: ProviderGroups | undefined,
  config: ArenaConfigSpec | undefined,
): ResolvedJob['selfPlay'] {
  const { enabled = false, rounds = 1, swapRoles = false } = config?.selfPlay ?? {};
  const names = Object.keys(groups ?? {}).filter((group) => group !== 'judge');
  const isAlone = names.length === 1 && names[0] === 'selfplay';
  return enabled || isAlone ? { rounds, swapRoles } : undefined;
}

class JobResolver {
  private readonly namespace: string;

  constructor(
    private readonly reader: ClusterReader,
    private readonly job: ArenaJobObject,
    private readonly settings: ResolveSettings,
    private readonly refusals: Refusals,
  ) {
    this.namespace = job.metadata.namespace;
  }

  async resolve(): Promise<ResolvedJob | undefined> {
    const { job, namespace, reader, refusals } = this;
    const { spec } = job;
    this.expectFitting();
    const { config, source } = await new SourceResolver(reader, namespace, refusals).ofJob(spec.sourceRef);
    const groups = groupsOf(spec.providers, config?.spec);
    const providers = new ProviderResolver(reader, namespace, this.settings, refusals);
    const place = spec.providers === undefined ? 'spec.providers of the ArenaConfig' : 'spec.providers';
    const registries = spec.toolRegistries?.length ? spec.toolRegistries : (config?.spec.toolRegistries ?? []);
    const keys = registries.map((reference) => ({ namespace, ...reference }));
    const [resolvedProviders, tools] = await Promise.all([
      groups === undefined ? undefined : providers.resolve(groups, place),
      keys.length === 0 ? undefined : resolveTools(reader, keys, namespace, refusals),
    ]);
    if (source === undefined) return undefined;
    this.expectNews(source);
    const output = outputOf(spec.output, namespace, this.settings.run);
    const input = this.inputOf(source, config?.spec, output?.input);
    if (input === undefined) return undefined;
    return {
      ...this.waysOf(output, config?.spec),
      input,
      source: { namespace: source.namespace, name: source.name, revision: source.revision, digest: source.digest },
      config: config?.metadata.name,
      providers: resolvedProviders,
      tools: tools?.tools,
      mcpServers: tools?.mcpServers,
      openApis: tools?.openApis.length === 0 ? undefined : tools?.openApis,
      probes: tools?.probes.length === 0 ? undefined : tools?.probes,
      selfPlay: selfPlayOf(groups, config?.spec),
      warnings: [...this.ownWarnings(), ...providers.warnings, ...(tools?.warnings ?? [])],
    };
  }

  /** By whom it is run, and where its results are. */
  private waysOf(output: JobOutput | undefined, config: ArenaConfigSpec | undefined): Partial<ResolvedJob> {
    const { metadata, spec } = this.job;
    const { metrics = [], concurrency } = { ...config?.evaluation, ...spec.evaluation };
    const needsOwn = output?.needsOwnWorkers === true;
    const own = { shardQueue: jobShardQueue(metadata.uid), workers: this.workers() };
    return {
      metrics: metrics.length === 0 ? undefined : [...metrics],
      concurrencyPerWorker: spec.type === 'loadtest' ? undefined : concurrency,
      ...(spec.workers !== undefined || needsOwn ? own : {}),
      deliverByOwnWorkers: needsOwn ? true : undefined,
      resultUrl: output?.url,
    };
  }

  /** A load test sends what its block says, once: settings of evaluations would change nothing. */
  private expectFitting(): void {
    const { metadata, spec } = this.job;
    if (spec.type !== 'loadtest' || spec.evaluation?.concurrency === undefined) return;
    const next = 'write loadTest.concurrency (users), or loadTest.maxInFlight';
    const what = `${called('ArenaJob', metadata)}: spec.evaluation.concurrency cannot stand beside a load test: ${next}`;
    this.refusals.add('InvalidSpec', what);
  }

  /** A firing has nothing to do where only news of the source are wanted, and there are none. */
  private expectNews({ name, revision }: FoundSource): void {
    const { metadata, spec, status } = this.job;
    if (spec.schedule?.onlyIfChanged !== true || !isFiring(this.settings.run)) return;
    if (status?.run === undefined || status.phase === 'Cancelled') return;
    if (status.source?.name !== name || status.source.revision !== revision) return;
    const what = called('ArenaJob', metadata);
    this.refusals.add('Unchanged', `${what} has run ${revision} of its source already, and asks for news of it only`);
  }

  private inputOf(
    source: FoundSource,
    config: ArenaConfigSpec | undefined,
    output: JobInput['output'],
  ): JobInput | undefined {
    const { metadata, spec } = this.job;
    const isLoad = spec.type === 'loadtest';
    const scenarios = spec.scenarios ?? config?.scenarios;
    const timeouts = { ...spec.timeouts, item: spec.timeouts?.item ?? config?.evaluation?.timeout };
    const arenaFile = spec.arenaFile ?? source.arenaFile;
    const input: JobInput = {
      name: metadata.name.slice(0, MAX_NAME_CHARACTERS),
      type: spec.type === 'evaluation' ? undefined : spec.type,
      loadTest: spec.loadTest === undefined ? undefined : loadTestInput(spec.loadTest),
      dataGen: spec.dataGen === undefined ? undefined : dataGenInput(spec.dataGen),
      bundle: { artifact: source.digest, ...(arenaFile === undefined ? {} : { arenaFile }) },
      select: { include: scenarios?.include, exclude: scenarios?.exclude },
      variables: spec.variables,
      trials: spec.trials,
      timeouts,
      // What a config says of it is for its evaluations.
      maxRetries: spec.evaluation?.maxRetries ?? (isLoad ? undefined : config?.evaluation?.maxRetries),
      failOn: spec.evaluation?.failOn,
      formats: spec.evaluation?.outputFormats,
      cache: spec.cache,
      verbose: spec.verbose,
      output,
    };
    // Plain data without what is absent: it is kept, and compared with.
    const written: unknown = JSON.parse(JSON.stringify(input));
    const checked = jobInputSchema.safeParse(written);
    if (checked.success) return written as JobInput;
    return this.refusals.add('InvalidSpec', `${called('ArenaJob', metadata)}: ${faultsOf(checked.error)}`);
  }

  private workers(): number {
    const { replicas, minReplicas } = this.job.spec.workers ?? {};
    return replicas ?? minReplicas ?? 1;
  }

  private ownWarnings(): string[] {
    if (this.job.spec.sessionRecording !== true) return [];
    return ['sessionRecording: there is no session archive here, each conversation is kept with the results'];
  }
}
