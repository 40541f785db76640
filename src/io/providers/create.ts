import { parseDurationMs } from '../../core/duration.js';
import { ArenaError, type Failure } from '../../core/errors.js';
import type { Provider } from '../../core/provider.js';
import type { RecordedConversation } from '../../core/recording.js';
import type { ArenaSpec } from '../../schema/arena.js';
import { createAgent } from '../agents/create-agent.js';
import type { BundleEnvironment } from '../bundle-environment.js';
import { ClusterSecrets } from '../secrets/cluster-secrets.js';
import { createHttpProvider } from './create-http-provider.js';
import type { Environment } from './credential.js';
import { createMockProvider } from './mock.js';
import type { CallSettings, ProviderDocument } from './provider-settings.js';
import { RefusedProvider } from './refused.js';
import { ReplayProvider } from './replay.js';
import { replaySettings } from './replay-settings.js';
import { services } from './services.js';
import { StandIn } from './stand-in.js';

/** The types that can be called. */
export const providerTypes: readonly string[] = ['agent', 'mock', 'replay', ...services.keys()];

type GroupedDocument = ProviderDocument & { group: string; onlyJudges?: true; heldBy?: string; trusted?: true };

/** What of a bundle its providers need. */
export interface ProviderSource {
  arena: { spec: ArenaSpec };
  providers: ReadonlyMap<string, GroupedDocument>;
  files: ReadonlyMap<string, Uint8Array>;
  /** What replay providers repeat, by provider. */
  recordings?: { ofProvider(id: string): { conversations: readonly RecordedConversation[] } };
}

export interface CreateProvidersOptions {
  /** Answer in place of every provider that can be an assistant; judges and personas speak themselves. */
  mockProvider?: boolean;
  /** Mock file for all that are mocked so, by its path in the bundle. */
  mockConfig?: string;
  /** Where keys are looked up at each call. */
  env: Environment;
  /** The environment as far as a bundle from elsewhere may read it; undefined: the bundle is trusted with every key. */
  openToBundle?: BundleEnvironment;
  /** Kubernetes Secrets that keys may stand in; undefined: none can be read here. */
  secrets?: ClusterSecrets;
  /** Time limit of one call; beats provider file and Arena file. In milliseconds, default 30 s. */
  callTimeoutMs?: number;
}

/**
 * All providers of a bundle, by id. One that this version cannot call is there as well and refuses each call;
 * `refusalOf` tells it apart, so that a run can be refused before anything is called. Throws an `ArenaError` when the
 * mock file named by the caller cannot be used.
 */
export function createProviders(bundle: ProviderSource, options: CreateProvidersOptions): Map<string, Provider> {
  const providers = new Map<string, Provider>();
  for (const [id, document] of bundle.providers) {
    const own = (): Provider => createOwn(bundle, document, options);
    const mocked = options.mockProvider === true && !onlyJudges(bundle, document);
    providers.set(id, mocked ? standIn(bundle, document, own, options.mockConfig) : own());
  }
  return providers;
}

/** Why a provider cannot be called at all, or undefined when it can. */
export function refusalOf(provider: Provider): Failure | undefined {
  return provider instanceof RefusedProvider ? provider.failure : undefined;
}

/** Where Secrets could be read; nobody asks for one before a call. */
const SOMEWHERE = new ClusterSecrets({ env: { KUBERNETES_SERVICE_HOST: 'somewhere.invalid' } });

/**
 * Why a provider could be called nowhere, whatever its key is: where keys are is known to the workers alone. Undefined
 * when nothing speaks against it.
 */
export function faultyProvider(bundle: ProviderSource, id: string): Failure | undefined {
  const document = bundle.providers.get(id);
  if (document === undefined) return undefined;
  const { credential, ...spec } = document.spec;
  return refusalOf(createOwn(bundle, { ...document, spec }, { env: {}, secrets: SOMEWHERE }));
}

function onlyJudges({ arena }: ProviderSource, { id, group, onlyJudges: always }: GroupedDocument): boolean {
  if (always === true) return true;
  const { judges = [], judge_specs: specs = {} } = arena.spec;
  return group !== 'default' && [...judges, ...Object.values(specs)].some(({ provider }) => provider === id);
}

function standIn(
  bundle: ProviderSource,
  document: ProviderDocument,
  own: () => Provider,
  mockConfig: string | undefined,
): Provider {
  const mock = createMockProvider(bundle, document, { standIn: true, mockConfig });
  const roles = bundle.arena.spec.self_play?.roles ?? [];
  return roles.some(({ provider }) => provider === document.id) ? new StandIn(mock, own()) : mock;
}

function createOwn(bundle: ProviderSource, document: GroupedDocument, options: CreateProvidersOptions): Provider {
  try {
    return createByType(bundle, document, options);
  } catch (error) {
    if (error instanceof ArenaError) return new RefusedProvider(document.id, error);
    throw error;
  }
}

function createByType(bundle: ProviderSource, document: GroupedDocument, options: CreateProvidersOptions): Provider {
  const { id, spec } = document;
  if (spec.type === 'mock') return createMockProvider(bundle, document, { standIn: false });
  if (spec.type === 'replay') {
    const conversations = () => bundle.recordings?.ofProvider(document.heldBy ?? id).conversations ?? [];
    return new ReplayProvider({ id, conversations, ...replaySettings(document) });
  }
  const arenaTimeout = bundle.arena.spec.defaults?.timeout;
  const settings: CallSettings = {
    env: options.env,
    openToBundle: document.trusted === true ? undefined : options.openToBundle,
    secrets: options.secrets,
    jobTimeoutMs: options.callTimeoutMs,
    arenaTimeoutMs: arenaTimeout === undefined ? undefined : parseDurationMs(arenaTimeout),
  };
  if (spec.type === 'agent') return createAgent(document, settings);
  if (services.has(spec.type) && spec.role !== 'image') return createHttpProvider(document, settings);
  const what = spec.role === 'image' ? `type ${spec.type} with role image` : `type ${spec.type}`;
  throw new ArenaError({
    code: 'unsupported',
    message: `${document.at(['spec', 'type'])} provider ${id}: ${what} is not supported`,
    hint: `leave the provider out (--provider), or run with --mock-provider; supported are ${providerTypes.join(', ')}`,
  });
}
