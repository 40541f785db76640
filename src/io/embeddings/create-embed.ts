/** Makes the service that turns texts into vectors, from the providers of a bundle. */
import { parseDurationMs } from '../../core/duration.js';
import { ArenaError } from '../../core/errors.js';
import type { OutsideServices } from '../../core/outside-services.js';
import type { ArenaSpec } from '../../schema/arena.js';
import type { BundleEnvironment } from '../bundle-environment.js';
import type { Environment } from '../providers/credential.js';
import { type ProviderDocument, providerSettings } from '../providers/provider-settings.js';
import { services } from '../providers/services.js';
import type { ClusterSecrets } from '../secrets/cluster-secrets.js';
import { bagOfWords } from './bag-of-words.js';
import { openAiEmbeddings } from './openai-embeddings.js';

/** The model where neither the caller nor the provider of embeddings names one. */
const USUAL_MODELS: { readonly [type: string]: string } = {
  openai: 'text-embedding-3-small',
  ollama: 'nomic-embed-text',
};

/** The types whose service has OpenAI's endpoint for embeddings. */
const EMBEDDING_TYPES: readonly string[] = ['openai', 'ollama', 'vllm'];

export interface EmbedSource {
  arena: { spec: ArenaSpec };
  providers: ReadonlyMap<string, ProviderDocument & { trusted?: true }>;
}

export interface EmbedOptions {
  /** Where keys are looked up at each call. */
  env: Environment;
  /** The environment as far as a bundle from elsewhere may read it; undefined: the bundle is trusted with every key. */
  openToBundle?: BundleEnvironment;
  /** Kubernetes Secrets that keys may stand in; undefined: none can be read here. */
  secrets?: ClusterSecrets;
  /** Time limit of one call; beats provider file and Arena file. In milliseconds, default 30 s. */
  callTimeoutMs?: number;
}

/** `embed` of the outside services; a provider that the bundle does not have is a type, with its usual service. */
export function createEmbed(source: EmbedSource, options: EmbedOptions): OutsideServices['embed'] {
  const arenaTimeout = source.arena.spec.defaults?.timeout;
  return async (name, model, texts, { signal }) => {
    signal.throwIfAborted();
    const document = source.providers.get(name) ?? serviceOf(name);
    const { type, role } = document.spec;
    if (type === 'mock') return texts.map(bagOfWords);
    if (document.spec.platform !== undefined) throw onPlatform(name, document);
    const service = EMBEDDING_TYPES.includes(type) ? services.get(type) : undefined;
    if (service === undefined) {
      const message = `${document.at(['spec', 'type'])} provider ${name}: type ${type} embeds no texts here`;
      const hint = `name a provider of one of these types: mock, ${EMBEDDING_TYPES.join(', ')}`;
      throw new ArenaError({ code: 'unsupported', message, hint });
    }
    // The model of a provider that holds conversations does not embed.
    const own = role === 'embedding' ? document.spec.model : undefined;
    const spec = { ...document.spec, model: model ?? own ?? USUAL_MODELS[type] };
    const settings = {
      env: options.env,
      openToBundle: document.trusted === true ? undefined : options.openToBundle,
      secrets: options.secrets,
      jobTimeoutMs: options.callTimeoutMs,
      arenaTimeoutMs: arenaTimeout === undefined ? undefined : parseDurationMs(arenaTimeout),
    };
    return openAiEmbeddings(providerSettings({ id: name, spec, at: document.at }, service, settings), texts, signal);
  };
}

/** Their addresses and bodies are others than those of conversations. */
function onPlatform(name: string, { at }: ProviderDocument): ArenaError {
  const message = `${at(['spec', 'platform'])} provider ${name}: texts are not embedded by platforms here`;
  const hint =
    'of Azure, write base_url: https://my-resource.openai.azure.com/openai/v1 with credential_env in place of platform';
  return new ArenaError({ code: 'unsupported', message, hint });
}

function serviceOf(type: string): ProviderDocument & { trusted?: true } {
  return { id: type, spec: { type, base_url: undefined }, at: () => `embeddings of ${type}:` };
}
