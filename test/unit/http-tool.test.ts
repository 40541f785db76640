import type { ServerResponse } from 'node:http';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { JsonValue } from '../../src/core/conversation.js';
import type { ToolArguments, ToolOutput } from '../../src/core/tool.js';
import { createTool } from '../../src/io/tools/create-tool.js';
import { httpToolSchema } from '../../src/schema/http-tool.js';
import { toolSpecSchema } from '../../src/schema/tool.js';
import { answerJson, type HttpService, type SeenRequest, startHttpService } from '../helpers/http-service.js';

const CANARY = 'canary-5f2b77';
/** As it stands in a bundle. */
const KEY = '$'.concat('{SHOP_KEY}');
const SETTINGS = {
  env: { SHOP_KEY: CANARY, HIDDEN: 'x' },
  bundleEnv: ['SHOP_*'],
  allowExec: false,
  allowStdioMcp: false,
};
const OPTIONS = { signal: new AbortController().signal, idempotencyKey: 'run/item/3' };

let service: HttpService;

const ANSWERS: { [path: string]: (request: SeenRequest, response: ServerResponse) => void } = {
  '/echo': ({ body, headers }, response) => answerJson(response, { got: body, key: headers.authorization }),
  '/weather': (_, response) => answerJson(response, { current: { temp: 21, unit: 'C' }, noise: true }),
  '/refuse': ({ headers }, response) => answerJson(response, { error: 'no such city', sent: headers['x-key'] }, 404),
  '/text': (_, response) => response.end('it rains'),
  '/empty': (_, response) => response.writeHead(204).end(),
  '/picture': (_, response) =>
    response.writeHead(200, { 'content-type': 'image/png' }).end(Buffer.from([137, 80, 255])),
  '/large': (_, response) => response.end(Buffer.alloc(50 * 1024 * 1024, 'a')),
  '/away': (_, response) => response.writeHead(302, { location: 'http://127.0.0.1:9/stolen' }).end(),
  '/moved': (_, response) => response.writeHead(307, { location: '/weather' }).end(),
  '/loop': (_, response) => response.writeHead(302, { location: '/loop' }).end(),
  '/drop': (_, response) => response.destroy(),
  '/slow': () => undefined,
};

beforeAll(async () => {
  service = await startHttpService((request, response) => {
    const answer = ANSWERS[request.path];
    if (answer === undefined) answerJson(response, { ok: true });
    else answer(request, response);
  });
});

afterAll(() => service.stop());

function call(http: { [field: string]: JsonValue }, args: ToolArguments = {}, more = {}): Promise<ToolOutput> {
  const url = `${service.origin}${http.path ?? '/ok'}`;
  const { path: _, ...rest } = http;
  const written = { description: 'd', input_schema: {}, mode: 'live', http: { url, ...rest }, ...more };
  const tool = createTool({ name: 'shop', spec: toolSpecSchema.parse(written) }, SETTINGS);
  return Promise.resolve(tool.run(args, OPTIONS));
}

const sent = async (http: { [field: string]: JsonValue }, args: ToolArguments = {}) => {
  await call(http, args);
  const request = service.seen.at(-1);
  if (request === undefined) throw new Error('nothing was sent');
  return request;
};

