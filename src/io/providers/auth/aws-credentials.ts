/** Whom AWS takes this process for. */
import { ArenaError } from '../../../core/errors.js';
import { AmbientCredentials, type AmbientValue } from './ambient-credentials.js';
import { saidBy } from './library-error.js';
import { optionalPackage } from './optional-package.js';

export interface AwsCredentials {
  accessKeyId: string;
  secretAccessKey: string;
  sessionToken?: string;
}

/** What AWS's own tools try, in this order. */
const CHAIN =
  'environment variables, the profile (AWS_PROFILE, ~/.aws), web identity (IRSA), the container of ECS or EKS, the EC2 instance';

export const AWS_HINT = `give this process an AWS identity, tried are: ${CHAIN}; or a Bedrock API key in AWS_BEARER_TOKEN_BEDROCK`;

let shared: AmbientCredentials<AwsCredentials> | undefined;

/** The identity of this process, found by AWS's default chain and shared by all providers. */
export function awsCredentials(): AmbientCredentials<AwsCredentials> {
  shared ??= openAwsCredentials();
  return shared;
}

type Chain = (options?: { forceRefresh?: boolean }) => Promise<AwsCredentials & { expiration?: Date }>;

export function openAwsCredentials(now?: () => number): AmbientCredentials<AwsCredentials> {
  let chain: Chain | undefined;
  const fetch = async (anew: boolean): Promise<AmbientValue<AwsCredentials>> => {
    chain ??= await openChain();
    try {
      const found = await chain(anew ? { forceRefresh: true } : undefined);
      const { accessKeyId, secretAccessKey, sessionToken, expiration } = found;
      const value = { accessKeyId, secretAccessKey, sessionToken };
      return { value, mark: `${accessKeyId} ${sessionToken ?? secretAccessKey}`, expiresAt: expiration?.getTime() };
    } catch (error) {
      throw failureOf(error);
    }
  };
  return new AmbientCredentials('AWS', fetch, now);
}

async function openChain(): Promise<Chain> {
  // Its note about coming versions of Node is for those who build with it, not for those who run this.
  // biome-ignore lint/style/noProcessEnv: the library reads it there and nowhere else.
  process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED ??= 'true';
  const name = '@aws-sdk/credential-provider-node';
  const { defaultProvider } = await optionalPackage(
    () => import('@aws-sdk/credential-provider-node'),
    name,
    'models on Amazon Bedrock',
  );
  // Without a logger it warns on the terminal. `ignoreCache`: a profile that has been mended is seen.
  return defaultProvider({ ignoreCache: true, logger: SILENT });
}

const SILENT = { trace() {}, debug() {}, info() {}, warn() {}, error() {} };

/** Names of the exceptions of STS and SSO that pass by themselves. */
const PASSING = /throttl|unavailable|internal|timeout|IDPCommunicationError/i;

/** Texts of the chain tell of files, variables and addresses; what they found there is not repeated. */
function failureOf(error: unknown): ArenaError {
  const name = error instanceof Error ? error.name : 'an error';
  // What a program was started with may be as secret as what it was to find.
  const isOfProgram = error instanceof Error && error.message.startsWith('Command failed');
  const said = error instanceof Error && !isOfProgram ? saidBy(error) : '';
  const message = `AWS gives this process no credentials (${name}${said === '' ? '' : `: ${said}`}).`;
  if (PASSING.test(name)) return new ArenaError({ code: 'provider_unavailable', message });
  return new ArenaError({ code: 'unauthorized', message, hint: AWS_HINT });
}
