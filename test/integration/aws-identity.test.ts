/** AWS's default chain, against services of this machine in place of AWS's. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import type { ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { ArenaError } from '../../src/core/errors.js';
import { openAwsCredentials } from '../../src/io/providers/auth/aws-credentials.js';
import { setEnvironment } from '../helpers/hosted-provider.js';
import { answerJson, type HttpService, type SeenRequest, startHttpService } from '../helpers/http-service.js';

const SECRET = 'secret-canary-0123456789';
const TOKEN = 'token-canary-0123456789';
const MINUTE = 60_000;

let folder: string;
let service: HttpService;
let answer: (request: SeenRequest, response: ServerResponse) => void;
const undo: (() => void)[] = [];

/** Nothing of what the machine has: no files, no variables, no instance. */
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'arena-aws-'));
  service = await startHttpService((request, response) => answer(request, response));
  undo.push(
    setEnvironment({
      HOME: folder,
      AWS_CONFIG_FILE: join(folder, 'config'),
      AWS_SHARED_CREDENTIALS_FILE: join(folder, 'credentials'),
      AWS_EC2_METADATA_DISABLED: 'true',
      AWS_REGION: 'us-west-2',
      ...Object.fromEntries(
        [
          'AWS_ACCESS_KEY_ID',
          'AWS_SECRET_ACCESS_KEY',
          'AWS_SESSION_TOKEN',
          'AWS_PROFILE',
          'AWS_WEB_IDENTITY_TOKEN_FILE',
          'AWS_ROLE_ARN',
          'AWS_CONTAINER_CREDENTIALS_FULL_URI',
          'AWS_CONTAINER_CREDENTIALS_RELATIVE_URI',
        ].map((name) => [name, undefined]),
      ),
    }),
  );
});

afterEach(async () => {
  for (const each of undo.splice(0).reverse()) each();
  await service.stop();
  rmSync(folder, { recursive: true });
});

const set = (values: { [name: string]: string | undefined }) => undo.push(setEnvironment(values));

/** What a metadata service gives; the key id tells one answer from the next. */
const temporary = (id: string, lifeMs = 60 * MINUTE) => ({
  AccessKeyId: id,
  SecretAccessKey: SECRET,
  Token: TOKEN,
  Expiration: new Date(Date.now() + lifeMs).toISOString(),
});

const found = (accessKeyId: string) => ({ value: { accessKeyId, secretAccessKey: SECRET, sessionToken: TOKEN } });

