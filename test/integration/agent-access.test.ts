import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from '@jest/globals';
import { ConnectionSlots } from '../../src/io/agents/connection-slots.js';
import { ServiceToken } from '../../src/io/agents/service-token.js';
import { createProviders, refusalOf } from '../../src/io/providers/create.js';
import { providerSpecSchema } from '../../src/schema/provider.js';
import { agentAt, failureOf, Talk } from '../helpers/agent-calls.js';
import { AgentSide } from '../helpers/agent-side.js';
import { answerJson, type HttpService, startHttpService } from '../helpers/http-service.js';
import { waitFor } from '../helpers/wait-for.js';

const TOKEN = 'agent-token-4f1c9a';
const side = new AgentSide();
let folder: string | undefined;
let issuer: HttpService | undefined;

afterEach(async () => {
  await side.stop();
  await issuer?.stop();
  if (folder !== undefined) rmSync(folder, { recursive: true });
  folder = issuer = undefined;
});

function fileWith(text: string): string {
  folder ??= mkdtempSync(join(tmpdir(), 'arena-agent-'));
  const file = join(folder, 'token');
  writeFileSync(file, text);
  return file;
}

describe('the token of an agent', () => {
  test.each<[where: string, more: () => object, env: object]>([
    ['written', () => ({ credential: { api_key: TOKEN } }), {}],
    ['from a file', () => ({ credential: { credential_file: fileWith(`${TOKEN}\n`) } }), {}],
    ['from a variable', () => ({ credential: { credential_env: 'AGENT_TOKEN' } }), { AGENT_TOKEN: TOKEN }],
    ['in a header of the provider file', () => ({ headers: { Authorization: `Bearer ${TOKEN}` } }), {}],
  ])('is sent as bearer: %s', async (_, more, env) => {
    await side.start({ token: TOKEN });
    expect((await side.talk(more(), undefined, env).say('a')).content).toBe('Echo: a');
  });

  test('that is wrong is told with where to mend it, and without itself', async () => {
    await side.start({ token: TOKEN });
    const failure = await failureOf(side.talk({ credential: { api_key: 'another-secret-7' } }).say('a'));
    expect(failure).toMatchObject({ code: 'unauthorized', status: 401, hint: expect.stringContaining('api_key') });
    expect(JSON.stringify(failure)).not.toContain('another-secret-7');
  });

  test('is read again when the agent refuses it', async () => {
    const file = fileWith('old-token');
    const { url, port } = await side.start({ token: 'old-token' });
    const provider = agentAt(url, { credential: { credential_file: file } });
    const first = new Talk(provider);
    await first.say('a');
    first.end();
    await side.start({ token: TOKEN, port });
    writeFileSync(file, TOKEN);
    const second = new Talk(provider);
    expect((await second.say('a')).content).toBe('Echo: a');
    second.end();
  });

  test('is taken out of what the agent says of it', async () => {
    await side.start({ token: TOKEN });
    const talk = side.talk({ credential: { api_key: TOKEN }, include_raw_output: true });
    const answer = await talk.say(`my token is ${TOKEN}`);
    expect(answer.content).toBe('Echo: my token is ***');
    expect(answer.raw).toMatchObject({ type: 'done' });
    expect(JSON.stringify(answer)).not.toContain(TOKEN);
  });
});

describe('a token that is issued to the service account', () => {
  const start = async (tokens: string[], lifeS = 300) => {
    issuer = await startHttpService((_, response) => {
      const token = tokens.length > 1 ? tokens.shift() : tokens[0];
      setTimeout(() => answerJson(response, { token, expires_at: Math.floor(Date.now() / 1000) + lifeS }), 20);
    });
    return (more: object = {}) => ({
      service_token: {
        url: `${issuer?.origin}/api/auth/service-token`,
        token_file: fileWith('account-token'),
        ...more,
      },
    });
  };

  // shows Provider.spec.credential.service_token.url, Provider.spec.credential.service_token.token_file
  // shows Provider.spec.credential.service_token.workspace
  test('is minted once for many connections', async () => {
    const agent = await side.start({ token: TOKEN });
    const issued = await start([TOKEN]);
    const provider = agentAt(agent.url, { agent: 'guide', credential: issued({ workspace: 'shop' }) });
    const talks = Array.from({ length: 20 }, () => new Talk(provider));
    await Promise.all(talks.map((talk) => talk.say('a')));
    for (const talk of talks) talk.end();
    expect(agent.stats().connections.opened).toBe(20);
    expect(issuer?.seen).toHaveLength(1);
    expect(issuer?.seen[0]).toMatchObject({
      method: 'POST',
      path: '/api/auth/service-token',
      headers: { authorization: 'Bearer account-token' },
    });
    expect(JSON.parse(issuer?.seen[0]?.body ?? '')).toEqual({ agent: 'guide', workspace: 'shop' });
  });

  // shows Provider.spec.credential.service_token.agent
  test('is for another agent where the provider file says so', async () => {
    await side.start({ token: TOKEN });
    const issued = await start([TOKEN]);
    await side.talk({ agent: 'guide', credential: issued({ agent: 'other' }) }).say('a');
    expect(JSON.parse(issuer?.seen[0]?.body ?? '')).toEqual({ agent: 'other' });
  });

  test('is minted anew when the agent refuses it', async () => {
    await side.start({ token: TOKEN });
    const issued = await start(['revoked', TOKEN]);
    expect((await side.talk({ credential: issued() }).say('a')).content).toBe('Echo: a');
    expect(issuer?.seen).toHaveLength(2);
  });

  test('is used until half a minute before it expires', async () => {
    await start([TOKEN], 100);
    let now = Date.now();
    const token = new ServiceToken({ url: `${issuer?.origin}/t`, tokenFile: fileWith('a'), now: () => now });
    for (const [laterMs, minted] of [
      [0, 1],
      [60_000, 1],
      [20_000, 2],
    ] as const) {
      now += laterMs;
      await token.ready();
      expect([token.key(), issuer?.seen.length]).toEqual([TOKEN, minted]);
    }
  });

  test.each<[what: string, answer: object | number, code: string]>([
    ['refuses', 403, 'unauthorized'],
    ['is down', 500, 'provider_unavailable'],
    ['says nothing of use', { hello: 1 }, 'malformed_answer'],
    ['gives what no header can carry', { token: 'a\nb' }, 'malformed_answer'],
  ])('is not there when its issuer %s', async (_, answer, code) => {
    await side.start();
    issuer = await startHttpService((_request, response) => {
      if (typeof answer === 'number') response.writeHead(answer).end('no, account-token');
      else answerJson(response, answer);
    });
    const service_token = { url: `${issuer.origin}/t`, token_file: fileWith('account-token') };
    const failure = await failureOf(side.talk({ credential: { service_token } }).say('a'));
    expect(failure.code).toBe(code);
    expect(JSON.stringify(failure)).not.toContain('account-token');
  });

  test('is not there outside of a cluster, which is told', async () => {
    await side.start();
    const service_token = { url: 'http://127.0.0.1:9/t', token_file: '/nowhere/token' };
    expect(await failureOf(side.talk({ credential: { service_token } }).say('a'))).toMatchObject({
      code: 'unauthorized',
      hint: expect.stringContaining('token_file'),
    });
  });

  test('is nothing for bundles from elsewhere', () => {
    const service_token = { url: 'https://issuer.example/t' };
    const spec = providerSpecSchema.parse({ type: 'agent', url: 'wss://a.example', credential: { service_token } });
    const document = { id: 'agent', spec, group: 'default', at: () => 'agent.yaml:1:1' };
    const bundle = { arena: { spec: {} as never }, providers: new Map([['agent', document]]), files: new Map() };
    const provider = createProviders(bundle, { env: {}, openToBundle: () => undefined }).get('agent');
    expect(provider && refusalOf(provider)).toMatchObject({
      code: 'invalid_input',
      message: expect.stringContaining('may not use the service account'),
    });
  });
});

