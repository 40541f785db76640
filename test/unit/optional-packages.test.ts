/** The libraries of the clouds: loaded by nobody who does not call there, and named when they are missing. */
import { afterAll, expect, jest, test } from '@jest/globals';
import { answerJson, type HttpService, startHttpService } from '../helpers/http-service.js';

const PACKAGES = [
  '@aws-sdk/credential-provider-node',
  '@azure/identity',
  '@smithy/eventstream-codec',
  '@smithy/signature-v4',
  '@smithy/util-utf8',
  'google-auth-library',
];
const loaded: string[] = [];

// As Node fails to import what is not installed.
for (const name of PACKAGES) {
  jest.unstable_mockModule(name, () => {
    loaded.push(name);
    throw Object.assign(new Error(`Cannot find package '${name}'`), { code: 'ERR_MODULE_NOT_FOUND' });
  });
}

const { hosted } = await import('../helpers/hosted-provider.js');
const { ask, failureOf, open } = await import('../helpers/openai-calls.js');
const services: HttpService[] = [];

afterAll(async () => {
  for (const service of services) await service.stop();
});

async function answering(document: object): Promise<string> {
  const service = await startHttpService((_request, response) => answerJson(response, document));
  services.push(service);
  return service.origin;
}

test('a provider of a vendor, or of a cloud with a key, loads none of them', async () => {
  const chat = await answering({ choices: [{ message: { content: 'ok' } }] });
  await hosted({ type: 'openai', model: 'm', base_url: chat }).complete(ask(), open);
  const claude = await answering({ content: [{ type: 'text', text: 'ok' }], stop_reason: 'end_turn' });
  const platform = { type: 'bedrock', region: 'us-west-2', endpoint: claude };
  const env = { AWS_BEARER_TOKEN_BEDROCK: 'k' };
  await hosted({ type: 'claude', model: 'm', platform }, { env }).complete(ask(), open);
  expect(loaded).toEqual([]);
});

test.each([
  ['bedrock', 'claude', '@aws-sdk/credential-provider-node'],
  ['vertex', 'gemini', 'google-auth-library'],
  ['azure', 'openai', '@azure/identity'],
])('where the identity of %s is needed, the package is named that is missing', async (cloud, type, name) => {
  const platform = { type: cloud, region: 'us-east1', project: 'my-project', endpoint: 'http://127.0.0.1:9' };
  const failure = await failureOf(hosted({ type, model: 'm', platform }).complete(ask(), open));
  expect(failure).toMatchObject({
    code: 'unsupported',
    message: expect.stringContaining(name),
    hint: `npm install ${name}`,
  });
});

test('streams of Bedrock name theirs', async () => {
  const platform = { type: 'bedrock', region: 'us-west-2', endpoint: 'http://127.0.0.1:9' };
  const provider = hosted({ type: 'openai', model: 'm', platform }, { env: { AWS_BEARER_TOKEN_BEDROCK: 'k' } });
  const failure = await failureOf(provider.complete(ask('hello', { stream: true }), open));
  expect(failure).toMatchObject({ code: 'unsupported', message: expect.stringContaining('@smithy/eventstream-codec') });
});
