/** Where models of clouds are called, and what is refused before anything is called. */
import { describe, expect, test } from '@jest/globals';
import type { JsonValue } from '../../src/core/conversation.js';
import { bedrockModelId } from '../../src/io/providers/platforms/bedrock-models.js';
import { hostedService } from '../../src/io/providers/platforms/platforms.js';
import { vertexClaude } from '../../src/io/providers/platforms/vertex-models.js';
import type { CallSettings } from '../../src/io/providers/provider-settings.js';
import { platformFault } from '../../src/schema/platform.js';
import { providerSpecSchema } from '../../src/schema/provider.js';
import { see } from '../helpers/effects.js';

type Spec = { [field: string]: JsonValue };

function service(written: Spec, settings: Partial<CallSettings> = {}) {
  const spec = providerSpecSchema.parse(written);
  if (spec.platform === undefined) throw new Error('no platform');
  const at = (path: readonly (string | number)[]) => `p.yaml:${path.join('.')}`;
  const all = { env: {}, jobTimeoutMs: undefined, arenaTimeoutMs: undefined, ...settings };
  return hostedService({ id: 'p', spec, at }, spec.platform, all);
}

/** Address of a call, and of one that is streamed. */
function addresses(written: Spec): string[] {
  const { common, wire } = service(written);
  return [false, true].map((stream) => `${common.baseUrl.origin}${wire.path(stream)}`);
}

const bedrock = (more: Spec = {}) => ({ type: 'bedrock', region: 'eu-west-1', ...more });
const vertex = (more: Spec = {}) => ({ type: 'vertex', region: 'us-east5', project: 'my-project', ...more });
const azure = (endpoint: string, more: Spec = {}) => ({ type: 'azure', endpoint, ...more });
const RESOURCE = 'https://my-resource.openai.azure.com';

