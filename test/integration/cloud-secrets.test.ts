/**
 * Keys of accounts that are exchanged for tokens over TLS, at addresses that the libraries have built in: a process of its
 * own trusts our authority, and reaches us through a proxy.
 */
import { spawn } from 'node:child_process';
import { createVerify, generateKeyPairSync } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer as createProxy, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createServer } from 'node:https';
import { type AddressInfo, connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { selfSigned } from '../helpers/self-signed.js';

const SECRET = 'client-secret-canary-0123456789';
const TOKEN = 'token-0123456789';

let folder: string;
let service: Server;
let proxy: Server;
let asked: { path: string; body: string }[];
let answer: (path: string, response: ServerResponse) => void;

const portOf = (server: Server) => (server.address() as AddressInfo).port;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'arena-cloud-'));
  asked = [];
  const certificate = selfSigned(['localhost', 'oauth2.googleapis.com', 'iamcredentials.googleapis.com']);
  writeFileSync(join(folder, 'ca.pem'), certificate.cert);
  service = createServer(certificate, async (request: IncomingMessage, response: ServerResponse) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    asked.push({ path: request.url ?? '', body: Buffer.concat(chunks).toString() });
    answer(request.url ?? '', response);
  });
  // Whatever is asked for, it is us who answer.
  proxy = createProxy().on('connect', (_request, socket) => {
    const onward = connect(portOf(service), '127.0.0.1', () => {
      socket.write('HTTP/1.1 200 OK\r\n\r\n');
      socket.pipe(onward).pipe(socket);
    });
    onward.on('error', () => socket.destroy());
    socket.on('error', () => onward.destroy());
  });
  for (const server of [service, proxy]) {
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
  }
});

afterEach(() => {
  for (const server of [service, proxy]) {
    server.closeAllConnections();
    server.close();
  }
  rmSync(folder, { recursive: true });
});

/** What a process says that asks for a token: the token, or the failure. */
async function tokenOf(module: string, open: string, env: { [name: string]: string }): Promise<string> {
  const address = new URL(`../../dist/src/io/providers/auth/${module}.js`, import.meta.url);
  const code = `import { ${open.split('(')[0]} } from ${JSON.stringify(address.href)};
    try { const tokens = ${open}; console.log((await tokens.current()).value); }
    catch (error) { console.log(JSON.stringify(error.failure ?? String(error))); }`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', code], {
    env: { PATH: process.env.PATH, HOME: folder, NODE_EXTRA_CA_CERTS: join(folder, 'ca.pem'), ...env },
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

function answerJson(response: ServerResponse, value: object, status = 200): void {
  response.writeHead(status, { 'content-type': 'application/json' });
  response.end(JSON.stringify(value));
}

test('a key file of a Google service account is proven by its signature', async () => {
  const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const file = join(folder, 'key.json');
  const account = {
    type: 'service_account',
    project_id: 'p',
    private_key_id: 'kid',
    private_key: privateKey.export({ type: 'pkcs8', format: 'pem' }),
    client_email: 'arena@p.iam.gserviceaccount.com',
    client_id: '1',
  };
  writeFileSync(file, JSON.stringify(account));
  const env = { GOOGLE_APPLICATION_CREDENTIALS: file, HTTPS_PROXY: `http://127.0.0.1:${portOf(proxy)}` };
  answer = (_path, response) => answerJson(response, { access_token: TOKEN, expires_in: 3600, token_type: 'Bearer' });
  expect(await tokenOf('google-tokens', 'openGoogleTokens()', env)).toBe(TOKEN);
  expect(asked[0]?.path).toBe('/token');
  const [head = '', claims = '', signature = ''] = (new URLSearchParams(asked[0]?.body).get('assertion') ?? '').split(
    '.',
  );
  const verify = createVerify('RSA-SHA256').update(`${head}.${claims}`);
  expect(verify.verify(publicKey, signature, 'base64url')).toBe(true);
  expect(JSON.parse(Buffer.from(claims, 'base64url').toString())).toMatchObject({
    iss: 'arena@p.iam.gserviceaccount.com',
    scope: 'https://www.googleapis.com/auth/cloud-platform',
  });

  answer = (_path, response) => answerJson(response, { error: 'invalid_grant', error_description: 'gone' }, 400);
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
    metadata = createProxy((request, response) => {
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
    HTTPS_PROXY: `http://127.0.0.1:${portOf(proxy)}`,
    NO_PROXY: '127.0.0.1',
  });

  test('gives its own token', async () => {
    own = 'node@p.iam.gserviceaccount.com';
    const expireTime = new Date(Date.now() + 3_600_000).toISOString();
    answer = (_path, response) => answerJson(response, { accessToken: TOKEN, expireTime });
    expect(await tokenOf('google-tokens', open, env())).toBe(TOKEN);
    expect(asked[0]?.path).toBe(`/v1/projects/-/serviceAccounts/${ACCOUNT}:generateAccessToken`);
    expect(JSON.parse(asked[0]?.body ?? '')).toMatchObject({
      scope: ['https://www.googleapis.com/auth/cloud-platform'],
    });
  });

  test('that does not let itself be taken on is told with what to grant', async () => {
    own = 'node@p.iam.gserviceaccount.com';
    answer = (_path, response) =>
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
    expect(asked).toEqual([]);
  });
});

test('a client secret of Azure is exchanged at its authority', async () => {
  const authority = `https://localhost:${portOf(service)}`;
  const env = {
    AZURE_AUTHORITY_HOST: authority,
    // Authorities of this kind are asked nothing of the public cloud.
    AZURE_TENANT_ID: 'adfs',
    AZURE_CLIENT_ID: 'client',
    AZURE_CLIENT_SECRET: SECRET,
    AZURE_TOKEN_CREDENTIALS: 'EnvironmentCredential',
  };
  const scope = 'https://cognitiveservices.azure.com/.default';
  const isSettings = (path: string) => path.includes('/.well-known/');
  const settings = {
    issuer: `${authority}/adfs`,
    authorization_endpoint: `${authority}/adfs/oauth2/authorize`,
    token_endpoint: `${authority}/adfs/oauth2/token`,
    jwks_uri: `${authority}/adfs/discovery/keys`,
  };
  answer = (path, response) =>
    answerJson(response, isSettings(path) ? settings : { access_token: TOKEN, expires_in: 3600, token_type: 'Bearer' });
  const open = `openAzureTokens(${JSON.stringify(scope)})`;
  expect(await tokenOf('azure-tokens', open, env)).toBe(TOKEN);
  const exchanged = new URLSearchParams(asked.find(({ path }) => !isSettings(path))?.body);
  expect(exchanged.get('client_secret')).toBe(SECRET);
  expect(exchanged.get('scope')).toContain(scope);

  const invalid = { error: 'invalid_client', error_description: 'AADSTS7000215: Invalid client secret provided.' };
  answer = (path, response) =>
    answerJson(response, isSettings(path) ? settings : invalid, isSettings(path) ? 200 : 401);
  const refused = await tokenOf('azure-tokens', open, env);
  expect(JSON.parse(refused)).toMatchObject({
    code: 'unauthorized',
    message: expect.stringContaining('AADSTS7000215'),
    hint: expect.stringContaining('AZURE_CLIENT_SECRET'),
  });
  expect(refused).not.toContain('canary');
});
