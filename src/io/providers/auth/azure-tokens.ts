/** Whom Microsoft Entra takes this process for. */
import { ArenaError } from '../../../core/errors.js';
import { AmbientCredentials, type AmbientValue } from './ambient-credentials.js';
import { saidBy } from './library-error.js';
import { optionalPackage } from './optional-package.js';

const CHAIN =
  'AZURE_TENANT_ID, AZURE_CLIENT_ID and AZURE_CLIENT_SECRET, workload identity (AKS), managed identity, the Azure CLI (az login)';

export const AZURE_HINT = `give this process an Azure identity, tried are: ${CHAIN}; it needs the role Cognitive Services OpenAI User of the resource; or set AZURE_OPENAI_API_KEY`;

const shared = new Map<string, AmbientCredentials<string>>();

/** Access tokens of this process for a scope, shared by all providers. */
export function azureTokens(scope: string): AmbientCredentials<string> {
  let tokens = shared.get(scope);
  if (tokens === undefined) {
    tokens = openAzureTokens(scope);
    shared.set(scope, tokens);
  }
  return tokens;
}

export function openAzureTokens(scope: string, now?: () => number): AmbientCredentials<string> {
  const fetch = async (): Promise<AmbientValue<string>> => {
    const { DefaultAzureCredential } = await optionalPackage(
      () => import('@azure/identity'),
      '@azure/identity',
      'models on Azure',
    );
    try {
      // Made anew each time: it would give the token that was refused again from its cache.
      const { token, expiresOnTimestamp } = await new DefaultAzureCredential().getToken(scope);
      return { value: token, mark: token, expiresAt: expiresOnTimestamp };
    } catch (error) {
      throw failureOf(error);
    }
  };
  return new AmbientCredentials('Azure', fetch, now);
}

/** A token for an application that shows itself by a secret. */
export async function clientSecretToken(
  { tenant, client, secret }: { tenant: string; client: string; secret: string },
  scope: string,
): Promise<AmbientValue<string>> {
  const { ClientSecretCredential } = await optionalPackage(
    () => import('@azure/identity'),
    '@azure/identity',
    'models on Azure',
  );
  try {
    const { token, expiresOnTimestamp } = await new ClientSecretCredential(tenant, client, secret).getToken(scope);
    return { value: token, mark: token, expiresAt: expiresOnTimestamp };
  } catch (error) {
    throw failureOf(error);
  }
}

/** The library tells of each link of its chain in a line of its own, with correlation ids, and links to its manual. */
function failureOf(error: unknown): ArenaError {
  const text = error instanceof Error ? error.message : String(error);
  const code = /AADSTS\d+/.exec(text)?.[0];
  const message = `Microsoft Entra gives this process no token (${code ?? (saidBy(error) || 'no reason given')}).`;
  const status: unknown = Reflect.get(Object(error), 'statusCode');
  if (typeof status === 'number' && (status === 429 || status >= 500)) {
    return new ArenaError({ code: 'provider_unavailable', message });
  }
  return new ArenaError({ code: 'unauthorized', message, hint: AZURE_HINT });
}
