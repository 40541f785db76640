/** Models on Amazon Bedrock: Anthropic's by their own messages, all others by Converse. */

import { AWS_HINT, awsCredentials } from '../auth/aws-credentials.js';
import { awsRole, openAwsRole } from '../auth/aws-roles.js';
import { AwsSigner } from '../auth/aws-signer.js';
import { awsFromSecret, type CredentialSource, secretHint } from '../auth/secret-credentials.js';
import { AnthropicWire } from '../wires/anthropic/anthropic.js';
import { anthropicRequestSettings } from '../wires/anthropic/from-settings.js';
import { bedrockConverse } from '../wires/bedrock-converse/from-settings.js';
import type { Wire } from '../wires/wire.js';
import { bedrockModelId } from './bedrock-models.js';
import {
  type CloudAddress,
  credentialSource,
  type HostedDocument,
  type HostedService,
  hostedAuth,
  hostedSettings,
} from './hosted.js';

/** The version of Anthropic's messages on Bedrock; it stands in the body. */
const ANTHROPIC_VERSION = 'bedrock-2023-05-31';

const OWN_HOST =
  /^(bedrock-runtime(-fips)?\.[a-z0-9-]+\.(amazonaws\.com(\.cn)?|api\.aws)|[a-z0-9-]+\.bedrock-runtime\.[a-z0-9-]+\.vpce\.amazonaws\.com)$/;

export function bedrock(document: HostedDocument): HostedService {
  const { provider, platform } = document;
  const region = platform.region ?? '';
  const domain = region.startsWith('cn-') ? 'amazonaws.com.cn' : 'amazonaws.com';
  const address: CloudAddress = {
    usual: `https://bedrock-runtime.${region}.${domain}`,
    ownHost: OWN_HOST,
  };
  const common = hostedSettings(document, address);
  const model = bedrockModelId(common.model, region);
  const source = credentialSource(document);
  const identity = () =>
    new AwsSigner({
      credentials: credentialsOf(document, source),
      service: 'bedrock',
      region,
      hint: `${source === undefined ? AWS_HINT : secretHint(source)}; and see that it has access to the model ${model} in ${region}`,
      own: provider.spec.headers ?? {},
    });
  const keyHeader = { name: 'authorization', prefix: 'Bearer ' };
  const auth = hostedAuth(document, { address, common, keyHeader, identity });
  const base = common.baseUrl.pathname.replace(/\/+$/, '');
  const wire = wireOf(document, model, `${base}/model/${encodeURIComponent(model)}`);
  const missingModelHint = `check that ${model} is a model or an inference profile of ${region}, and that access to it is granted`;
  return { common, auth, wire, missingModelHint };
}

function credentialsOf({ platform, settings }: HostedDocument, source: CredentialSource | undefined) {
  const { role_arn: arn, external_id: externalId } = platform.auth ?? {};
  const role = arn === undefined ? undefined : { arn, externalId, region: platform.region ?? '' };
  if (source === undefined) return role === undefined ? awsCredentials() : awsRole(role, settings.env);
  return role === undefined ? awsFromSecret(source) : openAwsRole(role, awsFromSecret(source), settings.env);
}

function wireOf({ provider }: HostedDocument, model: string, modelPath: string): Wire {
  if (provider.spec.type !== 'claude') return bedrockConverse(provider, model, modelPath);
  const paths = { document: `${modelPath}/invoke`, stream: `${modelPath}/invoke-with-response-stream` };
  return new AnthropicWire(
    { paths, headers: [], framing: 'aws-event-stream' },
    {
      ...anthropicRequestSettings(provider, model),
      head: { anthropic_version: ANTHROPIC_VERSION },
      saysStream: false,
    },
  );
}
