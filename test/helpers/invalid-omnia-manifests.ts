/** Like `invalid-manifests.ts`, of the kinds that Omnia defines where it is installed. */
import { bad, type InvalidManifest } from './invalid-jobs.js';
import { type Manifest, manifest } from './manifests.js';

const provider = (spec: object): Manifest => manifest('Provider', 'bad', { type: 'claude', model: 'm', ...spec });
const handler = (spec: object): Manifest =>
  manifest('ToolRegistry', 'bad', { handlers: [{ name: 'orders', ...spec }] });
const tool = { name: 'order', description: 'Finds orders.', inputSchema: { type: 'object' } };
const httpConfig = { endpoint: 'https://example.com/orders' };
const agent = (spec: object): Manifest => manifest('AgentRuntime', 'bad', spec);

export const invalidOmniaManifests: readonly InvalidManifest[] = [
  bad('a provider of no type', provider({ type: 'grok' }), '"grok" is not one of', 'Unsupported value: "grok"'),
  bad('no model', manifest('Provider', 'bad', { type: 'openai' }), 'model is required'),
  bad('two keys', provider({ credential: { envVar: 'A', filePath: '/a' } }), 'exclude each other'),
  bad('a key in a relative file', provider({ credential: { filePath: 'a' } }), 'must be an absolute path', 'filePath'),
  bad(
    'a number that is no text',
    provider({ defaults: { temperature: 0.7 } }),
    'must be a text, not 0.7',
    'type string',
  ),
  bad('an address without http', provider({ baseURL: 'localhost:1' }), 'must begin with https://', 'spec.baseURL'),
  bad('a cloud without an identity', provider({ platform: { type: 'bedrock' } }), 'platform and auth go together'),
  bad(
    'vertex without a project',
    provider({ platform: { type: 'vertex' }, auth: { type: 'workloadIdentity' } }),
    'platform vertex needs a project',
  ),
  bad(
    'azure without an endpoint',
    provider({ platform: { type: 'azure' }, auth: { type: 'workloadIdentity' } }),
    'platform azure needs an endpoint',
  ),
  bad(
    'a model that the cloud has not',
    provider({ type: 'gemini', platform: { type: 'bedrock' }, auth: { type: 'workloadIdentity' } }),
    'the platform has no models of this type',
  ),
  bad(
    'an identity of another cloud',
    provider({ platform: { type: 'bedrock' }, auth: { type: 'serviceAccount', credentialsSecretRef: { name: 'a' } } }),
    'auth does not fit the platform',
  ),
  bad(
    'an access key without a secret',
    provider({ platform: { type: 'bedrock' }, auth: { type: 'accessKey' } }),
    'needs credentialsSecretRef',
  ),
  bad(
    'a secret of the workload',
    provider({
      platform: { type: 'bedrock' },
      auth: { type: 'workloadIdentity', credentialsSecretRef: { name: 'a' } },
    }),
    'workloadIdentity needs no Secret',
  ),
  bad(
    'a local model in a cloud',
    provider({ type: 'ollama', platform: { type: 'bedrock' }, auth: { type: 'workloadIdentity' } }),
    'platform is for models of type claude, openai or gemini',
  ),
  bad(
    'a role of another cloud',
    provider({
      platform: { type: 'vertex', project: 'p' },
      auth: { type: 'workloadIdentity', roleArn: 'arn:aws:iam::123456789012:role/a' },
    }),
    'roleArn is for bedrock',
  ),
  bad('a voice that talks', provider({ tts: {} }), 'the block of a role must match role'),
  bad('an ear that talks', provider({ stt: {} }), 'the block of a role must match role'),
  bad('a voice that embeds', provider({ role: 'tts', embedding: {} }), 'the block of a role must match role'),
  bad('a voice as a model', provider({ type: 'cartesia' }), 'role llm is for types'),
  bad(
    'a registry of nothing',
    manifest('ToolRegistry', 'bad', { handlers: [] }),
    'at least 1 item',
    'at least 1 items',
  ),
  bad('http without a tool', handler({ type: 'http', httpConfig }), 'this type needs the block tool'),
  bad('http without an address', handler({ type: 'http', tool }), 'type http needs the block httpConfig'),
  bad('openapi without a document', handler({ type: 'openapi' }), 'type openapi needs the block openAPIConfig'),
  bad(
    'a type that is not called',
    handler({ type: 'grpc', tool, grpcConfig: { endpoint: 'a:1' } }),
    'type grpc is not called',
  ),
  bad(
    'auth for what is not called over HTTP',
    handler({ type: 'client', tool, auth: { type: 'bearer', bearer: { secretRef: { name: 'keys' } } } }),
    'auth and retryPolicy are for services that are called over HTTP',
  ),
  bad(
    'retries of a program',
    handler({ type: 'mcp', mcpConfig: { transport: 'stdio', command: 'serve' }, retryPolicy: { maxAttempts: 2 } }),
    'auth and retryPolicy are for services that are called over HTTP',
  ),
  bad(
    'an identity that tools are not shown',
    handler({ type: 'http', tool, httpConfig: { endpoint: 'https://a.example' }, auth: { type: 'workloadIdentity' } }),
    'workloadIdentity is not shown to tools',
  ),
  bad('mcp without a server', handler({ type: 'mcp' }), 'type mcp needs the block mcpConfig'),
  bad(
    'stdio with an address',
    handler({ type: 'mcp', mcpConfig: { transport: 'stdio', endpoint: 'https://a' } }),
    'stdio needs a command and no endpoint',
  ),
  bad(
    'bearer without a token',
    handler({ type: 'http', tool, httpConfig, auth: { type: 'bearer' } }),
    'auth needs the block of its type',
  ),
  bad(
    'a tool with a space',
    handler({ type: 'http', httpConfig, tool: { ...tool, name: 'find order' } }),
    'must begin with a letter',
    'tool.name',
  ),
  bad(
    'eleven tries',
    handler({ type: 'http', tool, httpConfig, retryPolicy: { maxAttempts: 11 } }),
    'must be at most 10',
    'less than or equal to 10',
  ),
  bad('an endpoint of http', agent({ endpoint: 'https://a' }), 'must begin with wss:// or ws://', 'spec.endpoint'),
  bad(
    'two facades of a type',
    agent({ facades: [{ type: 'websocket' }, { type: 'websocket' }] }),
    'facades must differ in type',
  ),
  bad(
    'a port that is none',
    agent({ facades: [{ type: 'a2a', port: 0 }] }),
    'must be at least 1',
    'greater than or equal to 1',
  ),
];
