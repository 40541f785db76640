/** Azure's default chain, against services of this machine in place of Azure's. */
import { mkdtempSync, rmSync } from 'node:fs';
import type { ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { ArenaError } from '../../src/core/errors.js';
import { openAzureTokens } from '../../src/io/providers/auth/azure-tokens.js';
import { setEnvironment } from '../helpers/hosted-provider.js';
import { answerJson, type HttpService, type SeenRequest, startHttpService } from '../helpers/http-service.js';

const SCOPE = 'https://cognitiveservices.azure.com/.default';
const MINUTE = 60_000;

let folder: string;
let service: HttpService;
let answer: (request: SeenRequest, response: ServerResponse) => void;
const undo: (() => void)[] = [];

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'arena-azure-'));
  service = await startHttpService((request, response) => answer(request, response));
  const names = [
    'AZURE_TENANT_ID',
    'AZURE_CLIENT_ID',
    'AZURE_CLIENT_SECRET',
    'AZURE_FEDERATED_TOKEN_FILE',
    'MSI_ENDPOINT',
  ];
  undo.push(
    setEnvironment({
      HOME: folder,
      ...Object.fromEntries(names.map((name) => [name, undefined])),
      // The chain as it is on a server: no programs of developers are started.
      AZURE_TOKEN_CREDENTIALS: 'prod',
      IDENTITY_ENDPOINT: `${service.origin}/msi/token`,
      IDENTITY_HEADER: 'header-canary-0123456789',
    }),
  );
});

afterEach(async () => {
  for (const each of undo.splice(0).reverse()) each();
  await service.stop();
  rmSync(folder, { recursive: true });
});

test('the managed identity gives one token to many calls, and another one when it is refused', async () => {
  let count = 0;
  answer = ({ headers }, response) => {
    if (headers['x-identity-header'] !== 'header-canary-0123456789') response.writeHead(401).end();
    count += 1;
    const ends = Math.floor(Date.now() / 1000) + 3600 * 24;
    answerJson(response, { access_token: `a${count}`, expires_on: String(ends), resource: 'r', token_type: 'Bearer' });
  };
  let now = Date.now();
  const tokens = openAzureTokens(SCOPE, () => now);
  const [first] = await Promise.all([tokens.current(), tokens.current()]);
  expect(first.value).toBe('a1');
  expect(service.seen).toHaveLength(1);
  expect(service.seen[0]?.path).toContain('resource=https%3A%2F%2Fcognitiveservices.azure.com');
  expect(tokens.current()).toMatchObject({ value: 'a1' });
  now += MINUTE;
  expect(await tokens.renew(first.mark)).toBe(true);
  expect((await tokens.current()).value).toBe('a2');
});

test('where there is no identity, what was tried is told', async () => {
  undo.push(setEnvironment({ AZURE_TOKEN_CREDENTIALS: 'EnvironmentCredential' }));
  const error = await Promise.resolve(openAzureTokens(SCOPE).current()).catch((reason: unknown) => reason);
  if (!(error instanceof ArenaError)) throw new Error(`not an ArenaError: ${error}`);
  expect(error.failure).toMatchObject({
    code: 'unauthorized',
    message: expect.stringMatching(/^Microsoft Entra gives this process no token \(/),
    hint: expect.stringMatching(/AZURE_CLIENT_SECRET.*AKS.*managed identity.*az login.*AZURE_OPENAI_API_KEY/),
  });
  expect(JSON.stringify(error.failure)).not.toMatch(/canary|\n\s+at /);
});