describe('credentials are found', () => {
  test('in variables', async () => {
    set({ AWS_ACCESS_KEY_ID: 'AK', AWS_SECRET_ACCESS_KEY: SECRET });
    const value = { accessKeyId: 'AK', secretAccessKey: SECRET, sessionToken: undefined };
    expect(await openAwsCredentials().current()).toMatchObject({ value, expiresAt: undefined });
  });

  test('in a profile, which may be mended while the process lives', async () => {
    const write = (id: string) =>
      writeFileSync(
        join(folder, 'credentials'),
        `[team]\naws_access_key_id=${id}\naws_secret_access_key=${SECRET}\naws_session_token=${TOKEN}\n`,
      );
    write('OLD');
    set({ AWS_PROFILE: 'team' });
    let now = Date.now();
    const credentials = openAwsCredentials(() => now);
    const old = await credentials.current();
    expect(old).toMatchObject(found('OLD'));
    now += MINUTE;
    expect(await credentials.renew(old.mark)).toBe(false);
    write('NEW');
    now += MINUTE;
    expect(await credentials.renew(old.mark)).toBe(true);
    expect(await credentials.current()).toMatchObject(found('NEW'));
  });

  test('at the container of ECS or EKS, once for all calls, and again before they end', async () => {
    let count = 0;
    answer = (_request, response) => {
      count += 1;
      answerJson(response, temporary(`K${count}`));
    };
    set({
      AWS_CONTAINER_CREDENTIALS_FULL_URI: `${service.origin}/creds`,
      AWS_CONTAINER_AUTHORIZATION_TOKEN: 'pod-token',
    });
    let now = Date.now();
    const credentials = openAwsCredentials(() => now);
    const first = await Promise.all([credentials.current(), credentials.current()]);
    expect(first).toEqual([expect.objectContaining(found('K1')), expect.objectContaining(found('K1'))]);
    expect(service.seen.map(({ path, headers }) => [path, headers.authorization])).toEqual([['/creds', 'pod-token']]);
    now += 30 * MINUTE;
    expect(await credentials.renew(first[0].mark)).toBe(true);
    expect(await credentials.current()).toMatchObject(found('K2'));
  });

  test('at the EC2 instance', async () => {
    answer = ({ method, path, headers }, response) => {
      if (method === 'PUT' && path === '/latest/api/token') response.end('imds-token');
      else if (headers['x-aws-ec2-metadata-token'] !== 'imds-token') response.writeHead(401).end();
      else if (path.endsWith('/security-credentials/') || path.endsWith('/security-credentials')) response.end('role');
      else answerJson(response, { Code: 'Success', Type: 'AWS-HMAC', LastUpdated: 'x', ...temporary('EC2') });
    };
    set({ AWS_EC2_METADATA_DISABLED: undefined, AWS_EC2_METADATA_SERVICE_ENDPOINT: service.origin });
    expect(await openAwsCredentials().current()).toMatchObject(found('EC2'));
  });

  test('by the web identity of a pod', async () => {
    const tokenFile = join(folder, 'token');
    writeFileSync(tokenFile, 'jwt-canary-0123456789');
    answer = (_request, response) => {
      response.writeHead(200, { 'content-type': 'text/xml' });
      response.end(`<AssumeRoleWithWebIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/">
        <AssumeRoleWithWebIdentityResult><Credentials><AccessKeyId>STS</AccessKeyId>
        <SecretAccessKey>${SECRET}</SecretAccessKey><SessionToken>${TOKEN}</SessionToken>
        <Expiration>${new Date(Date.now() + 60 * MINUTE).toISOString()}</Expiration></Credentials>
        <AssumedRoleUser><Arn>arn:aws:sts::1:assumed-role/r/s</Arn><AssumedRoleId>A:s</AssumedRoleId></AssumedRoleUser>
        </AssumeRoleWithWebIdentityResult></AssumeRoleWithWebIdentityResponse>`);
    };
    set({
      AWS_WEB_IDENTITY_TOKEN_FILE: tokenFile,
      AWS_ROLE_ARN: 'arn:aws:iam::123456789012:role/arena',
      AWS_ENDPOINT_URL_STS: service.origin,
    });
    const warnings: unknown[] = [];
    const listen = (warning: unknown) => warnings.push(warning);
    process.on('warning', listen);
    try {
      expect(await openAwsCredentials().current()).toMatchObject(found('STS'));
      await new Promise((resolve) => setImmediate(resolve));
    } finally {
      process.off('warning', listen);
    }
    expect(warnings).toEqual([]);
    expect(service.seen[0]?.body).toContain('Action=AssumeRoleWithWebIdentity');
  });
});

describe('credentials that are not to be had', () => {
  const failure = async () => {
    const error = await Promise.resolve(openAwsCredentials().current()).catch((reason: unknown) => reason);
    if (!(error instanceof ArenaError)) throw new Error(`not an ArenaError: ${error}`);
    expect(JSON.stringify(error.failure)).not.toMatch(/canary|\n\s+at /);
    return error.failure;
  };

  test('nowhere: what was tried is told', async () => {
    expect(await failure()).toMatchObject({
      code: 'unauthorized',
      message: expect.stringMatching(/^AWS gives this process no credentials \(CredentialsProviderError: /),
      hint: expect.stringMatching(/environment variables.*AWS_PROFILE.*IRSA.*ECS.*EC2.*AWS_BEARER_TOKEN_BEDROCK/),
    });
  });

  test('in a profile that does not exist', async () => {
    set({ AWS_PROFILE: 'nobody' });
    expect(await failure()).toMatchObject({ code: 'unauthorized', message: expect.stringContaining('Could not load') });
  });

  test('from a program that fails, whose arguments are not told', async () => {
    writeFileSync(join(folder, 'config'), '[profile tool]\ncredential_process = false --password canary\n');
    set({ AWS_PROFILE: 'tool' });
    expect(await failure()).toMatchObject({ code: 'unauthorized' });
  });

  test('because the role is refused', async () => {
    const tokenFile = join(folder, 'token');
    writeFileSync(tokenFile, 'jwt-canary-0123456789');
    answer = (_request, response) => {
      response.writeHead(403, { 'content-type': 'text/xml' });
      response.end(
        '<ErrorResponse><Error><Type>Sender</Type><Code>AccessDenied</Code><Message>Not authorized</Message></Error></ErrorResponse>',
      );
    };
    set({
      AWS_WEB_IDENTITY_TOKEN_FILE: tokenFile,
      AWS_ROLE_ARN: 'arn:aws:iam::1:role/r',
      AWS_ENDPOINT_URL_STS: service.origin,
    });
    expect(await failure()).toMatchObject({ code: 'unauthorized', message: expect.stringContaining('AccessDenied') });
  });
});
