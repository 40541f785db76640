import type { Bundle } from '../src/bundle/bundle.js';
import { applyClusterSetup, replacedBy } from '../src/bundle/cluster-setup.js';
import type { ReplacedParts } from '../src/bundle/load.js';
import { loadBundleFromPack } from '../src/bundle/load-bundle.js';
import { overrideProviders } from '../src/bundle/override-providers.js';
import { PlanIndex } from '../src/core/plan.js';
import type { Provider } from '../src/core/provider.js';
import { bundleKey } from '../src/core/store-keys.js';
import { type PreparedBundle, prepare } from '../src/engine/prepare.js';
import { bundleEnvironment } from '../src/io/bundle-environment.js';
import { ResponseCache } from '../src/io/cache/response-cache.js';
import { createEmbed } from '../src/io/embeddings/create-embed.js';
import { readJson } from '../src/io/stores/stored-json.js';
import type { ToolSettings } from '../src/io/tools/tool-settings.js';
import { Toolbox } from '../src/io/tools/toolbox.js';
import type { ActivityDeps } from './deps.js';
import { pacedEmbed } from './limits/paced-embed.js';
import { pacedProviders } from './limits/paced-providers.js';
import type { ProcessLimits } from './limits/process-limits.js';
import { holdMsOf, missingFromStore, type PlanRecord, readPlan } from './run-plan.js';
import type { CallGate } from './shard/call-gate.js';
import { ProviderHolds } from './shard/provider-holds.js';

/** A run as this process needs it to run shards: plan, prepared bundle, providers. */
export interface LoadedRun {
  record: PlanRecord;
  index: PlanIndex;
  /** Every item of the plan, or those that a retry runs. */
  workList: number[] | undefined;
  bundle: Bundle;
  prepared: PreparedBundle;
  providers: Map<string, Provider>;
  toolbox: Toolbox;
  /** Absent: every answer is asked for. */
  cache: ResponseCache | undefined;
  /** Paces of its providers, in the order in which calls pass them. */
  paces: CallGate[];
  /** Which providers are down. */
  holds: ProviderHolds;
}

/**
 * A bundle that lies in a folder of this machine, or one for whom everything is open as for the bundles of `arena run`,
 * may use any key of the machine. What is only known by its digest may come from anywhere.
 */
function isTrusted({ input }: PlanRecord, { bundleEnv }: ToolSettings): boolean {
  return 'path' in input.bundle || bundleEnv.includes('*');
}

/** Runs kept ready in a process; the oldest makes room. */
const KEPT = 8;

/** Runs that this process has loaded: bundle and plan are read once, not once a shard. */
export class LoadedRuns {
  private readonly loaded = new Map<string, Promise<LoadedRun>>();
  /** The bundle that was read last: planning a run has just parsed what its first shard needs. */
  private latest: { bundle: Bundle; replaced: ReplacedParts } | undefined;

  constructor(
    private readonly deps: ActivityDeps,
    private readonly limits: ProcessLimits,
  ) {}

  get(run: string): Promise<LoadedRun> {
    const known = this.loaded.get(run);
    if (known !== undefined) return known;
    const loading = this.load(run);
    this.loaded.set(run, loading);
    loading.catch(() => this.loaded.delete(run));
    const oldest = this.loaded.size > KEPT ? this.loaded.keys().next().value : undefined;
    if (oldest !== undefined) this.loaded.delete(oldest);
    return loading;
  }

  /** A bundle by its digest, without what a job replaces; from memory or from the store. */
  async bundle(digest: string, replaced: ReplacedParts): Promise<Bundle> {
    const { latest } = this;
    if (latest?.bundle.digest === digest && isSame(latest.replaced, replaced)) return latest.bundle;
    const packed = await this.deps.store.get(bundleKey(digest));
    if (packed === undefined) throw missingFromStore(this.deps.store, bundleKey(digest));
    const bundle = loadBundleFromPack(packed, { replaced });
    this.latest = { bundle, replaced };
    return bundle;
  }

  /** Takes a bundle that was read elsewhere. */
  offer(bundle: Bundle, replaced: ReplacedParts): void {
    this.latest = { bundle, replaced };
  }

  /** Forgets a run, for example because it was planned anew. */
  forget(run: string): void {
    this.loaded.delete(run);
  }

  private async load(run: string): Promise<LoadedRun> {
    const { store } = this.deps;
    const record = await readPlan(store, run);
    const { settings } = record;
    const { parameters, variables, packEvals } = settings;
    const { resolved } = record;
    const pinned = await this.bundle(record.plan.bundle, replacedBy(resolved));
    const overridden = overrideProviders(applyClusterSetup(pinned, resolved).bundle, settings.overrideProviders);
    const toolbox = new Toolbox(overridden.bundle, record.tools ?? [], this.deps.tools);
    const { bundle } = toolbox;
    const { callTimeoutMs } = settings;
    const openToBundle = isTrusted(record, this.deps.tools)
      ? undefined
      : bundleEnvironment(this.deps.tools.env, this.deps.tools.bundleEnv);
    const { tools, secrets } = this.deps;
    const embed = createEmbed(bundle, { env: tools.env, openToBundle, secrets, callTimeoutMs });
    const paces = this.limits.gates(pacedProviders(bundle, tools.env));
    const services = { ...this.deps.services, embed: pacedEmbed(embed, paces) };
    const surroundings = { createTool: toolbox.create, services };
    return {
      record,
      index: new PlanIndex(record.plan),
      workList: record.workList === undefined ? undefined : await readJson<number[]>(store, record.workList),
      bundle,
      prepared: prepare(bundle, { ...parameters, variables, packEvals }, surroundings),
      toolbox,
      cache: this.cacheOf(record),
      providers: this.deps.createProviders(bundle, {
        mockProvider: settings.mockProvider,
        mockConfig: settings.mockConfig,
        callTimeoutMs,
        openToBundle,
      }),
      paces,
      holds: new ProviderHolds(holdMsOf(settings)),
    };
  }

  private cacheOf({ run, settings: { cache } }: PlanRecord): ResponseCache | undefined {
    const { store, log } = this.deps;
    if (cache === undefined) return undefined;
    return new ResponseCache({
      ...cache,
      store,
      now: Date.now,
      warn: (fields, message) => log.warn({ run, ...fields }, message),
    });
  }
}

function isSame(one: ReplacedParts, other: ReplacedParts): boolean {
  return Boolean(one.providers) === Boolean(other.providers) && Boolean(one.tools) === Boolean(other.tools);
}
