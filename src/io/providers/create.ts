import { parseDurationMs } from '../../core/duration.js';
import { ArenaError, type Failure } from '../../core/errors.js';
import type { Provider } from '../../core/provider.js';
import type { ArenaSpec } from '../../schema/arena.js';
import type { Environment } from './credential.js';
import { OpenAiProvider } from './openai.js';
import { openAiOptions, openAiTypes, type ProviderDocument } from './openai-settings.js';
import { RefusedProvider } from './refused.js';

/** What of a bundle its providers need. */
export interface ProviderSource {
  arena: { spec: ArenaSpec };
  providers: ReadonlyMap<string, ProviderDocument>;
  files: ReadonlyMap<string, Uint8Array>;
}

export interface CreateProvidersOptions {
  /** Answer in place of every provider that can be an assistant. */
  mockProvider?: boolean;
  /** Mock file for all of them, by its path in the bundle. */
  mockConfig?: string;
  /** Where keys are looked up at each call. */
  env: Environment;
  /** Time limit of one call; beats provider file and Arena file. In milliseconds, default 30 s. */
  callTimeoutMs?: number;
}

/** Types of provider documents that can be called. */
export const providerTypes: readonly string[] = ['mock', ...openAiTypes];

/**
 * All providers of a bundle, by id. One that this version cannot call is there as well and refuses each call;
 * `refusalOf` tells it apart, so that a run can be refused before anything is called.
 */
export function createProviders(bundle: ProviderSource, options: CreateProvidersOptions): Map<string, Provider> {
  const providers = new Map<string, Provider>();
  for (const [id, document] of bundle.providers) {
    try {
      providers.set(id, create(bundle, document, options));
    } catch (error) {
      if (!(error instanceof ArenaError)) throw error;
      providers.set(id, new RefusedProvider(id, error));
    }
  }
  return providers;
}

/** Why a provider cannot be called at all, or undefined when it can. */
export function refusalOf(provider: Provider): Failure | undefined {
  return provider instanceof RefusedProvider ? provider.failure : undefined;
}

function create(bundle: ProviderSource, document: ProviderDocument, options: CreateProvidersOptions): Provider {
  const { id, spec } = document;
  if (openAiTypes.includes(spec.type) && spec.role !== 'image') {
    const arenaTimeout = bundle.arena.spec.defaults?.timeout;
    return new OpenAiProvider(
      openAiOptions(document, {
        env: options.env,
        jobTimeoutMs: options.callTimeoutMs,
        arenaTimeoutMs: arenaTimeout === undefined ? undefined : parseDurationMs(arenaTimeout),
      }),
    );
  }
  throw new ArenaError({
    code: 'unsupported',
    message: `${document.at(['spec', 'type'])} provider ${id}: type ${spec.type}${spec.role === 'image' ? ' with role image' : ''} is not supported`,
    hint: `leave the provider out (--provider), or run with --mock-provider; supported are ${['mock', ...openAiTypes].join(', ')}`,
  });
}