describe('what a live tool sends', () => {
  // shows Tool.spec.http.url, Tool.spec.http.method
  test.each([
    [{ path: '/u/{{.id}}', method: 'get' }, { id: 'a/b?c#d e' }, '/u/a%2Fb%3Fc%23d%20e?id=a%2Fb%3Fc%23d+e'],
    [{ path: '/s?q={{.q}}' }, { q: 'x&y=z' }, '/s?q=x%26y%3Dz'],
    [{ path: '/s?q={{urlquery .q}}' }, { q: 'x&y' }, '/s?q=x%26y'],
    [
      { path: '/s', method: 'DELETE' },
      { n: 3, all: true, tags: ['a', 'b'], deep: { k: 1 } },
      '/s?n=3&all=true&tags=a&tags=b&deep=%7B%22k%22%3A1%7D',
    ],
  ])('escapes arguments in the address %j', async (http, args, path) => {
    expect((await sent(http, args)).path).toBe(path);
  });

  test.each([
    [{ path: '/u/{{.id}}' }, { id: '..' }, 'a step to another folder'],
    [{ path: '/u/{{.id}}' }, {}, 'an argument that the url needs is missing'],
    [{ url: '{{.any}}' }, { any: 'nowhere' }, 'no address'],
    [{ url: '{{.any}}:///etc/passwd' }, { any: 'file' }, 'neither http nor https'],
    [{ headers: { 'X-Name': '{{.name}}' } }, { name: 'a\r\nHost: evil' }, 'a line break'],
  ])('sends nothing for %j with %j', async (http, args, reason) => {
    const before = service.seen.length;
    await expect(call(http, args)).rejects.toThrow(reason);
    expect(service.seen).toHaveLength(before);
  });

  test.each([
    ['ftp://files.example.com/{{.name}}', false],
    ['/orders', false],
    ['HTTPS://api.example.com/{{.name}}', true],
    ['{{.base}}/orders', true],
  ])('an address that is written out leads to the web: %s', (url, fits) => {
    expect(httpToolSchema.safeParse({ url }).success).toBe(fits);
  });

  test('posts the arguments as JSON, with a key that is the same when the call is repeated', async () => {
    const { method, body, headers } = await sent({}, { city: 'Bern', n: 2 });
    expect([method, body, headers['content-type']]).toEqual(['POST', '{"city":"Bern","n":2}', 'application/json']);
    expect(headers['idempotency-key']).toBe('run/item/3');
  });

  // shows Tool.spec.http.headers, Tool.spec.http.headers_from_env[]
  test('takes headers from texts, arguments and the environment', async () => {
    const http = {
      headers: { Authorization: `Bearer ${KEY}`, 'X-City': '{{.city}}', 'X-None': '{{.none}}' },
      headers_from_env: ['SHOP_KEY', 'X-Key=SHOP_KEY'],
    };
    const { headers } = await sent(http, { city: KEY });
    expect(headers.authorization).toBe(`Bearer ${CANARY}`);
    expect(headers['x-key']).toBe(CANARY);
    // What a model writes names no variable.
    expect(headers['x-city']).toBe(KEY);
    expect(headers['x-none']).toBe('');
  });

  test.each(['HIDDEN', 'NOWHERE', '__proto__'])('does not read the variable %s', async (name) => {
    await expect(call({ headers_from_env: [`X-Key=${name}`] })).rejects.toThrow(
      `the header X-Key needs the environment variable ${name}, which is not set or not open to bundles here`,
    );
  });

  // shows Tool.spec.http.request.query_params, Tool.spec.http.request.header_params
  // shows Tool.spec.http.request.static_query, Tool.spec.http.request.static_headers, Tool.spec.http.request.exclude[]
  test('puts arguments where the mapping says, and nowhere else', async () => {
    const request = {
      query_params: { q: 'text', lang: 'x-{{.lang}}' },
      header_params: { 'X-User': 'user' },
      static_query: { v: 2 },
      static_headers: { 'X-App': 'arena' },
      exclude: ['secret'],
    };
    const args = { text: 'hi', lang: 'de', user: 'eve', secret: 's', rest: 1 };
    const { path, headers, body } = await sent({ path: '/m', request }, args);
    expect(path).toBe('/m?q=hi&lang=x-de&v=2');
    expect([headers['x-user'], headers['x-app']]).toEqual(['eve', 'arena']);
    expect(JSON.parse(body)).toEqual({ lang: 'de', rest: 1 });
    expect((await sent({ path: '/m', request: { query_params: ['a'] } }, { a: 1, b: 2 })).path).toBe('/m?a=1');
  });

  // shows Tool.spec.http.request.body_mapping, Tool.spec.http.request.body_template, Tool.spec.http.request.static_body
  test.each([
    [{ body_mapping: '{place: {name: city}}' }, '{"place":{"name":"Be\\"rn"}}'],
    [{ body_mapping: 'city' }, '"Be\\"rn"'],
    [{ static_body: { city: 'Rome', v: 1 } }, '{"city":"Rome","n":2,"v":1}'],
    [{ body_template: '{"c": "{{.city}}", "n": {{.n}}, "z": {{.z}}}' }, '{"c": "Be\\"rn", "n": 2, "z": null}'],
  ])('makes the body by %j', async (request, body) => {
    expect((await sent({ request }, { city: 'Be"rn', n: 2 })).body).toBe(body);
  });

  test('sends a form where the headers say so', async () => {
    const headers = { 'Content-Type': 'application/x-www-form-urlencoded' };
    expect((await sent({ headers }, { a: 'x y', b: ['1', '2'] })).body).toBe('a=x+y&b=1&b=2');
  });
});

