import { afterEach, describe, expect, test } from '@jest/globals';
import type { MockServerOptions } from '../../src/io/mock-server/options.js';
import { type MockServer, startMockServer } from '../../src/io/mock-server/server.js';
import { Stalls } from '../../src/io/mock-server/stalls.js';

let server: MockServer | undefined;

async function start(options: MockServerOptions): Promise<MockServer> {
  server = await startMockServer(options);
  return server;
}

afterEach(() => server?.close());

async function ask({ url }: MockServer, body: object = { model: 'm', messages: [] }): Promise<number> {
  const answer = await fetch(`${url}/chat/completions`, { method: 'POST', body: JSON.stringify(body) });
  await answer.text();
  return answer.status;
}

/** Milliseconds that each call of the log took. */
const times = (mock: MockServer) => mock.log().map(({ t, end = t }) => end - t);

describe('a stall', () => {
  test.each([
    ['before it', 9_999, 0],
    ['at its beginning', 10_000, 2_000],
    ['within it', 11_500, 500],
    ['at its end', 12_000, 0],
    ['within two of them', 20_500, 4_500],
  ])('holds what is to be answered %s until it is over', (_, atMs, leftMs) => {
    const stalls = new Stalls([
      { atMs: 10_000, forMs: 2_000 },
      { atMs: 20_000, forMs: 5_000 },
      { atMs: 20_100, forMs: 1_000 },
    ]);
    expect(stalls.leftMs(5_000 + atMs, 5_000)).toBe(leftMs);
  });

  test('that is planned begins so long after the first call, and holds failures as well', async () => {
    const mock = await start({ stalls: [{ atMs: 0, forMs: 400 }], apiKey: 'right' });
    expect(await ask(mock)).toBe(401);
    expect(times(mock)[0]).toBeGreaterThanOrEqual(400);
    expect(await ask(mock)).toBe(401);
    expect(mock.log()[1]?.t).toBeGreaterThanOrEqual((mock.log()[0]?.t ?? Infinity) + 400);
    expect(times(mock)[1]).toBeLessThan(400);
  });

  test('is asked for while the server runs, and holds what is under way', async () => {
    const mock = await start({ latencyMs: 100 });
    const early = ask(mock);
    while (mock.stats().inFlight === 0) await new Promise((resolve) => setImmediate(resolve));
    const begun = await fetch(`${mock.origin}/stall?for=500ms`, { method: 'POST' });
    expect(begun.status).toBe(204);
    const late = ask(mock, { model: 'm', messages: [{ role: 'user', content: 'late' }] });
    expect(await Promise.all([early, late])).toEqual([200, 200]);
    for (const ms of times(mock)) expect(ms).toBeGreaterThanOrEqual(400);
    expect(mock.stats()).toMatchObject({ calls: 2, inFlight: 0, byStatus: { 200: 2 } });
  });

  test.each(['', '?for=', '?for=2', '?for=-1s', '?for=61m'])('is refused as %j', async (query) => {
    const mock = await start({});
    const refused = await fetch(`${mock.origin}/stall${query}`, { method: 'POST' });
    expect([refused.status, await refused.text()]).toEqual([400, expect.stringContaining('POST /stall?for=2s')]);
    expect(await ask(mock)).toBe(200);
  });
});