describe('the address of a model', () => {
  // shows Provider.spec.platform.region, Provider.spec.platform.endpoint
  test.each<[what: string, spec: Spec, call: string, stream: string]>([
    [
      'Claude on Bedrock',
      { type: 'claude', model: 'claude-3-5-sonnet-20241022', platform: bedrock() },
      'https://bedrock-runtime.eu-west-1.amazonaws.com/model/anthropic.claude-3-5-sonnet-20241022-v2%3A0/invoke',
      'https://bedrock-runtime.eu-west-1.amazonaws.com/model/anthropic.claude-3-5-sonnet-20241022-v2%3A0/invoke-with-response-stream',
    ],
    [
      'other models on Bedrock, in China',
      { type: 'openai', model: 'amazon.nova-pro-v1:0', platform: bedrock({ region: 'cn-north-1' }) },
      'https://bedrock-runtime.cn-north-1.amazonaws.com.cn/model/amazon.nova-pro-v1%3A0/converse',
      'https://bedrock-runtime.cn-north-1.amazonaws.com.cn/model/amazon.nova-pro-v1%3A0/converse-stream',
    ],
    [
      'an ARN at an endpoint with a path',
      {
        type: 'openai',
        model: 'arn:aws:bedrock:x:1:custom-model/a',
        platform: bedrock({ endpoint: 'http://gate:1/b/' }),
      },
      'http://gate:1/b/model/arn%3Aaws%3Abedrock%3Ax%3A1%3Acustom-model%2Fa/converse',
      'http://gate:1/b/model/arn%3Aaws%3Abedrock%3Ax%3A1%3Acustom-model%2Fa/converse-stream',
    ],
  ])('%s', (_what, spec, call, stream) => {
    expect(addresses(spec)).toEqual([call, stream]);
  });

  // shows Provider.spec.platform.project
  test.each<[what: string, spec: Spec, call: string, stream: string]>([
    [
      'Claude on Vertex AI',
      { type: 'claude', model: 'claude-3-5-sonnet-20241022', platform: vertex() },
      'https://us-east5-aiplatform.googleapis.com/v1/projects/my-project/locations/us-east5/publishers/anthropic/models/claude-3-5-sonnet-v2@20241022:rawPredict',
      'https://us-east5-aiplatform.googleapis.com/v1/projects/my-project/locations/us-east5/publishers/anthropic/models/claude-3-5-sonnet-v2@20241022:streamRawPredict',
    ],
    [
      'Gemini on Vertex AI, wherever there is room',
      { type: 'gemini', model: 'gemini-2.5-pro', platform: vertex({ region: 'global' }) },
      'https://aiplatform.googleapis.com/v1/projects/my-project/locations/global/publishers/google/models/gemini-2.5-pro:generateContent',
      'https://aiplatform.googleapis.com/v1/projects/my-project/locations/global/publishers/google/models/gemini-2.5-pro:streamGenerateContent?alt=sse',
    ],
    [
      'a tuned Gemini in an area, by another version of the API',
      {
        type: 'google',
        model: 'endpoints/123',
        platform: vertex({ region: 'eu', project: 'example.com:other' }),
        additional_config: { api_version: 'v1beta1' },
      },
      'https://aiplatform.eu.rep.googleapis.com/v1beta1/projects/example.com%3Aother/locations/eu/endpoints/123:generateContent',
      'https://aiplatform.eu.rep.googleapis.com/v1beta1/projects/example.com%3Aother/locations/eu/endpoints/123:streamGenerateContent?alt=sse',
    ],
  ])('%s', (_what, spec, call, stream) => {
    expect(addresses(spec)).toEqual([call, stream]);
  });

  test.each<[endpoint: string, model: string, config: Spec, address: string]>([
    [RESOURCE, 'gpt-4o', {}, `${RESOURCE}/openai/deployments/gpt-4o/chat/completions?api-version=2024-10-21`],
    [
      `${RESOURCE}/`,
      'a b',
      { api_version: '2025-04-01-preview' },
      `${RESOURCE}/openai/deployments/a%20b/chat/completions?api-version=2025-04-01-preview`,
    ],
    [`${RESOURCE}/openai`, 'gpt-4o', { api_version: 'v1' }, `${RESOURCE}/openai/v1/chat/completions`],
    [RESOURCE, 'gpt-4o', { api_version: 'preview' }, `${RESOURCE}/openai/v1/chat/completions?api-version=preview`],
    [`${RESOURCE}/openai/v1/`, 'gpt-4o', {}, `${RESOURCE}/openai/v1/chat/completions`],
    [RESOURCE, 'gpt-5-mini', {}, `${RESOURCE}/openai/v1/chat/completions`],
    [RESOURCE, 'gpt-4o', { api_mode: 'responses' }, `${RESOURCE}/openai/v1/responses`],
    [
      RESOURCE,
      'gpt-4o',
      { api_mode: 'responses', api_version: '2025-04-01-preview' },
      `${RESOURCE}/openai/responses?api-version=2025-04-01-preview`,
    ],
    [
      `${RESOURCE}/openai/deployments/mine?api-version=2024-06-01`,
      'gpt-4o',
      {},
      `${RESOURCE}/openai/deployments/mine/chat/completions?api-version=2024-06-01`,
    ],
    [
      'https://my.services.ai.azure.com/models',
      'mistral',
      {},
      'https://my.services.ai.azure.com/models/chat/completions?api-version=2024-05-01-preview',
    ],
    [
      'https://gate/api',
      'gpt-4o',
      {},
      'https://gate/api/openai/deployments/gpt-4o/chat/completions?api-version=2024-10-21',
    ],
  ])('on Azure at %s, %s %j', (endpoint, model, config, address) => {
    const spec = { type: 'openai', model, platform: azure(endpoint), additional_config: config };
    expect(addresses(spec)).toEqual([address, address]);
    // An endpoint may stand as base_url as well.
    expect(addresses({ ...spec, platform: { type: 'azure' }, base_url: endpoint })).toEqual([address, address]);
  });

  test('of Claude in Foundry', () => {
    const spec = { type: 'claude', model: 'claude-sonnet-4-5', platform: azure('https://my.services.ai.azure.com') };
    expect(addresses(spec)[0]).toBe('https://my.services.ai.azure.com/anthropic/v1/messages');
    const named = { ...spec, platform: azure('https://my.services.ai.azure.com/anthropic/') };
    expect(addresses(named)[0]).toBe('https://my.services.ai.azure.com/anthropic/v1/messages');
  });
});

