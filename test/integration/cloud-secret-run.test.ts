/** Models of three clouds whose credentials stand in Kubernetes Secrets, called by a real worker. */
import { generateKeyPairSync } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { stringify } from 'yaml';
import { EXIT } from '../../src/core/exit-codes.js';
import { ArenaUser } from '../helpers/arena-command.js';
import { answerJson, type HttpService, type SeenRequest, startHttpService } from '../helpers/http-service.js';
import { KubernetesApi } from '../helpers/kubernetes-api.js';
import { expectedSignature, signatureOf } from '../helpers/sigv4-check.js';
import { TokenServices } from '../helpers/token-services.js';

const AWS_SECRET = 'canary-aws-5d0e7b31c9';
const CLIENT_SECRET = 'canary-azure-77a0f3d1';
const GOOGLE_TOKEN = 'canary-google-token-4c1d';
const AZURE_TOKEN = 'canary-azure-token-9be2';
const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
const PRIVATE_KEY = String(privateKey.export({ type: 'pkcs8', format: 'pem' }));

const user = new ArenaUser();
let api: KubernetesApi;
let models: HttpService;
let tokens: TokenServices;

beforeAll(async () => {
  [api, tokens] = await Promise.all([KubernetesApi.start(), TokenServices.start()]);
  api.secrets.set('shop/aws', { AWS_ACCESS_KEY_ID: 'AKIA-SHOP', AWS_SECRET_ACCESS_KEY: AWS_SECRET });
  api.secrets.set('shop/google', {
    'key.json': JSON.stringify({
      type: 'service_account',
      private_key: PRIVATE_KEY,
      client_email: 'shop@p.iam.gserviceaccount.com',
      project_id: 'p',
    }),
  });
  api.secrets.set('shop/azure', {
    AZURE_TENANT_ID: tokens.azure.tenant,
    AZURE_CLIENT_ID: 'shop',
    AZURE_CLIENT_SECRET: CLIENT_SECRET,
  });
  tokens.answer = (path, response) => {
    const token = path.includes(tokens.azure.tenant) ? AZURE_TOKEN : GOOGLE_TOKEN;
    answerJson(response, tokens.azureSettings(path) ?? { access_token: token, expires_in: 3600, token_type: 'Bearer' });
  };
  models = await startHttpService(({ headers, path }, response) => {
    const sent = String(headers.authorization);
    const said = `you sent ${sent}, ${Buffer.from(sent).toString('base64')}`;
    if (path.includes('/invoke')) {
      answerJson(response, { content: [{ type: 'text', text: said }], stop_reason: 'end_turn', usage: {} });
    } else if (path.includes('generateContent')) {
      answerJson(response, {
        candidates: [{ content: { role: 'model', parts: [{ text: said }] }, finishReason: 'STOP' }],
      });
    } else
      answerJson(response, { choices: [{ message: { role: 'assistant', content: said }, finish_reason: 'stop' }] });
  });
  const hosted = (type: string, model: string, platform: object, auth: string, secret: string) => ({
    type,
    model,
    platform: { endpoint: models.origin, ...platform, auth: { type: auth, secret_ref: { name: secret } } },
  });
  const spec = {
    prompt_specs: { main: { task_type: 'main', system_template: 'Help.' } },
    provider_specs: {
      aws: hosted('claude', 'claude-sonnet-4-5', { type: 'bedrock', region: 'us-west-2' }, 'accessKey', 'aws'),
      google: hosted(
        'gemini',
        'gemini-2.5-pro',
        { type: 'vertex', region: 'us-east5', project: 'shop-1' },
        'serviceAccount',
        'google',
      ),
      azure: hosted('openai', 'gpt-4o', { type: 'azure' }, 'servicePrincipal', 'azure'),
    },
    scenario_specs: { talk: { task_type: 'main', turns: [{ role: 'user', content: 'Hello' }] } },
    defaults: { output: { dir: 'out' } },
  };
  user.write({ 'config.arena.yaml': stringify({ kind: 'Arena', metadata: { name: 'clouds' }, spec }) });
});

afterAll(async () => {
  await user.remove();
  await Promise.all([api.stop(), models.stop()]);
  tokens.stop();
});

test('each is called as its Secret says, and nothing of it is left anywhere', async () => {
  const { code, stdout, stderr } = await user.arena(['run', '.', '--format', 'json,html', '--verbose'], {
    ...api.env,
    ...tokens.trust,
    ...tokens.inPlaceOfGoogle,
    AZURE_AUTHORITY_HOST: tokens.azure.authority,
    ARENA_SERVICE_ACCOUNT_DIR: api.folder,
  });
  expect(code === EXIT.ok ? '' : stderr).toBe('');
  const called = (part: string): SeenRequest => {
    const [request, ...others] = models.seen.filter(({ path }) => path.includes(part));
    if (request === undefined || others.length > 0) throw new Error(`${others.length} more of ${part}`);
    return request;
  };
  const signed = called('/invoke');
  expect(signatureOf(signed)).toMatchObject({ accessKeyId: 'AKIA-SHOP', region: 'us-west-2', service: 'bedrock' });
  expect(signatureOf(signed).signature).toBe(expectedSignature(signed, AWS_SECRET));
  expect(called('/projects/shop-1/locations/us-east5/').headers.authorization).toBe(`Bearer ${GOOGLE_TOKEN}`);
  expect(called('/deployments/gpt-4o/').headers.authorization).toBe(`Bearer ${AZURE_TOKEN}`);
  // Each token was bought once, with what stands in its Secret.
  const bought = tokens.asked.filter(({ body }) => body !== '').map(({ body }) => new URLSearchParams(body));
  expect(bought.map((form) => form.get('grant_type')).sort()).toEqual([
    'client_credentials',
    'urn:ietf:params:oauth:grant-type:jwt-bearer',
  ]);
  expect(bought.find((form) => form.has('client_secret'))?.get('client_secret')).toBe(CLIENT_SECRET);
  const answers = user.results().flatMap(({ messages }) => messages.filter(({ role }) => role === 'assistant'));
  expect(answers).toHaveLength(3);
  const written = readdirSync(join(user.folder, 'out'), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => readFileSync(join(entry.parentPath, entry.name), 'latin1'));
  const everything = [stdout, stderr, ...written, ...user.stored()];
  const core = PRIVATE_KEY.split('\n')[5] ?? '';
  const secrets = [AWS_SECRET, CLIENT_SECRET, GOOGLE_TOKEN, AZURE_TOKEN, core, 'service-account-token'];
  const inBase64 = ['', 'x', 'xx'].flatMap((before) =>
    secrets.map((secret) =>
      Buffer.from(`${before}${secret}`)
        .toString('base64')
        .slice(before === '' ? 0 : 4, -4),
    ),
  );
  expect([...secrets, ...inBase64].filter((form) => everything.some((text) => text.includes(form)))).toEqual([]);
}, 120_000);
