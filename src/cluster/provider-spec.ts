/** A Provider of the cluster in the words of a bundle. */
import type { JsonValue } from '../core/conversation.js';
import type { ClusterProviderSpec, ProviderObject } from '../schema/cluster/provider.js';
import { platformFault } from '../schema/platform.js';
import { providerSpecSchema } from '../schema/provider.js';
import { called, faultsOf } from './read-object.js';
import type { Refusals } from './refusal.js';

type Spec = { [field: string]: JsonValue };

export interface TranslatedProvider {
  spec: Spec;
  /** What takes no effect as it is written. */
  warnings: string[];
}

/** Types whose service embeds texts here. */
const EMBEDDING_TYPES: ReadonlySet<string> = new Set(['openai', 'ollama', 'vllm', 'mock']);

/**
 * Folders in which a process finds its own identity, or itself: whoever may create a Provider chooses the address that the
 * content of a file is sent to.
 */
const OWN_FILES =
  /^\/(proc|sys|dev)(\/|$)|^(\/var)?\/run\/secrets\/(kubernetes\.io|eks\.amazonaws\.com|azure|tokens)(\/|$)/;

/** Variables of the installation itself, for the same reason. */
const OWN_VARIABLES = /^(ARENA|TEMPORAL|KUBERNETES)_/;

/** Undefined, with refusals, for what cannot be called. */
export function providerSpec({ metadata, spec }: ProviderObject, refusals: Refusals): TranslatedProvider | undefined {
  const what = called('Provider', metadata);
  const before = refusals.list.length;
  const refuse = (message: string) => refusals.add('InvalidProvider', `${what} ${message}`);
  checkCredential(spec, refuse);
  const translated = translate(spec, metadata.namespace);
  const parsed = providerSpecSchema.safeParse(translated);
  if (!parsed.success) refuse(faultsOf(parsed.error));
  else {
    const fault = platformFault(parsed.data);
    if (fault !== undefined) refuse(`${fault.path.join('.')}: ${fault.message}, ${fault.hint}`);
  }
  if (spec.type !== 'mock' && spec.model === undefined) refuse('names no model: add spec.model');
  checkAuth(spec, refuse);
  if (refusals.list.length > before) return undefined;
  return { spec: translated, warnings: warningsOf(spec).map((warning) => `${what}: ${warning}`) };
}

function translate(spec: ClusterProviderSpec, namespace: string): Spec {
  const { type, model, role, baseURL, headers, capabilities, defaults, pricing, platform } = spec;
  const { truncationStrategy = 'sliding', contextWindow } = defaults ?? {};
  return present({
    type,
    model,
    role,
    base_url: baseURL,
    headers,
    capabilities,
    credential: credentialOf(spec, namespace),
    platform: platform === undefined ? undefined : present({ ...platform, auth: authOf(spec, namespace) }),
    defaults: present({
      temperature: numberOf(defaults?.temperature),
      top_p: numberOf(defaults?.topP),
      max_tokens: defaults?.maxTokens,
    }),
    context_window: contextWindow,
    truncation_strategy:
      contextWindow === undefined ? undefined : truncationStrategy === 'custom' ? 'sliding' : truncationStrategy,
    request_timeout: defaults?.requestTimeout,
    stream_idle_timeout: defaults?.streamIdleTimeout,
    pricing:
      pricing === undefined
        ? undefined
        : present({
            input_cost_per_1k: numberOf(pricing.inputCostPer1K),
            output_cost_per_1k: numberOf(pricing.outputCostPer1K),
            cached_cost_per_1k: numberOf(pricing.cachedCostPer1K),
          }),
  });
}

/** Secrets are those of the Provider's own namespace, whoever uses it. */
function credentialOf({ credential }: ClusterProviderSpec, namespace: string): Spec | undefined {
  if (credential?.secretRef !== undefined) return { secret_ref: present({ ...credential.secretRef, namespace }) };
  if (credential?.envVar !== undefined) return { credential_env: credential.envVar };
  return credential?.filePath === undefined ? undefined : { credential_file: credential.filePath };
}

function authOf({ auth }: ClusterProviderSpec, namespace: string): Spec | undefined {
  if (auth === undefined) return undefined;
  const { type, roleArn, serviceAccountEmail, credentialsSecretRef: secret } = auth;
  return present({
    type,
    role_arn: roleArn,
    // Whoever lets workers of many tenants take on a role can tell them apart by it.
    external_id: roleArn === undefined ? undefined : namespace,
    service_account_email: serviceAccountEmail,
    secret_ref: secret === undefined ? undefined : present({ ...secret, namespace }),
  });
}

type Refuse = (message: string) => void;

function checkCredential({ credential }: ClusterProviderSpec, refuse: Refuse): void {
  const { secretRef, envVar, filePath } = credential ?? {};
  if ([secretRef, envVar, filePath].filter((source) => source !== undefined).length > 1) {
    refuse('credential: secretRef, envVar and filePath exclude each other, keep one');
  }
  if (envVar !== undefined && OWN_VARIABLES.test(envVar)) {
    refuse(`credential.envVar: ${envVar} belongs to the installation, name a variable that holds a key of the service`);
  }
  if (filePath === undefined) return;
  if (OWN_FILES.test(filePath) || /(^|\/)\.\.?(\/|$)|\/\//.test(filePath)) {
    refuse('credential.filePath: this file is not read as a key, name the whole path of a file that holds one');
  }
}

/** What the API server checks as well where the definition of the kind is ours; Omnia's may be another version. */
function checkAuth({ platform, auth, credential }: ClusterProviderSpec, refuse: Refuse): void {
  if (auth !== undefined && platform === undefined) refuse('auth goes with platform: add platform, or remove auth');
  if (auth !== undefined && credential !== undefined) refuse('credential: a key has no place beside auth, keep one');
}

function warningsOf({ role, type, defaults, tts, stt, embedding }: ClusterProviderSpec): string[] {
  const warnings: string[] = [];
  if (defaults?.truncationStrategy === 'custom') {
    warnings.push(
      'defaults.truncationStrategy: custom is a program of an agent, long conversations are cut as by sliding',
    );
  } else if (defaults?.truncationStrategy === 'summarize' && defaults.contextWindow === undefined) {
    warnings.push('defaults.truncationStrategy: nothing is cut without defaults.contextWindow');
  }
  if (role === 'tts' || role === 'stt' || role === 'inference') {
    warnings.push(`role ${role}: conversations are held as text, nothing asks it`);
  }
  if (role === 'embedding' && !EMBEDDING_TYPES.has(type)) {
    warnings.push(`role embedding: type ${type} is not asked, those of ${[...EMBEDDING_TYPES].join(', ')} are`);
  }
  for (const [block, value] of Object.entries({ tts, stt, embedding })) {
    if (value !== undefined) warnings.push(`${block}: nothing reads this block`);
  }
  return warnings;
}

const numberOf = (decimal: string | undefined): number | undefined =>
  decimal === undefined ? undefined : Number(decimal);

/** Without what is absent. */
function present(fields: { [field: string]: JsonValue | undefined }): Spec {
  return Object.fromEntries(
    Object.entries(fields).filter((entry): entry is [string, JsonValue] => entry[1] !== undefined),
  );
}
