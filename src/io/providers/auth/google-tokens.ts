/** Whom Google Cloud takes this process for. */
import type { AuthClient, GoogleAuth } from 'google-auth-library';
import { ArenaError } from '../../../core/errors.js';
import { AmbientCredentials, type AmbientValue } from './ambient-credentials.js';
import { saidBy } from './library-error.js';
import { optionalPackage } from './optional-package.js';

const SCOPE = 'https://www.googleapis.com/auth/cloud-platform';

/** Tokens live an hour; where none says when it ends, it is fetched again after this time, in milliseconds. */
const USUAL_LIFE_MS = 10 * 60_000;

/** The provider file names the project: without this the library would ask other services for one. */
const NO_PROJECT = 'none';

const CHAIN =
  'GOOGLE_APPLICATION_CREDENTIALS (a key file or workload identity federation), gcloud auth application-default login, the metadata server (GKE workload identity, Compute Engine, Cloud Run)';

export const GOOGLE_HINT = `give this process Application Default Credentials, tried are: ${CHAIN}; its account needs the role Vertex AI User in the project`;

const shared = new Map<string, AmbientCredentials<string>>();

/**
 * Access tokens of this process, shared by all providers. `keyFile`: JSON of a service account, or of workload identity
 * federation, in place of the default credentials. `account`: the service account that is taken on.
 */
export function googleTokens(keyFile?: string, account?: string): AmbientCredentials<string> {
  const key = JSON.stringify([keyFile, account]);
  const tokens = shared.get(key) ?? openGoogleTokens(keyFile, undefined, account);
  shared.set(key, tokens);
  return tokens;
}

export function openGoogleTokens(keyFile?: string, now?: () => number, account?: string): AmbientCredentials<string> {
  const fetch = async (): Promise<AmbientValue<string>> => {
    const { GoogleAuth } = await library();
    try {
      // Made anew each time: it keeps what it has found, and a key file may have been replaced meanwhile.
      return await tokenOf(new GoogleAuth({ scopes: SCOPE, keyFilename: keyFile, projectId: NO_PROJECT }), account);
    } catch (error) {
      throw failureOf(error, keyFile, account);
    }
  };
  return new AmbientCredentials('Google Cloud', fetch, now);
}

/**
 * A token for the account whose key this JSON is, or for the one that it takes on. `from` is where it lies, for people.
 */
export async function serviceAccountToken(json: string, from: string, account?: string): Promise<AmbientValue<string>> {
  const { GoogleAuth } = await library();
  try {
    const credentials = JSON.parse(json);
    // Other kinds of credentials name files of this machine, and where their content is to be sent.
    if (credentials?.type !== 'service_account') throw new Error('what was found is no key of a service account');
    return await tokenOf(new GoogleAuth({ scopes: SCOPE, credentials, projectId: NO_PROJECT }), account);
  } catch (error) {
    throw failureOf(error, from, account);
  }
}

const library = () =>
  optionalPackage(() => import('google-auth-library'), 'google-auth-library', 'models on Vertex AI');

async function tokenOf(auth: GoogleAuth, account: string | undefined): Promise<AmbientValue<string>> {
  const own = await auth.getClient();
  // Few accounts may take on themselves.
  const isOwn = account === undefined || (await emailOf(auth)) === account;
  const client = isOwn ? own : await takenOn(own, account);
  const { token } = await client.getAccessToken();
  if (!token) throw new Error('the answer holds no token');
  return { value: token, mark: token, expiresAt: client.credentials.expiry_date ?? Date.now() + USUAL_LIFE_MS };
}

async function takenOn(sourceClient: AuthClient, targetPrincipal: string): Promise<AuthClient> {
  const { Impersonated } = await library();
  return new Impersonated({ sourceClient, targetPrincipal, targetScopes: [SCOPE] });
}

/** Undefined where the identity has none, or nobody tells. */
async function emailOf(auth: GoogleAuth): Promise<string | undefined> {
  try {
    return (await auth.getCredentials()).client_email;
  } catch {
    return undefined;
  }
}

/** Errors of the library may carry the whole request, with the assertion that it signed: only status and reason are told. */
function failureOf(error: unknown, keyFile: string | undefined, account: string | undefined): ArenaError {
  const status = statusOf(error);
  const from = keyFile === undefined ? '' : ` from ${keyFile}`;
  const as = account === undefined ? '' : ` as ${account}`;
  const message = `Google Cloud gives this process no token${from}${as} (${reasonOf(error, status)}).`;
  if (status === 429 || (status !== undefined && status >= 500)) {
    return new ArenaError({ code: 'provider_unavailable', message });
  }
  if (UNREACHED.has(String(Reflect.get(Object(error), 'code')))) {
    return new ArenaError({ code: 'connection_failed', message });
  }
  const ambient = keyFile === undefined ? GOOGLE_HINT : 'check the file that credential.credential_file names';
  const hint =
    account !== undefined && status === 403
      ? `let what the workers are take on ${account}: grant them the role Service Account Token Creator on it`
      : ambient;
  return new ArenaError({ code: 'unauthorized', message, hint });
}

const UNREACHED = new Set([
  'EAI_AGAIN',
  'ECONNREFUSED',
  'ECONNRESET',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOTFOUND',
  'ETIMEDOUT',
]);

function statusOf(error: unknown): number | undefined {
  const response: unknown = Reflect.get(Object(error), 'response');
  const status: unknown = Reflect.get(Object(response), 'status');
  return typeof status === 'number' ? status : undefined;
}

function reasonOf(error: unknown, status: number | undefined): string {
  if (status !== undefined) return `HTTP ${status}`;
  return saidBy(error) || 'no reason given';
}