describe('what a live tool makes of the answer', () => {
  test.each([
    ['/weather', {}, { current: { temp: 21, unit: 'C' }, noise: true }],
    ['/weather', { response: { body_mapping: 'current.{degrees: temp}' } }, { degrees: 21 }],
    ['/text', {}, 'it rains'],
    ['/empty', {}, { status: 204 }],
    ['/moved', {}, { current: { temp: 21, unit: 'C' }, noise: true }],
  ])('reads %s with %j', async (path, http, value) => {
    // shows Tool.spec.http.response.body_mapping
    expect((await call({ path, ...http })).value).toEqual(value);
  });

  // shows Tool.spec.http.multimodal.enabled, Tool.spec.http.multimodal.accept_types[]
  test('takes media over where it may', async () => {
    const part = { type: 'image', mimeType: 'image/png', data: 'iVD/' };
    expect((await call({ path: '/picture', multimodal: {} })).parts).toEqual([part]);
    expect((await call({ path: '/picture', multimodal: { accept_types: ['image/*'] } })).parts).toEqual([part]);
    const others: JsonValue[] = [{ accept_types: ['audio/*'] }, { enabled: false }];
    for (const multimodal of others) {
      await expect(call({ path: '/picture', multimodal })).rejects.toThrow('the answer is image/png; http.multimodal');
    }
  });

  test.each([
    ['/refuse', {}, 'HTTP 404: {"error":"no such city"'],
    ['/large', {}, 'is longer than 1048576 bytes'],
    ['/away', {}, 'redirects to http://127.0.0.1:9; name the address that is meant'],
    ['/loop', { method: 'GET' }, 'redirects more than 5 times'],
    ['/drop', {}, 'cannot be reached'],
    ['/text', { response: { body_mapping: 'a' } }, 'the answer is no JSON'],
    ['/slow', { timeout_ms: 40 }, 'no complete answer'],
  ])('fails on %s with %j', async (path, http, reason) => {
    // shows Tool.spec.http.timeout_ms
    await expect(call({ path, ...http })).rejects.toThrow(reason);
  });

  // shows Tool.spec.timeout_ms
  test('keeps the time limit of the tool where the request has none', async () => {
    await expect(call({ path: '/slow' }, {}, { timeout_ms: 30 })).rejects.toThrow('within 0.03 s');
  });

  test('never says a header’s secret, also when the service gives it back', async () => {
    const headers = { Authorization: `Bearer ${KEY}`, 'X-Key': 'literal-secret' };
    const output = await call({ path: '/echo', headers });
    expect(output.value).toEqual({ got: '{}', key: 'Bearer ***' });
    const failure = call({ path: '/refuse', headers });
    await expect(failure).rejects.toThrow('"sent":"***"');
    await expect(failure).rejects.not.toThrow('literal-secret');
  });

  test('ends with the conversation, for the conversation’s reason', async () => {
    const ending = new AbortController();
    const written = { description: 'd', input_schema: {}, mode: 'live', http: { url: `${service.origin}/slow` } };
    const tool = createTool({ name: 'shop', spec: toolSpecSchema.parse(written) }, SETTINGS);
    const running = tool.run({}, { signal: ending.signal, idempotencyKey: '' });
    ending.abort(new Error('cancelled'));
    await expect(running).rejects.toThrow('cancelled');
  });
});

describe('what a live tool refuses to be', () => {
  test.each([
    [{ url: 'http://x/{{if}}' }, 'tool shop: http.url: '],
    [{ headers: { A: '{{' } }, 'tool shop: http.headers.A: {{ is never closed'],
  ])('%j', (http, reason) => {
    expect(() => call(http)).toThrow(reason);
  });
});
