import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { readEnv } from '../../src/config.js';
import { type Health, serveHealth } from '../../src/worker-health.js';

describe('the health of a worker', () => {
  let takesTasks = true;
  let health: Health;
  beforeEach(async () => {
    health = await serveHealth(0, () => takesTasks);
  });
  afterEach(() => health.close());

  const ask = async (path: string, method = 'GET'): Promise<number> =>
    (await fetch(`http://127.0.0.1:${health.port}${path}`, { method })).status;

  test('says that it is alive, and ready as long as it takes tasks', async () => {
    takesTasks = true;
    expect([await ask('/healthz'), await ask('/readyz')]).toEqual([200, 200]);
    takesTasks = false;
    expect([await ask('/healthz'), await ask('/readyz')]).toEqual([200, 503]);
  });

  test('tells nothing else', async () => {
    expect([await ask('/'), await ask('/env'), await ask('/healthz', 'POST')]).toEqual([404, 404, 405]);
  });

  test('says that its port is taken', async () => {
    await expect(serveHealth(health.port, () => true)).rejects.toThrow('EADDRINUSE');
  });

  test.each([
    ['0', 0],
    ['65535', 65_535],
    ['', undefined],
  ])('ARENA_HEALTH_PORT=%j is the port %s', (given, port) => {
    expect(readEnv({ ARENA_HEALTH_PORT: given }).healthPort).toBe(port);
  });

  test.each(['65536', '-1', '80 ', 'http'])('ARENA_HEALTH_PORT=%j is refused', (given) => {
    expect(() => readEnv({ ARENA_HEALTH_PORT: given })).toThrow('ARENA_HEALTH_PORT');
  });
});
