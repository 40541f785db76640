/** What providers have in common whose models a cloud hosts. */
import type { PlatformSpec } from '../../../schema/platform.js';
import type { Authenticator } from '../auth/authenticator.js';
import { KeyAuthenticator } from '../auth/key-authenticator.js';
import { KeyOrIdentity } from '../auth/key-or-identity.js';
import type { CredentialSource } from '../auth/secret-credentials.js';
import {
  type CallSettings,
  invalid,
  type ProviderDocument,
  type ProviderSettings,
  providerSettings,
} from '../provider-settings.js';
import type { Wire } from '../wires/wire.js';
import { platformKeyVariables } from './key-variables.js';

/** Whom to call, in which form and as whom. */
export interface HostedService {
  common: ProviderSettings;
  wire: Wire;
  auth: Authenticator;
  /** What to do when there is no such model; absent: what the wire says. */
  missingModelHint?: string;
}

/** A provider with a platform, whose spec says nothing wrong of it. */
export interface HostedDocument {
  provider: ProviderDocument;
  platform: PlatformSpec;
  settings: CallSettings;
}

export interface CloudAddress {
  /** Where the provider file names no address; undefined: it always does. */
  usual: string | undefined;
  /** Hosts of the cloud itself. */
  ownHost: RegExp;
}

/** Nobody's address: what it stands for is no place that keys go to by themselves. */
const NOWHERE = 'https://nowhere.invalid';

export function hostedSettings(document: HostedDocument, address: CloudAddress): ProviderSettings {
  const { provider, platform, settings } = document;
  const { spec } = provider;
  const baseUrl = platform.endpoint ?? spec.base_url ?? address.usual;
  const service = { baseUrl: address.usual ?? NOWHERE, keyVariables: platformKeyVariables(spec) };
  return providerSettings({ ...provider, spec: { ...spec, base_url: baseUrl } }, service, settings);
}

export interface HostedAuth {
  address: CloudAddress;
  common: ProviderSettings;
  keyHeader: { name: string; prefix?: string };
  identity: () => Authenticator;
}

/**
 * A key where one is given, else the identity of this process. Who gets a bundle from elsewhere to run chooses where its
 * calls go: it has the identity for hosts of the cloud itself only, and where the installation allows it. Throws
 * `invalid_input`.
 */
export function hostedAuth(
  document: HostedDocument,
  { address, common, keyHeader, identity }: HostedAuth,
): Authenticator {
  const { provider, platform, settings } = document;
  const { id, credential, baseUrl } = common;
  const byKey = new KeyAuthenticator({
    id,
    credential,
    required: true,
    header: keyHeader,
    own: provider.spec.headers ?? {},
  });
  const isOpen = settings.openToBundle === undefined;
  const { role_arn: role, service_account_email: account } = platform.auth ?? {};
  if (!isOpen && (role ?? account) !== undefined) {
    const what = `${provider.at(['spec', 'platform', 'auth'])} provider ${id}: bundles from elsewhere take on nobody else's identity`;
    throw invalid(what, 'make a Provider object that names it');
  }
  // Who says how to call does not want a key that happens to lie around.
  if (isOpen && platform.auth !== undefined) return identity();
  const isOwn = baseUrl.protocol === 'https:' && address.ownHost.test(baseUrl.hostname);
  if (isOpen || (isOwn && isAllowed(platform, settings))) return new KeyOrIdentity(credential, byKey, identity());
  if (credential.key() !== undefined) return byKey;
  const where = provider.at(['spec', 'platform']);
  const what = `${where} provider ${id}: bundles from elsewhere do not call as this machine`;
  const key = 'name a key in credential_env, open to bundles by ARENA_BUNDLE_ENV';
  if (!isOwn) throw invalid(`${what} at an endpoint that is not the cloud's own`, key);
  throw invalid(what, `add ${platform.type} to ARENA_BUNDLE_CLOUDS at the workers, or ${key}`);
}

/**
 * The Secret that a provider calls with, where it names one. Throws `invalid_input` for bundles from elsewhere, and where
 * no Secret can be read.
 */
export function credentialSource({ provider, platform, settings }: HostedDocument): CredentialSource | undefined {
  const reference = platform.auth?.secret_ref;
  if (reference === undefined) return undefined;
  const { openToBundle, secrets } = settings;
  const what = `${provider.at(['spec', 'platform', 'auth', 'secret_ref'])} provider ${provider.id}:`;
  if (openToBundle !== undefined) {
    const hint = 'make a Provider object that names the Secret';
    throw invalid(`${what} Kubernetes Secrets are not read for bundles from elsewhere`, hint);
  }
  if (secrets?.areThere === true) return { reference, secrets };
  throw invalid(
    `${what} a Kubernetes Secret can be read by workers in a cluster only`,
    'leave auth out to run it here',
  );
}

/** ARENA_BUNDLE_CLOUDS: clouds that bundles from elsewhere may call as this machine, comma-separated; `*` for all. */
function isAllowed({ type }: PlatformSpec, { env }: CallSettings): boolean {
  const names = (env.ARENA_BUNDLE_CLOUDS ?? '').split(',').map((name) => name.trim());
  return names.includes(type) || names.includes('*');
}
