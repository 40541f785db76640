/** What the settings of connections do at a real server. */
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { afterEach, describe, expect, test } from '@jest/globals';
import { ask, failureOf, open, provider } from '../helpers/openai-calls.js';
import { waitFor } from '../helpers/wait-for.js';

const ANSWER = JSON.stringify({ choices: [{ message: { content: 'ok' }, finish_reason: 'stop' }] });

/** A service that knows its connections. */
interface Service {
  url: string;
  open: Set<Socket>;
  accepted(): number;
  /** Calls that are held until `answerAll`. */
  held: (() => void)[];
  answerAll(): void;
}

const until = (holds: () => boolean) => waitFor('the server', () => holds() || undefined);

const servers: Server[] = [];

afterEach(async () => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
});

async function service(hold: boolean): Promise<Service> {
  const sockets = new Set<Socket>();
  const held: (() => void)[] = [];
  let accepted = 0;
  const listener: RequestListener = (request, response) => {
    request.resume();
    if (hold) held.push(() => response.end(ANSWER));
    else response.end(ANSWER);
  };
  const server = createServer({ keepAliveTimeout: 60_000 }, listener);
  server.on('connection', (socket) => {
    accepted += 1;
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  servers.push(server);
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/v1`,
    open: sockets,
    accepted: () => accepted,
    held,
    answerAll: () => {
      for (const answer of held.splice(0)) answer();
    },
  };
}

const transport = (http_transport: { [name: string]: string | number | boolean }) => ({ http_transport });

describe('the connections of a provider', () => {
  // shows Provider.spec.http_transport.max_conns_per_host
  test('are no more at once than it says; a call that waits for one counts the wait apart', async () => {
    const server = await service(true);
    const bounded = provider(server.url, transport({ max_conns_per_host: 2 }));
    const calls = [1, 2, 3].map(() => bounded.complete(ask(), open));
    await until(() => server.held.length === 2);
    expect(server.open.size).toBe(2);
    await new Promise((resolve) => setTimeout(resolve, 100));
    server.answerAll();
    await until(() => server.held.length === 1);
    server.answerAll();
    const [first, , third] = await Promise.all(calls);
    expect(first?.waitMs).toBeUndefined();
    expect(third?.waitMs).toBeGreaterThan(90);
    expect(third?.latencyMs).toBeLessThan(90);
    expect(server.accepted()).toBe(2);
    const free = provider(server.url, transport({ max_conns_per_host: 0 }));
    const more = [1, 2, 3].map(() => free.complete(ask(), open));
    await until(() => server.held.length === 3);
    server.answerAll();
    await Promise.all(more);
  });

  test('are not waited for by calls that have been given up', async () => {
    const server = await service(true);
    const bounded = provider(server.url, transport({ max_conns_per_host: 1 }));
    const first = bounded.complete(ask(), open);
    await until(() => server.held.length === 1);
    const controller = new AbortController();
    const second = bounded.complete(ask(), { signal: controller.signal });
    const third = bounded.complete(ask(), open);
    controller.abort(new Error('enough'));
    await expect(second).rejects.toThrow('enough');
    server.answerAll();
    await until(() => server.held.length === 1);
    server.answerAll();
    expect([await first, await third]).toMatchObject([{ content: 'ok' }, { content: 'ok' }]);
    expect(server.accepted()).toBe(1);
  });

  // shows Provider.spec.http_transport.max_idle_conns_per_host
  test.each([
    [1, 1],
    [0, 3],
  ])('with max_idle_conns_per_host %i stay open between calls: %i of 3', async (max, left) => {
    const server = await service(true);
    const settled = provider(server.url, transport({ max_idle_conns_per_host: max }));
    const calls = [1, 2, 3].map(() => settled.complete(ask(), open));
    await until(() => server.held.length === 3);
    server.answerAll();
    await Promise.all(calls);
    await until(() => server.open.size === left);
    expect(server.accepted()).toBe(3);
  });

  // shows Provider.spec.http_transport.idle_conn_timeout
  test('are closed after idle_conn_timeout', async () => {
    const server = await service(false);
    await provider(server.url, transport({ idle_conn_timeout: '1h' })).complete(ask(), open);
    await provider(server.url, transport({ idle_conn_timeout: '50ms' })).complete(ask(), open);
    expect(server.accepted()).toBe(2);
    await until(() => server.open.size === 1);
  });

  // shows Provider.spec.http_transport.disable_keep_alives
  test.each([
    [true, 3],
    [false, 1],
  ])('with disable_keep_alives %j: 3 calls take %i', async (disable_keep_alives, count) => {
    const server = await service(false);
    const settled = provider(server.url, transport({ disable_keep_alives }));
    for (let call = 0; call < 3; call += 1) await settled.complete(ask(), open);
    expect(server.accepted()).toBe(count);
  });

  test('that are cut while idle do not fail the next call', async () => {
    const server = await service(false);
    const settled = provider(server.url);
    await settled.complete(ask(), open);
    for (const socket of server.open) socket.destroy();
    await until(() => server.open.size === 0);
    const again = settled.complete(ask(), open).catch(() => settled.complete(ask(), open));
    expect((await again).content).toBe('ok');
  });

  test('to nobody fail, and say where to look', async () => {
    const server = await service(false);
    const { url } = server;
    await new Promise((resolve) => servers.splice(0)[0]?.close(resolve));
    const failure = await failureOf(provider(url).complete(ask(), open));
    expect(failure).toMatchObject({ code: 'connection_failed', hint: expect.stringContaining('base_url') });
    const nowhere = await failureOf(provider('http://no-such-host.invalid/v1').complete(ask(), open));
    expect(nowhere).toMatchObject({ code: 'connection_failed', message: expect.stringContaining('no-such-host') });
  });
});