describe('names of models', () => {
  test.each([
    ['claude-3-5-sonnet-20241022', 'us-west-2', 'anthropic.claude-3-5-sonnet-20241022-v2:0'],
    ['claude-3-haiku-20240307', 'eu-west-1', 'anthropic.claude-3-haiku-20240307-v1:0'],
    ['claude-3-5-sonnet-latest', 'us-east-1', 'anthropic.claude-3-5-sonnet-20241022-v2:0'],
    ['claude-3-7-sonnet-20250219', 'eu-central-1', 'eu.anthropic.claude-3-7-sonnet-20250219-v1:0'],
    ['claude-sonnet-4-20250514', 'ap-southeast-2', 'apac.anthropic.claude-sonnet-4-20250514-v1:0'],
    ['claude-sonnet-4-5', 'ap-northeast-1', 'jp.anthropic.claude-sonnet-4-5-20250929-v1:0'],
    ['claude-sonnet-4-5', 'sa-east-1', 'global.anthropic.claude-sonnet-4-5-20250929-v1:0'],
    ['claude-sonnet-4-5', 'us-gov-west-1', 'us-gov.anthropic.claude-sonnet-4-5-20250929-v1:0'],
    ['claude-opus-4-1', 'eu-west-1', 'us.anthropic.claude-opus-4-1-20250805-v1:0'],
    ['claude-opus-4-6', 'us-east-1', 'us.anthropic.claude-opus-4-6-v1'],
    ['claude-next-9-20300101', 'eu-west-1', 'eu.anthropic.claude-next-9-20300101-v1:0'],
    ['claude-next-9', 'eu-west-1', 'eu.anthropic.claude-next-9'],
    ['claude-2.1', 'us-east-1', 'anthropic.claude-v2:1'],
    ['gpt-oss-120b', 'us-west-2', 'openai.gpt-oss-120b-1:0'],
    ['us.anthropic.claude-sonnet-4-6', 'eu-west-1', 'us.anthropic.claude-sonnet-4-6'],
    ['meta.llama3-1-70b-instruct-v1:0', 'us-east-1', 'meta.llama3-1-70b-instruct-v1:0'],
    ['arn:aws:bedrock:us-east-1:1:inference-profile/a', 'us-east-1', 'arn:aws:bedrock:us-east-1:1:inference-profile/a'],
    ['my-imported-model', 'us-east-1', 'my-imported-model'],
  ])('%s in %s is %s on Bedrock', (written, region, id) => {
    expect(bedrockModelId(written, region)).toBe(id);
  });

  test.each([
    ['claude-3-5-sonnet-20241022', 'claude-3-5-sonnet-v2@20241022'],
    ['claude-3-5-sonnet-20240620', 'claude-3-5-sonnet@20240620'],
    ['claude-3-opus-20240229', 'claude-3-opus@20240229'],
    ['claude-sonnet-4-5', 'claude-sonnet-4-5@20250929'],
    ['claude-opus-4-6', 'claude-opus-4-6'],
    ['claude-3-5-haiku@20241022', 'claude-3-5-haiku@20241022'],
  ])('%s is %s on Vertex AI', (written, name) => {
    expect(vertexClaude(written)).toBe(name);
  });
});

describe('what cannot be is refused', () => {
  const faults: [spec: Spec, path: string, message: RegExp][] = [
    [{ type: 'openai', platform: vertex() }, 'platform.type', /vertex has no models of type openai/],
    [{ type: 'gemini', platform: bedrock() }, 'platform.type', /bedrock has no models of type gemini/],
    [{ type: 'gemini', platform: azure(RESOURCE) }, 'platform.type', /azure has no models of type gemini/],
    [{ type: 'ollama', platform: bedrock() }, 'platform.type', /no models of type ollama/],
    [{ type: 'claude', platform: { type: 'bedrock' } }, 'platform', /bedrock needs a region/],
    [{ type: 'gemini', platform: { type: 'vertex', project: 'my-project' } }, 'platform', /vertex needs a region/],
    [{ type: 'gemini', platform: { type: 'vertex', region: 'us-east5' } }, 'platform', /vertex needs a project/],
    [{ type: 'openai', platform: { type: 'azure' } }, 'platform', /azure needs an endpoint/],
    [{ type: 'claude', platform: bedrock({ region: 'evil.com/' }) }, 'platform.region', /no region/],
    [{ type: 'gemini', platform: vertex({ project: '../x' }) }, 'platform.project', /no project/],
    [{ type: 'openai', platform: azure('my-resource') }, 'platform.endpoint', /not an http or https address/],
    [{ type: 'openai', platform: azure('ftp://a') }, 'platform.endpoint', /not an http or https address/],
    [{ type: 'openai', platform: azure('https://u:p@a') }, 'platform.endpoint', /user or password/],
    [{ type: 'openai', platform: azure('https://a'), base_url: 'https://b' }, 'platform.endpoint', /two addresses/],
    [{ type: 'openai', platform: { type: 'azure' }, base_url: 'nowhere' }, 'base_url', /not an http/],
  ];
  // shows Provider.spec.platform.type
  test.each(faults)('%j at %s', (written, path, message) => {
    const spec = providerSpecSchema.parse({ model: 'm', ...written });
    expect(platformFault(spec)).toEqual({
      path: path.split('.'),
      message: expect.stringMatching(message),
      hint: expect.any(String),
    });
    expect(() => service({ model: 'm', ...written })).toThrow(message);
  });

  test('with its line, unless the provider is mocked', async () => {
    const provider = { type: 'claude', platform: { type: 'vertex', region: 'us-east5', project: 'my-project' } };
    const told = async (project: string | undefined, more: object = {}) =>
      (await see('Provider.spec.platform.project', project, { provider: { ...provider, ...more } })).faults;
    expect(await told(undefined)).toEqual([expect.stringMatching(/^error model\.yaml:\d+:\d+ .*needs a project/)]);
    expect(await told(undefined, { type: 'mock' })).toEqual([]);
  });

  test.each<[Spec, RegExp]>([
    [{ platform: azure(RESOURCE), additional_config: { api_version: '../v1' } }, /api_version.*no such api_version/],
    [{ platform: azure(RESOURCE), additional_config: { messages: [] } }, /must not set messages/],
  ])('%j', (more, message) => {
    expect(() => service({ type: 'openai', model: 'm', ...more })).toThrow(message);
  });
});

