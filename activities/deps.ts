import type { Client } from '@temporalio/client';
import type { Bundle } from '../src/bundle/bundle.js';
import type { Support } from '../src/bundle/unsupported.js';
import type { ClusterReader } from '../src/cluster/cluster-reader.js';
import type { ArenaJobReference, ResolvedJob } from '../src/cluster/resolved-job.js';
import type { OutsideServices } from '../src/core/outside-services.js';
import type { Provider } from '../src/core/provider.js';
import type { BundleEnvironment } from '../src/io/bundle-environment.js';
import type { ClusterSecrets } from '../src/io/secrets/cluster-secrets.js';
import type { Store } from '../src/io/stores/store.js';
import type { ToolSettings } from '../src/io/tools/tool-settings.js';

/** How the providers of a run are made; a worker composes it, a test may replace it. */
export type ProviderFactory = (bundle: Bundle, options: ProviderOptions) => Map<string, Provider>;

export interface ProviderOptions {
  mockProvider: boolean;
  /** Path within the bundle. */
  mockConfig: string | undefined;
  /** Time limit of a call, in milliseconds; undefined: the provider's own, the Arena file's, else 30 s. */
  callTimeoutMs: number | undefined;
  /** The environment as far as a bundle from elsewhere may read it; undefined: the bundle is trusted with every key. */
  openToBundle: BundleEnvironment | undefined;
}

/** Everything the activities reach the outside by. */
export interface ActivityDeps {
  store: Store;
  services: OutsideServices;
  /** What the tools of bundles may do. */
  tools: ToolSettings;
  createProviders: ProviderFactory;
  /** Kubernetes Secrets that keys may stand in. */
  secrets: ClusterSecrets;
  /** Objects of the cluster that this process runs in; asked only for what names one. */
  cluster: ClusterReader;
  /**
   * Reads an ArenaJob and all that it names, for the run of that id. Throws one `invalid_input` that tells every reason why
   * it cannot be run.
   */
  resolveJob(job: ArenaJobReference, run: string): Promise<ResolvedJob>;
  /** What this version can run. */
  supportOf(mockProvider: boolean): Support;
  client: Client;
  /** Name of this process, for people. */
  worker: string;
  /** Lets this process run limiters from now on; idempotent. Resolves when it does. */
  runLimiters(): Promise<void>;
  /** Names of the custom search attributes that the namespace knows. */
  searchAttributes(): Promise<string[]>;
  log: { info(fields: object, message: string): void; warn(fields: object, message: string): void };
}
