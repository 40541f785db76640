/** Calls through a proxy, to addresses that only the proxy knows. */
import { createServer, type IncomingMessage, request, type Server } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { type AddressInfo, connect } from 'node:net';
import { afterEach, describe, expect, test } from '@jest/globals';
import { answerJson, type HttpService, startHttpService } from '../helpers/http-service.js';
import { ask, failureOf, KEY, open, provider } from '../helpers/openai-calls.js';
import { selfSigned } from '../helpers/self-signed.js';

const ANSWER = { choices: [{ message: { content: 'ok' }, finish_reason: 'stop' }] };
const closers: (() => unknown)[] = [];

afterEach(async () => {
  for (const close of closers.splice(0)) await close();
});

async function listen(server: Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  closers.push(() => {
    server.closeAllConnections();
    server.close();
  });
  return (server.address() as AddressInfo).port;
}

async function service(): Promise<HttpService> {
  const started = await startHttpService((_request, response) => answerJson(response, ANSWER));
  closers.push(() => started.stop());
  return started;
}

/** A proxy that leads every name to one port of this machine, and keeps what it was asked. */
async function proxy(port: number, refusal?: number) {
  const asked: { method: string; url: string; headers: IncomingMessage['headers'] }[] = [];
  const keep = ({ method = '', url = '', headers }: IncomingMessage) => asked.push({ method, url, headers });
  const server = createServer((incoming, response) => {
    keep(incoming);
    if (refusal !== undefined) {
      response.writeHead(refusal).end('no');
      return;
    }
    const { pathname } = new URL(incoming.url ?? '');
    const { method, headers } = incoming;
    const onward = request({ host: '127.0.0.1', port, path: pathname, method, headers }, (answer) => {
      response.writeHead(answer.statusCode ?? 500, answer.headers);
      answer.pipe(response);
    });
    incoming.pipe(onward);
  });
  server.on('connect', (incoming, socket) => {
    keep(incoming);
    if (refusal !== undefined) {
      socket.end(`HTTP/1.1 ${refusal} No\r\n\r\n`);
      return;
    }
    const upstream = connect(port, '127.0.0.1', () => {
      socket.write('HTTP/1.1 200 OK\r\n\r\n');
      upstream.pipe(socket).pipe(upstream);
    });
    closers.push(() => {
      upstream.destroy();
      socket.destroy();
    });
  });
  return { address: `127.0.0.1:${await listen(server)}`, asked };
}

describe('calls through a proxy', () => {
  test('to http name the whole address, and the service sees them as they are', async () => {
    const target = await service();
    const { address, asked } = await proxy(Number(new URL(target.origin).port));
    const env = { OPENAI_API_KEY: KEY, HTTP_PROXY: `http://me:secret@${address}` };
    const called = provider('http://models.example:8080/v1', {}, env);
    expect((await called.complete(ask(), open)).content).toBe('ok');
    expect((await called.complete(ask(), open)).content).toBe('ok');
    expect(asked).toHaveLength(2);
    expect(asked[0]).toMatchObject({
      method: 'POST',
      url: 'http://models.example:8080/v1/chat/completions',
      headers: {
        host: 'models.example:8080',
        'proxy-authorization': `Basic ${Buffer.from('me:secret').toString('base64')}`,
      },
    });
    expect(target.seen[0]?.headers).toMatchObject({ authorization: `Bearer ${KEY}`, host: 'models.example:8080' });
  });

  test('to https go on unread; a certificate that nobody vouches for is refused', async () => {
    const server = createTlsServer(selfSigned(), (_request, response) => answerJson(response, ANSWER));
    const { address, asked } = await proxy(await listen(server));
    const env = { OPENAI_API_KEY: KEY, https_proxy: `http://me:secret@${address}` };
    const failure = await failureOf(provider('https://models.example/v1', {}, env).complete(ask(), open));
    expect(failure).toMatchObject({
      code: 'connection_failed',
      hint: expect.stringContaining('NODE_EXTRA_CA_CERTS'),
    });
    expect(asked).toMatchObject([{ method: 'CONNECT', url: 'models.example:443' }]);
    expect(asked[0]?.headers.authorization).toBeUndefined();
    expect(JSON.stringify(failure)).not.toContain('secret');
  });

  test('are not made to this machine, nor where NO_PROXY says so', async () => {
    const target = await service();
    const { address, asked } = await proxy(1);
    const env = { OPENAI_API_KEY: KEY, HTTP_PROXY: `http://${address}`, NO_PROXY: 'invalid' };
    expect((await provider(`${target.origin}/v1`, {}, env).complete(ask(), open)).content).toBe('ok');
    const elsewhere = provider('http://models.invalid/v1', {}, env).complete(ask(), open);
    expect(await failureOf(elsewhere)).toMatchObject({ code: 'connection_failed' });
    expect(asked).toEqual([]);
  });

  test.each(['http', 'https'])('to %s that the proxy refuses say which variable names it', async (scheme) => {
    const { address } = await proxy(1, 407);
    const env = { OPENAI_API_KEY: KEY, HTTP_PROXY: `http://${address}`, HTTPS_PROXY: `http://${address}` };
    const failure = await failureOf(provider(`${scheme}://models.example/v1`, {}, env).complete(ask(), open));
    expect(failure.hint).toContain(`${scheme.toUpperCase()}_PROXY`);
    expect(failure.message).toContain('407');
  });

  test('are refused when the variable holds no address of a proxy', () => {
    const create = () => provider('https://models.example/v1', {}, { HTTPS_PROXY: 'socks5://a:1080' });
    expect(create).toThrow('HTTPS_PROXY');
  });
});