describe('a bundle from elsewhere', () => {
  const elsewhere = (env: { [name: string]: string } = {}, opened: { [name: string]: string } = {}) => ({
    env,
    openToBundle: (name: string) => opened[name],
  });
  const own = { type: 'claude', model: 'claude-3-haiku-20240307', platform: bedrock() };
  const chosen = {
    ...own,
    platform: bedrock({ endpoint: 'https://bedrock-runtime.eu-west-1.amazonaws.com.evil.example' }),
  };
  const resource = { type: 'openai', model: 'gpt-4o', platform: azure(RESOURCE) };

  test.each<[what: string, spec: Spec, settings: Partial<CallSettings>, refusal: RegExp | undefined]>([
    ['has no identity of the machine', own, elsewhere(), /do not call as this machine/],
    ['has it where the installation allows it', own, elsewhere({ ARENA_BUNDLE_CLOUDS: 'vertex, bedrock' }), undefined],
    ['has it where all are allowed', resource, elsewhere({ ARENA_BUNDLE_CLOUDS: '*' }), undefined],
    ['has that of no other cloud', own, elsewhere({ ARENA_BUNDLE_CLOUDS: 'vertex' }), /do not call as this machine$/],
    ['never has it for an address of its own', chosen, elsewhere({ ARENA_BUNDLE_CLOUDS: '*' }), /not the cloud's own/],
    [
      'never has it without TLS',
      { ...own, platform: bedrock({ endpoint: 'http://bedrock-runtime.eu-west-1.amazonaws.com' }) },
      elsewhere({ ARENA_BUNDLE_CLOUDS: '*' }),
      /not the cloud's own/,
    ],
    ['has the key of a region', own, elsewhere({ AWS_BEARER_TOKEN_BEDROCK: 'k' }), undefined],
    [
      'has no key for an address of its own',
      chosen,
      elsewhere({ AWS_BEARER_TOKEN_BEDROCK: 'k' }),
      /not the cloud's own/,
    ],
    ['has no key of a resource that it names', resource, elsewhere({ AZURE_OPENAI_API_KEY: 'k' }), /do not call as/],
    ['has keys that are open to it', resource, elsewhere({}, { AZURE_OPENAI_API_KEY: 'k' }), undefined],
    ['may bring its own key', { ...chosen, credential: { api_key: 'k' } }, elsewhere(), undefined],
  ])('%s', (_what, spec, settings, refusal) => {
    if (refusal === undefined) expect(() => service(spec, settings)).not.toThrow();
    else expect(() => service(spec, settings)).toThrow(refusal);
  });

  test('has no key file of Google', () => {
    const spec = { type: 'gemini', model: 'g', platform: vertex(), credential: { credential_file: '/key.json' } };
    expect(() => service(spec, elsewhere({ ARENA_BUNDLE_CLOUDS: '*' }))).toThrow(/key files are not read/);
    expect(() => service({ ...spec, credential: { credential_file: 'key.json' } })).toThrow(/not absolute/);
  });
});
