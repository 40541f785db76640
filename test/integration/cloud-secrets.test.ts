/** Keys of accounts that are exchanged for tokens over TLS. */
import { spawn } from 'node:child_process';
import { createVerify, generateKeyPairSync } from 'node:crypto';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { answerJson } from '../helpers/http-service.js';
import { portOf, TokenServices } from '../helpers/token-services.js';

const SECRET = 'client-secret-canary-0123456789';
const TOKEN = 'token-0123456789';

let tokens: TokenServices;

beforeEach(async () => {
  tokens = await TokenServices.start();
});

afterEach(() => tokens.stop());

/** What a process says that asks for a token: the token, or the failure. */
async function tokenOf(module: string, open: string, env: { [name: string]: string }): Promise<string> {
  const address = new URL(`../../dist/src/io/providers/auth/${module}.js`, import.meta.url);
  const code = `import { ${open.split('(')[0]} } from ${JSON.stringify(address.href)};
    try { const tokens = ${open}; console.log((await tokens.current()).value); }
    catch (error) { console.log(JSON.stringify(error.failure ?? String(error))); }`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', code], {
    env: { PATH: process.env.PATH, HOME: tokens.folder, ...tokens.trust, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const said: Buffer[] = [];
  const complained: Buffer[] = [];
  child.stdout.on('data', (chunk) => said.push(chunk));
  child.stderr.on('data', (chunk) => complained.push(chunk));
  await once(child, 'close');
  // Nothing of the libraries reaches the terminal.
  expect(Buffer.concat(complained).toString()).toBe('');
  return Buffer.concat(said).toString().trim();
}

test('a key file of a Google service account is proven by its signature', async () => {
  const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const file = join(tokens.folder, 'key.json');
  const account = {
    type: 'service_account',
    project_id: 'p',
    private_key_id: 'kid',
    private_key: privateKey.export({ type: 'pkcs8', format: 'pem' }),
    client_email: 'arena@p.iam.gserviceaccount.com',
    client_id: '1',
  };
  writeFileSync(file, JSON.stringify(account));
  const env = { GOOGLE_APPLICATION_CREDENTIALS: file, ...tokens.inPlaceOfGoogle };
  tokens.answer = (_path, response) =>
    answerJson(response, { access_token: TOKEN, expires_in: 3600, token_type: 'Bearer' });
  expect(await tokenOf('google-tokens', 'openGoogleTokens()', env)).toBe(TOKEN);
  expect(tokens.asked[0]?.path).toBe('/token');
  const [head = '', claims = '', signature = ''] = (
    new URLSearchParams(tokens.asked[0]?.body).get('assertion') ?? ''
  ).split('.');
  const verify = createVerify('RSA-SHA256').update(`${head}.${claims}`);
  expect(verify.verify(publicKey, signature, 'base64url')).toBe(true);
  expect(JSON.parse(Buffer.from(claims, 'base64url').toString())).toMatchObject({
    iss: 'arena@p.iam.gserviceaccount.com',
    scope: 'https://www.googleapis.com/auth/cloud-platform',
  });

  tokens.answer = (_path, response) => answerJson(response, { error: 'invalid_grant', error_description: 'gone' }, 400);
  const refused = await tokenOf('google-tokens', 'openGoogleTokens()', env);
  expect(JSON.parse(refused)).toMatchObject({ code: 'unauthorized', hint: expect.stringContaining('Vertex AI User') });
  expect(refused).not.toMatch(/PRIVATE KEY|assertion|eyJ/);
});

describe('a service account that is taken on', () => {
  const ACCOUNT = 'model@p.iam.gserviceaccount.com';
  const open = `openGoogleTokens(undefined, undefined, ${JSON.stringify(ACCOUNT)})`;
  let metadata: Server;
  /** What the metadata server says this machine is. */
  let own: string;

  beforeEach(async () => {
    metadata = createServer((request, response) => {
      response.setHeader('metadata-flavor', 'Google');
      const { url = '' } = request;
      if (url.includes('/token')) answerJson(response, { access_token: 'own-0123456789', expires_in: 3600 });
      else if (url.endsWith('/email')) response.end(own);
      else response.writeHead(404).end();
    });
    metadata.listen(0, '127.0.0.1');
    await once(metadata, 'listening');
  });

  afterEach(() => {
    metadata.closeAllConnections();
    metadata.close();
  });

  const env = () => ({
    GCE_METADATA_HOST: `127.0.0.1:${portOf(metadata)}`,
    METADATA_SERVER_DETECTION: 'assume-present',
    ...tokens.inPlaceOfGoogle,
  });

  test('gives its own token', async () => {
    own = 'node@p.iam.gserviceaccount.com';
    const expireTime = new Date(Date.now() + 3_600_000).toISOString();
    tokens.answer = (_path, response) => answerJson(response, { accessToken: TOKEN, expireTime });
    expect(await tokenOf('google-tokens', open, env())).toBe(TOKEN);
    expect(tokens.asked[0]?.path).toBe(`/v1/projects/-/serviceAccounts/${ACCOUNT}:generateAccessToken`);
    expect(JSON.parse(tokens.asked[0]?.body ?? '')).toMatchObject({
      scope: ['https://www.googleapis.com/auth/cloud-platform'],
    });
  });

  test('that does not let itself be taken on is told with what to grant', async () => {
    own = 'node@p.iam.gserviceaccount.com';
    tokens.answer = (_path, response) =>
      answerJson(response, { error: { status: 'PERMISSION_DENIED', message: 'own-0123456789' } }, 403);
    const refused = await tokenOf('google-tokens', open, env());
    expect(JSON.parse(refused)).toMatchObject({
      code: 'unauthorized',
      message: expect.stringContaining(`as ${ACCOUNT} (HTTP 403)`),
      hint: expect.stringContaining(`Service Account Token Creator on it`),
    });
    expect(refused).not.toContain('own-0123456789');
  });

  test('is not taken on by itself', async () => {
    own = ACCOUNT;
    expect(await tokenOf('google-tokens', open, env())).toBe('own-0123456789');
    expect(tokens.asked).toEqual([]);
  });
});

test('a client secret of Azure is exchanged at its authority', async () => {
  const { authority, tenant } = tokens.azure;
  const env = {
    AZURE_AUTHORITY_HOST: authority,
    AZURE_TENANT_ID: tenant,
    AZURE_CLIENT_ID: 'client',
    AZURE_CLIENT_SECRET: SECRET,
    AZURE_TOKEN_CREDENTIALS: 'EnvironmentCredential',
  };
  const scope = 'https://cognitiveservices.azure.com/.default';
  const isSettings = (path: string) => tokens.azureSettings(path) !== undefined;
  tokens.answer = (path, response) =>
    answerJson(response, tokens.azureSettings(path) ?? { access_token: TOKEN, expires_in: 3600, token_type: 'Bearer' });
  const open = `openAzureTokens(${JSON.stringify(scope)})`;
  expect(await tokenOf('azure-tokens', open, env)).toBe(TOKEN);
  const exchanged = new URLSearchParams(tokens.asked.find(({ path }) => !isSettings(path))?.body);
  expect(exchanged.get('client_secret')).toBe(SECRET);
  expect(exchanged.get('scope')).toContain(scope);

  const invalid = { error: 'invalid_client', error_description: 'AADSTS7000215: Invalid client secret provided.' };
  tokens.answer = (path, response) =>
    answerJson(response, tokens.azureSettings(path) ?? invalid, isSettings(path) ? 200 : 401);
  const refused = await tokenOf('azure-tokens', open, env);
  expect(JSON.parse(refused)).toMatchObject({
    code: 'unauthorized',
    message: expect.stringContaining('AADSTS7000215'),
    hint: expect.stringContaining('AZURE_CLIENT_SECRET'),
  });
  expect(refused).not.toContain('canary');
});
