/** Provider: a model and how to reach it. Compatible with Omnia's kind; fields beyond these are left alone. */
import { z } from 'zod';
import { decimal, objectName, timeSpan } from './names.js';
import { conditionsSchema, objectOf, observedGeneration } from './object-meta.js';
import { withRules } from './rules.js';

const providerTypes = [
  'claude',
  'openai',
  'gemini',
  'ollama',
  'mock',
  'vllm',
  'voyageai',
  'cartesia',
  'elevenlabs',
  'imagen',
  'huggingface',
] as const;

const providerRoles = ['llm', 'embedding', 'tts', 'stt', 'image', 'inference'] as const;

const capabilities = ['text', 'streaming', 'vision', 'tools', 'json', 'audio', 'video', 'documents', 'duplex'] as const;

const secretKey = z
  .string()
  .min(1)
  .max(253)
  .regex(/^[-._a-zA-Z0-9]+$/, 'is no key of a Secret: letters, digits, "-", "_" and "."');

const secretRef = z.object({
  name: objectName.describe('Name of the Secret, in the namespace of the Provider.'),
  key: secretKey
    .optional()
    .describe('Its entry. Default: the first of the usual ones of the type, e.g. OPENAI_API_KEY.'),
});

const credential = withRules(
  z.object({
    secretRef: secretRef.optional().describe('The key is in a Secret.'),
    envVar: z
      .string()
      .max(253)
      .regex(/^[A-Za-z_][A-Za-z0-9_]*$/, 'is no name of an environment variable')
      .optional()
      .describe('The key is in this environment variable of the workers.'),
    filePath: z
      .string()
      .max(4096)
      .regex(/^\//, 'must be an absolute path')
      .optional()
      .describe('The key is in this file on the workers.'),
  }),
  {
    rule: '[has(self.secretRef), has(self.envVar), has(self.filePath)].filter(set, set).size() <= 1',
    message: 'secretRef, envVar and filePath exclude each other: keep one',
  },
).describe('Where the key is. Absent: the usual environment variables of the type.');

const platform = withRules(
  z.object({
    type: z.enum(['bedrock', 'vertex', 'azure']).describe('The cloud that hosts the model.'),
    region: z.string().max(63).optional().describe('Region, e.g. us-west-2; bedrock and vertex want one.'),
    project: z.string().max(128).optional().describe('Project; vertex wants one.'),
    endpoint: z.string().max(2048).optional().describe('Address of the deployment; azure wants one.'),
  }),
  {
    rule: "self.type != 'vertex' || has(self.project)",
    message: 'platform vertex needs a project: add platform.project',
    reason: 'FieldValueRequired',
  },
  {
    rule: "self.type != 'azure' || has(self.endpoint)",
    message: 'platform azure needs an endpoint: add platform.endpoint',
    reason: 'FieldValueRequired',
  },
).describe('A cloud that hosts the model. Absent: the vendor’s own service.');

const auth = withRules(
  z.object({
    type: z
      .enum(['workloadIdentity', 'accessKey', 'serviceAccount', 'servicePrincipal'])
      .describe('How the worker shows the cloud who it is.'),
    roleArn: z
      .string()
      .max(2048)
      .optional()
      .describe('bedrock: role that is taken on, with the namespace of the Provider as external id.'),
    serviceAccountEmail: z.string().max(320).optional().describe('vertex: service account that is taken on.'),
    credentialsSecretRef: secretRef.optional().describe('Secret with the credentials; for all but workloadIdentity.'),
  }),
  {
    rule: "self.type == 'workloadIdentity' || has(self.credentialsSecretRef)",
    message: 'auth of this type needs credentialsSecretRef: name the Secret, or use workloadIdentity',
    reason: 'FieldValueRequired',
  },
  {
    rule: "self.type != 'workloadIdentity' || !has(self.credentialsSecretRef)",
    message: 'workloadIdentity needs no Secret: remove credentialsSecretRef',
    reason: 'FieldValueForbidden',
    fieldPath: '.credentialsSecretRef',
  },
).describe('Identity with the cloud; goes with `platform`.');

const temperature = decimal.optional().describe('Sampling temperature, "0".."2".');

const defaults = z
  .object({
    temperature,
    topP: decimal.optional().describe('Nucleus sampling, "0".."1".'),
    maxTokens: z.int().min(1).meta({ format: 'int32' }).optional().describe('Tokens of an answer at most.'),
    contextWindow: z.int().min(1).meta({ format: 'int32' }).optional().describe('Tokens that the model takes in.'),
    truncationStrategy: z
      .enum(['sliding', 'summarize', 'custom'])
      .optional()
      .describe('What agents do with longer conversations. Default: sliding.'),
    requestTimeout: timeSpan.optional().describe('Time of one call. Default: the Arena file, else 30s.'),
    streamIdleTimeout: timeSpan.optional().describe('Longest silence in a stream. Default: 30s.'),
  })
  .describe('Sampling and limits where nobody says otherwise.');

const pricing = z
  .object({
    inputCostPer1K: decimal.optional().describe('US dollars for 1000 input tokens.'),
    outputCostPer1K: decimal.optional().describe('US dollars for 1000 output tokens.'),
    cachedCostPer1K: decimal.optional().describe('US dollars for 1000 cached input tokens.'),
  })
  .describe('What tokens cost. Default: a built-in table by model.');

/** Settings of a role that holds no conversations: kept as they are, for others that read the same object. */
const roleBlock = (role: string) => z.looseObject({}).optional().describe(`Settings of the role ${role}.`);

const SPEECHLESS = "['voyageai', 'cartesia', 'elevenlabs', 'imagen', 'huggingface']";

export const providerSpecSchema = withRules(
  z.object({
    type: z.enum(providerTypes).describe('Which API it speaks.'),
    role: z.enum(providerRoles).default('llm').describe('What it is for. Only llm holds conversations. Default: llm.'),
    model: z.string().min(1).max(512).optional().describe('Name of the model; needed but for type mock.'),
    baseURL: z
      .string()
      .max(2048)
      .regex(/^https?:\/\/\S+$/, 'must begin with https:// or http://')
      .optional()
      .describe('Address of the service. Default: that of the vendor.'),
    headers: z
      .record(z.string().min(1).max(256), z.string().max(8192))
      .optional()
      .describe('Headers sent with each request; no secrets here.'),
    platform: platform.optional(),
    auth: auth.optional(),
    credential: credential.optional(),
    defaults: defaults.optional(),
    pricing: pricing.optional(),
    capabilities: z
      .array(z.enum(capabilities))
      .max(capabilities.length)
      .optional()
      .describe('What scenarios may ask for.'),
    tts: roleBlock('tts'),
    stt: roleBlock('stt'),
    embedding: roleBlock('embedding'),
  }),
  {
    rule: "self.type == 'mock' || has(self.model)",
    message: 'model is required: name the model, as the vendor calls it',
    reason: 'FieldValueRequired',
    fieldPath: '.model',
  },
  {
    rule: 'has(self.platform) == has(self.auth)',
    message: 'platform and auth go together: add the other one, or remove both',
  },
  {
    rule: "!has(self.platform) || (self.type in ['claude', 'openai', 'gemini'] && self.role in ['llm', 'embedding'])",
    message: 'platform is for models of type claude, openai or gemini with role llm or embedding: remove it',
    reason: 'FieldValueForbidden',
    fieldPath: '.platform',
  },
  {
    rule: "!has(self.platform) || !((self.type == 'openai' && self.platform.type == 'vertex') || (self.type == 'gemini' && self.platform.type in ['bedrock', 'azure']))",
    message: 'the platform has no models of this type: claude is on all, openai on bedrock and azure, gemini on vertex',
    fieldPath: '.platform.type',
  },
  {
    rule: "!has(self.platform) || !has(self.auth) || self.auth.type == 'workloadIdentity' || (self.auth.type == 'accessKey') == (self.platform.type == 'bedrock') && (self.auth.type == 'serviceAccount') == (self.platform.type == 'vertex') && (self.auth.type == 'servicePrincipal') == (self.platform.type == 'azure')",
    message:
      'auth does not fit the platform: accessKey is for bedrock, serviceAccount for vertex, servicePrincipal for azure',
    fieldPath: '.auth.type',
  },
  {
    rule: "!has(self.platform) || !has(self.auth) || (!has(self.auth.roleArn) || self.platform.type == 'bedrock') && (!has(self.auth.serviceAccountEmail) || self.platform.type == 'vertex')",
    message: 'roleArn is for bedrock and serviceAccountEmail for vertex: remove what is not of the platform',
    fieldPath: '.auth',
  },
  {
    rule: "(!has(self.tts) || self.role == 'tts') && (!has(self.stt) || self.role == 'stt') && (!has(self.embedding) || self.role == 'embedding')",
    message: 'the block of a role must match role: change role or remove the block',
  },
  {
    rule: `self.role != 'llm' || !(self.type in ${SPEECHLESS})`,
    message: 'role llm is for types claude, openai, gemini, ollama, mock and vllm: change type or role',
    fieldPath: '.type',
  },
);

const providerStatusSchema = z.object({
  phase: z.string().max(64).optional().describe('Ready, Error or Unavailable.'),
  conditions: conditionsSchema.optional(),
  observedGeneration: observedGeneration.optional(),
});

export const providerSchema = objectOf('Provider', providerSpecSchema, providerStatusSchema);

export type ProviderObject = z.infer<typeof providerSchema>;
export type ClusterProviderSpec = z.infer<typeof providerSpecSchema>;
