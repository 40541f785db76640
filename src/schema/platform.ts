/** Clouds that host models: what a provider file says of them, and which of it can be. */
import { z } from 'zod';
import { blankIsAbsent } from './blank.js';
import { secretRefSchema } from './secret-ref.js';

const auth = z
  .strictObject({
    type: z
      .enum(['workloadIdentity', 'accessKey', 'serviceAccount', 'servicePrincipal'])
      .describe(
        'As whom the cloud is called: as what this process is, or with an access key (bedrock), a key of a service account (vertex), a service principal (azure) of a Secret.',
      ),
    secret_ref: secretRefSchema
      .optional()
      .describe(
        'Secret with the credentials, by their usual names: AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN; the JSON of a service account, by default the only entry; AZURE_TENANT_ID, AZURE_CLIENT_ID, AZURE_CLIENT_SECRET.',
      ),
    role_arn: z
      .string()
      .max(2048)
      .regex(
        /^arn:aws[a-z-]*:iam::\d{12}:role\/[\w+=,.@/-]+$/,
        'is no role of AWS, such as arn:aws:iam::123456789012:role/name',
      )
      .optional()
      .describe('bedrock: the role that is taken on to call. With the token of a pod on EKS where there is one.'),
    external_id: z
      .string()
      .min(2)
      .max(1224)
      .regex(/^[\w+=,.@:/-]+$/, 'may hold only letters, digits and + = , . @ : / -')
      .optional()
      .describe('What the trust policy of `role_arn` may ask for.'),
    service_account_email: z
      .string()
      .max(320)
      .regex(/^[A-Za-z0-9._-]+@[A-Za-z0-9.-]+$/, 'is no service account, such as name@project.iam.gserviceaccount.com')
      .optional()
      .describe('vertex: the service account that is taken on to call.'),
  })
  .describe('Who calls. Default: a key where one is found, else what this process is.');

export const platformSchema = z
  .strictObject({
    type: z.enum(['bedrock', 'vertex', 'azure', '']).optional().describe('The cloud that hosts the model.'),
    region: blankIsAbsent.describe('Region of the cloud, e.g. us-west-2; bedrock and vertex want one.'),
    project: blankIsAbsent.describe('Project of the cloud; vertex wants one.'),
    endpoint: blankIsAbsent.describe('Address of the deployment; azure wants one. Default: that of the region.'),
    auth: auth.optional(),
  })
  .transform(({ type, ...rest }) => (type === undefined || type === '' ? undefined : { type, ...rest }))
  .describe('A cloud that hosts the model. Default: the vendor’s own service.');

export type PlatformSpec = NonNullable<z.infer<typeof platformSchema>>;

/** The types that a cloud hosts, in the spelling that the rest of the code sees. */
const HOSTED: { readonly [platform in PlatformSpec['type']]: readonly string[] } = {
  bedrock: ['claude', 'openai'],
  vertex: ['claude', 'gemini'],
  azure: ['claude', 'openai'],
};

const REQUIRED: { readonly [platform in PlatformSpec['type']]: readonly ('region' | 'project')[] } = {
  bedrock: ['region'],
  vertex: ['region', 'project'],
  azure: [],
};

/** Both become part of an address. */
const FORMS = {
  region: { pattern: /^[a-z][a-z0-9-]{1,40}$/, example: 'us-west-2' },
  project: { pattern: /^[a-z0-9][a-z0-9.:-]{1,100}$/, example: 'my-project' },
} as const;

export interface PlatformFault {
  /** Below the spec of the provider. */
  path: string[];
  message: string;
  hint: string;
}

interface Hosted {
  type: string;
  base_url?: string;
  platform?: PlatformSpec;
}

/** What is wrong with the platform of a provider that is to be called; undefined when nothing is. */
export function platformFault({ type, base_url: baseUrl, platform }: Hosted): PlatformFault | undefined {
  if (platform === undefined) return undefined;
  const hosted = HOSTED[platform.type];
  if (!hosted.includes(type)) {
    return {
      path: ['platform', 'type'],
      message: `platform ${platform.type} has no models of type ${type}`,
      hint: `it has those of type ${hosted.join(' and ')}; leave platform out for the vendor's own service`,
    };
  }
  return partFault(platform) ?? authFault(platform) ?? addressFault(platform, baseUrl);
}

/** The kind of credentials that a Secret may hold for a cloud. */
const SECRET_AUTH = { bedrock: 'accessKey', vertex: 'serviceAccount', azure: 'servicePrincipal' } as const;

function authFault({ type, auth: written }: PlatformSpec): PlatformFault | undefined {
  if (written === undefined) return undefined;
  const fault = (member: string, message: string, hint: string) => ({
    path: ['platform', 'auth', member],
    message,
    hint,
  });
  const own = SECRET_AUTH[type];
  const ambient = written.type === 'workloadIdentity';
  if (!ambient && written.type !== own) {
    return fault('type', `${written.type} is not for platform ${type}`, `write ${own} or workloadIdentity`);
  }
  if (ambient === (written.secret_ref !== undefined)) {
    return fault('secret_ref', ambient ? 'workloadIdentity has no Secret' : `${own} needs a Secret`, 'see auth.type');
  }
  if (written.role_arn !== undefined && type !== 'bedrock') {
    return fault('role_arn', 'roles of AWS are for platform bedrock', 'remove it');
  }
  if (written.external_id !== undefined && written.role_arn === undefined) {
    return fault('external_id', 'goes with role_arn', 'add role_arn, or remove it');
  }
  if (written.service_account_email !== undefined && type !== 'vertex') {
    return fault('service_account_email', 'accounts of Google are for platform vertex', 'remove it');
  }
  return undefined;
}

function partFault(platform: PlatformSpec): PlatformFault | undefined {
  for (const name of ['region', 'project'] as const) {
    const value = platform[name];
    const { pattern, example } = FORMS[name];
    if (value === undefined) {
      if (!REQUIRED[platform.type].includes(name)) continue;
      const hint = `add platform.${name}, e.g. ${example}`;
      return { path: ['platform'], message: `platform ${platform.type} needs a ${name}`, hint };
    }
    if (pattern.test(value)) continue;
    return { path: ['platform', name], message: `this is no ${name} of a cloud`, hint: `write it like ${example}` };
  }
  return undefined;
}

function addressFault({ type, endpoint }: PlatformSpec, baseUrl: string | undefined): PlatformFault | undefined {
  if (endpoint !== undefined && baseUrl !== undefined && endpoint !== baseUrl) {
    const message = 'platform.endpoint and base_url name two addresses';
    return { path: ['platform', 'endpoint'], message, hint: 'keep one of them' };
  }
  const address = endpoint ?? baseUrl;
  const example = 'https://my-resource.openai.azure.com';
  if (address === undefined) {
    if (type !== 'azure') return undefined;
    const hint = `add platform.endpoint, e.g. ${example}`;
    return { path: ['platform'], message: 'platform azure needs an endpoint', hint };
  }
  const path = endpoint === undefined ? ['base_url'] : ['platform', 'endpoint'];
  const url = URL.canParse(address) ? new URL(address) : undefined;
  if (url === undefined || (url.protocol !== 'https:' && url.protocol !== 'http:')) {
    return { path, message: 'the endpoint is not an http or https address', hint: `write it like ${example}` };
  }
  if (url.username === '' && url.password === '') return undefined;
  return { path, message: 'the endpoint holds a user or password', hint: 'use credential or headers instead' };
}
