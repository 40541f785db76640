import type { LimitedKey } from '../../core/limiter-messages.js';
import type { ProviderSpec } from '../../schema/provider.js';
import type { Environment } from './credential.js';
import { platformKeyVariables } from './platforms/key-variables.js';
import { services } from './services.js';
import { shownAddress } from './shown-address.js';

/**
 * Whose limits the calls of a provider count against: where the service is, and where its key comes from. Neither the
 * key nor anything made of it is looked at, so two variables with one key count as two.
 *
 * @param bundle name of the bundle: keys that stand in a provider file are told apart by it
 */
export function limitedKey(bundle: string, id: string, spec: ProviderSpec, env: Environment): LimitedKey {
  return { service: serviceOf(spec), keyFrom: keySourceOf(spec, env) ?? `provider ${id} of ${bundle}` };
}

function serviceOf({ type, base_url: baseUrl, url, platform }: ProviderSpec): string {
  const address = url ?? baseUrl ?? platform?.endpoint;
  if (address !== undefined && URL.canParse(address)) return originOf(new URL(address));
  if (platform !== undefined) {
    return [platform.type, platform.region, platform.project].filter((part) => part !== undefined).join(':');
  }
  const usual = services.get(type)?.baseUrl;
  return usual === undefined ? type : originOf(new URL(usual));
}

/** `URL.origin` knows nothing of WebSockets. */
function originOf({ protocol, host }: URL): string {
  return `${protocol}//${host}`;
}

/** Undefined: the key, if any, stands in the file. */
function keySourceOf({ type, credential, platform }: ProviderSpec, env: Environment): string | undefined {
  const { api_key: written, credential_file: file, secret_ref: secret, service_token: token } = credential ?? {};
  if (written !== undefined) return undefined;
  if (file !== undefined) return `file ${file}`;
  if (secret !== undefined) {
    const { namespace, name, key } = secret;
    return `Secret ${[namespace, name, key].filter((part) => part !== undefined).join('/')}`;
  }
  if (token !== undefined) return `token of ${shownAddress(new URL(token.url))}`;
  const usual = platform === undefined ? services.get(type)?.keyVariables : platformKeyVariables({ type, platform });
  const variables = [credential?.credential_env, ...(usual ?? [])];
  const variable = variables.find((name) => name !== undefined && isSet(env, name));
  if (variable !== undefined) return `variable ${variable}`;
  return platform === undefined ? undefined : 'the identity of the workers';
}

function isSet(env: Environment, name: string): boolean {
  return Object.hasOwn(env, name) && (env[name]?.trim() ?? '') !== '';
}
