/** Application Default Credentials, against services of this machine in place of Google's. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import type { ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { ArenaError } from '../../src/core/errors.js';
import { openGoogleTokens } from '../../src/io/providers/auth/google-tokens.js';
import { setEnvironment } from '../helpers/hosted-provider.js';
import { answerJson, type HttpService, type SeenRequest, startHttpService } from '../helpers/http-service.js';

const MINUTE = 60_000;

let folder: string;
let service: HttpService;
let answer: (request: SeenRequest, response: ServerResponse) => void;
const undo: (() => void)[] = [];

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'arena-google-'));
  service = await startHttpService((request, response) => answer(request, response));
  const nothing = {
    GOOGLE_APPLICATION_CREDENTIALS: undefined,
    GCE_METADATA_HOST: undefined,
    METADATA_SERVER_DETECTION: undefined,
  };
  undo.push(setEnvironment({ HOME: folder, CLOUDSDK_CONFIG: folder, ...nothing }));
});

afterEach(async () => {
  for (const each of undo.splice(0).reverse()) each();
  await service.stop();
  rmSync(folder, { recursive: true });
});

const set = (values: { [name: string]: string | undefined }) => undo.push(setEnvironment(values));

/** The file of a workload that another identity stands for: a token of its own is exchanged for one of Google. */
function federation(): string {
  const path = join(folder, 'federation.json');
  const subject = join(folder, 'subject');
  writeFileSync(subject, 'subject-canary-0123456789');
  const account = {
    type: 'external_account',
    audience: '//iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/pool/providers/provider',
    subject_token_type: 'urn:ietf:params:oauth:token-type:jwt',
    token_url: `${service.origin}/token`,
    credential_source: { file: subject },
  };
  writeFileSync(path, JSON.stringify(account));
  return path;
}

/** Tokens g1, g2, … that live an hour. */
function granting(): () => number {
  let count = 0;
  answer = (_request, response) => {
    count += 1;
    response.setHeader('metadata-flavor', 'Google');
    answerJson(response, { access_token: `g${count}-canary-0123456789`, expires_in: 3600, token_type: 'Bearer' });
  };
  return () => count;
}

const failureOf = async (file?: string) => {
  const error = await Promise.resolve(openGoogleTokens(file).current()).catch((reason: unknown) => reason);
  if (!(error instanceof ArenaError)) throw new Error(`not an ArenaError: ${error}`);
  expect(JSON.stringify(error.failure)).not.toMatch(/canary|PRIVATE KEY|assertion|\n\s+at /);
  return error.failure;
};

describe('the metadata server', () => {
  test('gives one token to many calls, and another one before it ends or when it is refused', async () => {
    const count = granting();
    set({ GCE_METADATA_HOST: new URL(service.origin).host, METADATA_SERVER_DETECTION: 'assume-present' });
    let now = Date.now();
    const tokens = openGoogleTokens(undefined, () => now);
    const [first] = await Promise.all([tokens.current(), tokens.current(), tokens.current()]);
    expect(first.value).toBe('g1-canary-0123456789');
    expect(count()).toBe(1);
    expect(service.seen[0]).toMatchObject({
      path: expect.stringMatching(/^\/computeMetadata\/v1\/instance\/service-accounts\/default\/token/),
      headers: { 'metadata-flavor': 'Google' },
    });
    now += MINUTE;
    expect(await tokens.renew(first.mark)).toBe(true);
    expect((await tokens.current()).value).toBe('g2-canary-0123456789');
    now += 58 * MINUTE;
    expect((await tokens.current()).value).toBe('g2-canary-0123456789');
    while (count() < 3) await new Promise((resolve) => setTimeout(resolve, 5));
    while ((await tokens.current()).value !== 'g3-canary-0123456789')
      await new Promise((resolve) => setTimeout(resolve, 5));
  });
});

describe('a file of workload identity federation', () => {
  test.each([
    ['that the provider file names', (path: string) => openGoogleTokens(path)],
    [
      'of GOOGLE_APPLICATION_CREDENTIALS',
      (path: string) => {
        set({ GOOGLE_APPLICATION_CREDENTIALS: path });
        return openGoogleTokens();
      },
    ],
  ])('%s is exchanged for a token', async (_what, openFile) => {
    granting();
    const { value, expiresAt = 0 } = await openFile(federation()).current();
    expect(value).toBe('g1-canary-0123456789');
    expect(expiresAt - Date.now()).toBeGreaterThan(59 * MINUTE);
    const asked = new URLSearchParams(service.seen[0]?.body);
    expect(asked.get('subject_token')).toBe('subject-canary-0123456789');
    expect(asked.get('scope')).toBe('https://www.googleapis.com/auth/cloud-platform');
  });

  test('that is refused says so, and one that cannot be read as well', async () => {
    answer = (_request, response) => answerJson(response, { error: 'invalid_grant', error_description: 'no' }, 400);
    const path = federation();
    expect(await failureOf(path)).toMatchObject({
      code: 'unauthorized',
      hint: expect.stringContaining('credential_file'),
    });
    writeFileSync(path, 'canary-42');
    const unreadable = await failureOf(path);
    expect(unreadable).toMatchObject({ code: 'unauthorized' });
    // A key that was put there by mistake is still a key.
    expect(JSON.stringify(unreadable)).not.toContain('canary');
    expect(await failureOf(join(folder, 'nowhere.json'))).toMatchObject({ code: 'unauthorized' });
  });

  test('is no fault of its own when the service is down or away', async () => {
    const path = federation();
    await service.stop();
    expect(await failureOf(path)).toMatchObject({ code: 'connection_failed' });
  }, 120_000);
});

test('where there is nothing, what was tried is told', async () => {
  set({ METADATA_SERVER_DETECTION: 'none' });
  expect(await failureOf()).toMatchObject({
    code: 'unauthorized',
    message: expect.stringContaining('no token'),
    hint: expect.stringMatching(/GOOGLE_APPLICATION_CREDENTIALS.*gcloud.*metadata server/),
  });
});