describe('what a connection brings', () => {
  // shows Provider.spec.namespace, Provider.spec.agent
  test('are names in its address, headers, and metadata with each message', async () => {
    const seen: string[] = [];
    issuer = await startHttpService((request, response) => {
      seen.push(request.path, String(request.headers['x-team']), String(request.headers['sec-websocket-extensions']));
      response.writeHead(404).end();
    });
    const url = issuer.origin.replace('http:', 'ws:');
    const provider = agentAt(url, { agent: 'guide', namespace: 'shop', headers: { 'X-Team': 'a' } });
    await failureOf(new Talk(provider).say('a'));
    expect(seen).toEqual(['/ws?agent=guide&namespace=shop', 'a', 'undefined']);
  });
});

describe('the connections of a process', () => {
  test('are as many as the provider file allows: others wait, and idle ones make room', async () => {
    const agent = await side.start({ latencyMs: 30 });
    const provider = agentAt(agent.url, { additional_config: { max_connections: 2 } });
    const talks = Array.from({ length: 6 }, () => new Talk(provider));
    // None of them ends before all have had their turns.
    for (const turn of [1, 2]) {
      const answers = await Promise.all(talks.map((talk, index) => talk.say(`${index} ${turn}`)));
      expect(answers.map(({ content }) => content)).toEqual(talks.map((_, index) => `Echo: ${index} ${turn}`));
    }
    for (const talk of talks) talk.end();
    expect(agent.stats()).toMatchObject({
      connections: { peak: 2 },
      sessions: 6,
      turns: { repeated: 0 },
      violations: {},
    });
  });

  test('that nobody waits for any more are given to the next', async () => {
    const slots = new ConnectionSlots(10);
    const { signal } = new AbortController();
    const held = await slots.acquire(1, signal);
    const gone = new AbortController();
    const waiting = slots.acquire(1, gone.signal);
    const next = slots.acquire(1, signal);
    gone.abort(new Error('enough'));
    await expect(waiting).rejects.toThrow('enough');
    held.release();
    held.release();
    (await next).release();
    const [one] = await Promise.all([slots.acquire(1, signal)]);
    let closed = false;
    one.idle(() => {
      closed = true;
      one.release();
    });
    await slots.acquire(1, signal);
    expect(closed).toBe(true);
  });

  test('wait for a place at an agent that is full, which is no failure', async () => {
    const agent = await side.start({ maxConnections: 1, latencyMs: 30 });
    const provider = agentAt(agent.url);
    const waits = await Promise.all(
      [1, 2, 3].map(async (number) => {
        const talk = new Talk(provider);
        const { content, waitMs = 0 } = await talk.say(String(number));
        expect(content).toBe(`Echo: ${number}`);
        talk.end();
        return waitMs;
      }),
    );
    expect(Math.max(...waits)).toBeGreaterThanOrEqual(500);
    expect(agent.stats()).toMatchObject({ connections: { peak: 1 }, turns: { asked: 3, done: 3 } });
  });

  test('are refused by an agent that is full with those of others', async () => {
    const agent = await side.start({ maxConnections: 1 });
    const first = side.talk();
    await first.say('a');
    const second = side.talk();
    expect(await failureOf(second.say('b'))).toMatchObject({ code: 'provider_unavailable', status: 503 });
    first.end();
    await waitFor('room', () => (agent.stats().connections.open === 0 ? true : undefined));
    expect((await second.ask()).content).toBe('Echo: b');
  });
});
