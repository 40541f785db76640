/** Models on Google's Vertex AI: Google's own and Anthropic's. */
import { isAbsolute } from 'node:path';
import { GOOGLE_HINT, googleTokens } from '../auth/google-tokens.js';
import { googleFromSecret, secretHint } from '../auth/secret-credentials.js';
import { TokenAuthenticator } from '../auth/token-authenticator.js';
import { invalid, type ProviderSettings } from '../provider-settings.js';
import { AnthropicWire } from '../wires/anthropic/anthropic.js';
import { anthropicRequestSettings } from '../wires/anthropic/from-settings.js';
import { geminiRequestSettings } from '../wires/gemini/from-settings.js';
import { GeminiWire } from '../wires/gemini/gemini.js';
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
import { vertexClaude } from './vertex-models.js';

/** The version of Anthropic's messages on Vertex AI; it stands in the body. */
const ANTHROPIC_VERSION = 'vertex-2023-10-16';

const VERSION = /^v1(beta1)?$/;

const OWN_HOST = /^([a-z0-9-]+-)?aiplatform(\.[a-z0-9-]+\.rep)?\.googleapis\.com$/;

export function vertex(document: HostedDocument): HostedService {
  const { provider, platform } = document;
  const { region = '' } = platform;
  const address: CloudAddress = { usual: `https://${hostOf(region)}`, ownHost: OWN_HOST };
  const keyFile = keyFileOf(document);
  const common = hostedSettings(document, address);
  const source = credentialSource(document);
  const account = platform.auth?.service_account_email;
  const ambientHint = keyFile === undefined ? GOOGLE_HINT : 'check the file that credential.credential_file names';
  const identity = () =>
    source === undefined
      ? new TokenAuthenticator(googleTokens(keyFile, account), ambientHint, provider.spec.headers ?? {})
      : new TokenAuthenticator(googleFromSecret(source, account), secretHint(source), provider.spec.headers ?? {});
  const keyHeader = { name: 'authorization', prefix: 'Bearer ' };
  const auth = keyFile === undefined ? hostedAuth(document, { address, common, keyHeader, identity }) : identity();
  const missingModelHint = `check that ${common.model} is offered in ${region}, and enabled for the project`;
  return { common, auth, wire: wireOf(document, common), missingModelHint };
}

function hostOf(region: string): string {
  if (region === 'global') return 'aiplatform.googleapis.com';
  // Regions of many: data stays in the area, wherever it is worked on there.
  if (region === 'us' || region === 'eu') return `aiplatform.${region}.rep.googleapis.com`;
  return `${region}-aiplatform.googleapis.com`;
}

function wireOf({ provider: written, platform }: HostedDocument, { model, baseUrl }: ProviderSettings): Wire {
  const { version = 'v1', provider } = takeApiVersion(written, VERSION, 'v1 or v1beta1');
  const { region = '', project = '' } = platform;
  const base = baseUrl.pathname.replace(/\/+$/, '');
  const place = `${base}/${version}/projects/${encodeURIComponent(project)}/locations/${encodeURIComponent(region)}`;
  if (provider.spec.type === 'gemini') {
    const path = geminiPath(model, `${base}/${version}`, place);
    const paths = { document: `${path}:generateContent`, stream: `${path}:streamGenerateContent?alt=sse` };
    return new GeminiWire({ paths }, geminiRequestSettings(provider, model));
  }
  const path = `${place}/publishers/anthropic/models/${segment(vertexClaude(model))}`;
  return new AnthropicWire(
    { paths: { document: `${path}:rawPredict`, stream: `${path}:streamRawPredict` }, headers: [], framing: 'sse' },
    { ...anthropicRequestSettings(provider, model), head: { anthropic_version: ANTHROPIC_VERSION }, saysStream: true },
  );
}

/** Names of whole resources, such as the endpoint of a tuned model, say themselves where they are. */
function geminiPath(model: string, root: string, place: string): string {
  const resource = model.split('/').map(segment).join('/');
  if (model.startsWith('projects/')) return `${root}/${resource}`;
  if (model.startsWith('publishers/') || model.startsWith('endpoints/')) return `${place}/${resource}`;
  return `${place}/publishers/google/models/${segment(model.replace(/^models\//, ''))}`;
}

/** An `@` stands before the version of a model. */
function segment(text: string): string {
  return encodeURIComponent(text).replaceAll('%40', '@');
}

/** JSON of an account, which is no key that a header could carry. Bundles from elsewhere are refused it where keys are looked up. */
function keyFileOf({ provider }: HostedDocument): string | undefined {
  const { api_key: key, credential_file: file } = provider.spec.credential ?? {};
  if (file === undefined || key !== undefined) return undefined;
  // A worker may run in any folder, so a relative path would mean another file on each machine.
  if (isAbsolute(file)) return file;
  const where = provider.at(['spec', 'credential', 'credential_file']);
  throw invalid(`${where} provider ${provider.id}: the path of the key file is not absolute`, 'write the whole path');
}
