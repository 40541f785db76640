/** Models on Azure: OpenAI's in deployments, and Anthropic's in Foundry. */
import { AZURE_HINT, azureTokens } from '../auth/azure-tokens.js';
import { azureFromSecret, secretHint } from '../auth/secret-credentials.js';
import { TokenAuthenticator } from '../auth/token-authenticator.js';
import type { ProviderDocument, ProviderSettings } from '../provider-settings.js';
import { anthropic } from '../wires/anthropic/from-settings.js';
import { openAi } from '../wires/openai-responses/from-settings.js';
import type { Wire } from '../wires/wire.js';
import { takeApiVersion } from './api-version.js';
import {
  type CloudAddress,
  credentialSource,
  type HostedDocument,
  type HostedService,
  hostedAuth,
  hostedSettings,
} from './hosted.js';

/** The last version of the API that bears a date and is no preview. */
const USUAL_VERSION = '2024-10-21';

const VERSION = /^(v1|latest|preview|\d{4}-\d{2}-\d{2}(-preview)?)$/;

const OWN_HOST = /^[a-z0-9-]+\.(openai|cognitiveservices|services\.ai)\.azure\.(com|us|cn)$/;

/** Keys belong to one resource, and the provider file names the resource: there is no address that they are meant for. */
const ADDRESS: CloudAddress = { usual: undefined, ownHost: OWN_HOST };

export function azure(document: HostedDocument): HostedService {
  const { provider } = document;
  const isOpenAi = provider.spec.type === 'openai';
  const common = hostedSettings(document, ADDRESS);
  const source = credentialSource(document);
  const scope = scopeOf(common.baseUrl);
  const identity = () =>
    source === undefined
      ? new TokenAuthenticator(azureTokens(scope), AZURE_HINT, provider.spec.headers ?? {})
      : new TokenAuthenticator(azureFromSecret(source, scope), secretHint(source), provider.spec.headers ?? {});
  const keyHeader = { name: isOpenAi ? 'api-key' : 'x-api-key' };
  const auth = hostedAuth(document, { address: ADDRESS, common, keyHeader, identity });
  const wire = isOpenAi ? deployedOpenAi(provider, common) : foundryAnthropic(provider, common);
  const missingModelHint = `check that ${common.model} is the name of a deployment at ${common.baseUrl.host}, and additional_config.api_version`;
  return { common, auth, wire, missingModelHint };
}

/** Clouds of their own have names of their own for what a token is for. */
function scopeOf({ hostname }: URL): string {
  const country = /\.azure\.(us|cn)$/.exec(hostname)?.[1] ?? 'com';
  return `https://cognitiveservices.azure.${country}/.default`;
}

function foundryAnthropic(provider: ProviderDocument, common: ProviderSettings): Wire {
  const base = folderOf(common.baseUrl);
  const pathname = base.includes('/anthropic') ? base : `${base}/anthropic`;
  return anthropic(provider, { ...common, baseUrl: at(common.baseUrl, pathname, common.baseUrl.search) });
}

/** What only the newest API knows: the Responses API, and models whose answers are bounded in another way. */
const NEWER_MODEL = /^(o\d|gpt-([5-9]|\d\d)|codex-)/;

/**
 * The address of the API by what the endpoint and `api_version` say: one that names the API stays; a version with a date
 * means the deployment's own address; `v1`, `latest` and `preview` mean the one that all deployments share.
 */
function deployedOpenAi(written: ProviderDocument, common: ProviderSettings): Wire {
  const { version, provider } = takeApiVersion(written, VERSION, `v1, preview or one like ${USUAL_VERSION}`);
  const { model, baseUrl } = common;
  const folder = folderOf(baseUrl);
  const responds = provider.spec.additional_config?.api_mode === 'responses';
  const wireAt = (pathname: string, search: string): Wire =>
    // `official`: these are OpenAI's own models, with the parameters that they take.
    openAi(provider, { ...common, official: true, baseUrl: at(baseUrl, pathname, search) });
  const query = version === undefined ? '' : `?api-version=${version}`;
  const given = baseUrl.search === '' ? query : baseUrl.search;
  if (/\/openai\/v1$/.test(folder) || /\/openai\/deployments\/[^/]+$/.test(folder)) return wireAt(folder, given);
  if (/\/models$/.test(folder)) return wireAt(folder, given === '' ? `?api-version=2024-05-01-preview` : given);
  const root = folder.replace(/\/openai$/, '');
  const isDated = version === undefined ? !responds && !NEWER_MODEL.test(model) : /^\d/.test(version);
  if (!isDated) return wireAt(`${root}/openai/v1`, version === 'preview' ? query : '');
  const dated = `?api-version=${version ?? USUAL_VERSION}`;
  if (responds) return wireAt(`${root}/openai`, dated);
  return wireAt(`${root}/openai/deployments/${encodeURIComponent(model)}`, dated);
}

function folderOf({ pathname }: URL): string {
  return pathname.replace(/\/+$/, '');
}

function at(origin: URL, pathname: string, search: string): URL {
  const url = new URL(origin);
  url.pathname = pathname;
  url.search = search;
  return url;
}
