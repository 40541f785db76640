/** Roles of AWS that are taken on to call a model, against a security token service of this machine. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import type { ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { toFailure } from '../../src/core/errors.js';
import { AmbientCredentials } from '../../src/io/providers/auth/ambient-credentials.js';
import type { AwsCredentials } from '../../src/io/providers/auth/aws-credentials.js';
import { openAwsRole } from '../../src/io/providers/auth/aws-roles.js';
import { ClusterSecrets } from '../../src/io/secrets/cluster-secrets.js';
import { hosted } from '../helpers/hosted-provider.js';
import { answerJson, type HttpService, type SeenRequest, startHttpService } from '../helpers/http-service.js';
import { KubernetesApi } from '../helpers/kubernetes-api.js';
import { expectedSignature, signatureOf } from '../helpers/sigv4-check.js';

const ROLE = 'arn:aws:iam::123456789012:role/teams/arena';
const SECRET = 'secret-canary-0123456789';
const TOKEN = 'token-canary-0123456789';
const JWT = 'jwt-canary-0123456789';

let folder: string;
let service: HttpService;
let answer: (fields: URLSearchParams, response: ServerResponse, request: SeenRequest) => void;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'arena-roles-'));
  service = await startHttpService((request, response) => answer(new URLSearchParams(request.body), response, request));
});

afterEach(async () => {
  await service.stop();
  rmSync(folder, { recursive: true });
});

const base = () =>
  new AmbientCredentials<AwsCredentials>('AWS', async () => ({
    value: { accessKeyId: 'BASE', secretAccessKey: SECRET },
    mark: 'base',
    expiresAt: undefined,
  }));

function answerXml(response: ServerResponse, xml: string, status = 200): void {
  response.writeHead(status, { 'content-type': 'text/xml' });
  response.end(xml);
}

const given = (id: string, lifeMs = 3_600_000) => `<R><Credentials><AccessKeyId>${id}</AccessKeyId>
  <SecretAccessKey>${SECRET}</SecretAccessKey><SessionToken>${TOKEN}</SessionToken>
  <Expiration>${new Date(Date.now() + lifeMs).toISOString()}</Expiration></Credentials></R>`;

const refusal = (code: string, message: string) =>
  `<ErrorResponse><Error><Code>${code}</Code><Message>${message}</Message></Error></ErrorResponse>`;

const role = (tokenFile?: string) =>
  openAwsRole(
    { arn: ROLE, externalId: 'team', region: 'eu-west-1' },
    base(),
    { AWS_ENDPOINT_URL_STS: service.origin },
    tokenFile,
  );

const actions = () => service.seen.map(({ body }) => new URLSearchParams(body).get('Action'));

function tokenFile(): string {
  writeFileSync(join(folder, 'token'), `${JWT}\n`);
  return join(folder, 'token');
}

describe('a role is taken on', () => {
  test('by what the process is, with the external id, once for many calls', async () => {
    answer = (_fields, response) => answerXml(response, given('ROLE'));
    const credentials = role();
    const [first] = await Promise.all([credentials.current(), credentials.current()]);
    expect(first.value).toEqual({ accessKeyId: 'ROLE', secretAccessKey: SECRET, sessionToken: TOKEN });
    expect(service.seen).toHaveLength(1);
    const [seen] = service.seen as [SeenRequest];
    expect(signatureOf(seen)).toMatchObject({ accessKeyId: 'BASE', region: 'eu-west-1', service: 'sts' });
    expect(signatureOf(seen).signature).toBe(expectedSignature(seen, SECRET));
    expect(Object.fromEntries(new URLSearchParams(seen.body))).toMatchObject({
      Action: 'AssumeRole',
      RoleArn: ROLE,
      ExternalId: 'team',
      RoleSessionName: 'arena',
    });
  });

  test('by the token of a pod, unsigned', async () => {
    answer = (_fields, response) => answerXml(response, given('POD'));
    expect((await role(tokenFile()).current()).value).toMatchObject({ accessKeyId: 'POD' });
    expect(service.seen[0]?.headers.authorization).toBeUndefined();
    expect(Object.fromEntries(new URLSearchParams(service.seen[0]?.body))).toMatchObject({
      Action: 'AssumeRoleWithWebIdentity',
      RoleArn: ROLE,
      WebIdentityToken: JWT,
    });
  });

  test('by what the process is where the role does not trust the cluster', async () => {
    answer = (fields, response) =>
      fields.has('WebIdentityToken')
        ? answerXml(response, refusal('AccessDenied', `Not with ${JWT}`), 403)
        : answerXml(response, given('CHAINED'));
    expect((await role(tokenFile()).current()).value).toMatchObject({ accessKeyId: 'CHAINED' });
    expect(actions()).toEqual(['AssumeRoleWithWebIdentity', 'AssumeRole']);
  });

  test.each([
    ['it is that role', '123456789012:assumed-role/arena/i-1', 'BASE'],
    ['it is another one', '123456789012:assumed-role/other/i-1', 'refused'],
    ['it is one of that name elsewhere', '999999999999:assumed-role/arena/i-1', 'refused'],
  ])('or need not be, since %s', async (_, caller, expected) => {
    answer = (fields, response) =>
      fields.get('Action') === 'GetCallerIdentity'
        ? answerXml(response, `<Arn>arn:aws:sts::${caller}</Arn>`)
        : answerXml(response, refusal('AccessDenied', 'Not by itself'), 403);
    const found = await Promise.resolve(role().current()).then(
      ({ value }) => value.accessKeyId,
      () => 'refused',
    );
    expect(found).toBe(expected);
  });

  test('again before it ends', async () => {
    let count = 0;
    answer = (_fields, response) => {
      count += 1;
      answerXml(response, given(`R${count}`, count === 1 ? 5_000 : 3_600_000));
    };
    const credentials = role();
    await credentials.current();
    expect((await credentials.current()).value).toMatchObject({ accessKeyId: 'R2' });
  });
});

test.each([
  ['AccessDenied', 403, 'unauthorized', /trust policy.*external id team.*sts:AssumeRole/],
  ['Throttling', 400, 'provider_unavailable', undefined],
  ['InternalFailure', 500, 'provider_unavailable', undefined],
])('that it is not given (%s) is told with the role, and no key', async (code, status, expected, hint) => {
  answer = (_fields, response, { headers }) =>
    answerXml(
      response,
      refusal(code, `No, ${headers.authorization} ${SECRET} ${Buffer.from(SECRET).toString('base64')}`),
      status,
    );
  const failure = toFailure(await Promise.resolve(role().current()).catch((reason: unknown) => reason));
  expect(failure).toMatchObject({ code: expected, message: expect.stringContaining(`${ROLE} (${code}`) });
  if (hint !== undefined) expect(failure.hint).toMatch(hint);
  expect(JSON.stringify(failure)).not.toMatch(/canary|Y2FuYXJ5|\n\s+at /);
});

// shows Provider.spec.platform.auth.role_arn, Provider.spec.platform.auth.external_id
test('a model is called in the role, with the keys of a Secret to take it on', async () => {
  const api = await KubernetesApi.start();
  api.secrets.set('team/aws', { AWS_ACCESS_KEY_ID: 'STORED', AWS_SECRET_ACCESS_KEY: SECRET });
  answer = (_fields, response, { path }) =>
    path === '/'
      ? answerXml(response, given('ROLE'))
      : answerJson(response, {
          content: [{ type: 'text', text: `hello ${TOKEN}` }],
          stop_reason: 'end_turn',
          usage: {},
        });
  try {
    const auth = {
      type: 'accessKey',
      secret_ref: { name: 'aws', namespace: 'team' },
      role_arn: ROLE,
      external_id: 'team',
    };
    const provider = hosted(
      {
        type: 'claude',
        model: 'anthropic.claude-sonnet-4-5-v1:0',
        platform: { type: 'bedrock', region: 'us-west-2', endpoint: service.origin, auth },
      },
      {
        env: { AWS_ENDPOINT_URL_STS: service.origin },
        secrets: new ClusterSecrets({ env: api.env, folder: api.folder }),
      },
    );
    const messages = [{ role: 'user' as const, content: 'Hello' }];
    const options = { signal: new AbortController().signal };
    const completion = await provider.complete({ messages, parameters: {} } as never, options as never);
    expect(completion.content).toBe('hello ***');
    const [taken, called] = service.seen as [SeenRequest, SeenRequest];
    expect(signatureOf(taken)).toMatchObject({ accessKeyId: 'STORED', service: 'sts' });
    expect(new URLSearchParams(taken.body).get('ExternalId')).toBe('team');
    expect(signatureOf(called)).toMatchObject({ accessKeyId: 'ROLE', service: 'bedrock' });
    expect(called.headers['x-amz-security-token']).toBe(TOKEN);
    expect(signatureOf(called).signature).toBe(expectedSignature(called, SECRET));
  } finally {
    await api.stop();
  }
});
