/** Credentials of AWS that end while calls go on. */
import { afterEach, expect, test } from '@jest/globals';
import { openAwsCredentials } from '../../src/io/providers/auth/aws-credentials.js';
import { AwsSigner } from '../../src/io/providers/auth/aws-signer.js';
import { connectionsTo } from '../../src/io/providers/connections.js';
import { HttpProvider } from '../../src/io/providers/http-provider.js';
import { BedrockConverseWire } from '../../src/io/providers/wires/bedrock-converse/bedrock-converse.js';
import { setEnvironment } from '../helpers/hosted-provider.js';
import { answerJson, type HttpService, startHttpService } from '../helpers/http-service.js';
import { ask, failureOf, open } from '../helpers/openai-calls.js';
import { signatureOf } from '../helpers/sigv4-check.js';

const MINUTE = 60_000;
const services: HttpService[] = [];
let restore: (() => void) | undefined;

afterEach(async () => {
  restore?.();
  for (const service of services.splice(0)) await service.stop();
});

/** A container that gives K1, K2, …, and a Bedrock that takes those which `accepts` names. */
async function bedrock(accepts: (key: string) => boolean) {
  let count = 0;
  const container = await startHttpService((_request, response) => {
    count += 1;
    const Expiration = new Date(Date.now() + 60 * MINUTE).toISOString();
    answerJson(response, { AccessKeyId: `K${count}`, SecretAccessKey: 'secret', Token: `T${count}`, Expiration });
  });
  const runtime = await startHttpService((request, response) => {
    if (accepts(signatureOf(request).accessKeyId)) {
      answerJson(response, { output: { message: { content: [{ text: 'ok' }] } }, stopReason: 'end_turn' });
      return;
    }
    response.setHeader('x-amzn-errortype', 'ExpiredTokenException');
    answerJson(response, { message: 'The security token included in the request is expired' }, 403);
  });
  services.push(container, runtime);
  restore = setEnvironment({
    AWS_CONTAINER_CREDENTIALS_FULL_URI: `${container.origin}/creds`,
    AWS_CONTAINER_AUTHORIZATION_TOKEN: 'pod',
    AWS_ACCESS_KEY_ID: undefined,
    AWS_PROFILE: undefined,
    AWS_WEB_IDENTITY_TOKEN_FILE: undefined,
    AWS_CONFIG_FILE: '/nowhere/config',
    AWS_SHARED_CREDENTIALS_FILE: '/nowhere/credentials',
  });
  const clock = { now: Date.now() };
  const credentials = openAwsCredentials(() => clock.now);
  const settings = { marksErrors: false, cachesPrompts: false, extra: {}, modelFields: {} };
  const provider = new HttpProvider({
    id: 'p',
    spec: { type: 'openai', base_url: undefined },
    model: 'm',
    connections: connectionsTo(runtime.origin, {}),
    wire: new BedrockConverseWire('/model/m', settings),
    auth: new AwsSigner({ credentials, service: 'bedrock', region: 'us-west-2', hint: 'a hint', own: {} }),
    headers: [],
    parameters: undefined,
    streamRetry: undefined,
    timeoutMs: 5_000,
    idleTimeoutMs: 5_000,
  });
  const keys = () => runtime.seen.map((request) => signatureOf(request).accessKeyId);
  return { provider, clock, container, keys };
}

test('refused ones are fetched anew once for all calls, and the calls are made again', async () => {
  const expired = new Set<string>();
  const { provider, clock, container, keys } = await bedrock((key) => !expired.has(key));
  await provider.complete(ask(), open);
  expired.add('K1');
  clock.now += 30 * MINUTE;
  const completions = await Promise.all([1, 2, 3].map(() => provider.complete(ask(), open)));
  expect(completions.map(({ content }) => content)).toEqual(['ok', 'ok', 'ok']);
  expect(keys()).toEqual(['K1', 'K1', 'K1', 'K1', 'K2', 'K2', 'K2']);
  expect(container.seen).toHaveLength(2);
});

test('those that are refused although they are new are not fetched again and again', async () => {
  const { provider, container, keys } = await bedrock(() => false);
  for (const _ of [1, 2, 3]) {
    expect(await failureOf(provider.complete(ask(), open))).toMatchObject({ code: 'unauthorized', hint: 'a hint' });
  }
  expect(container.seen).toHaveLength(1);
  expect(keys()).toEqual(['K1', 'K1', 'K1']);
});
