import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, test } from '@jest/globals';
import { request } from 'undici';
import { describeConnectionError } from '../../src/io/connection-error.js';

describe('a connection that cannot be had', () => {
  test('says that nobody speaks TLS there, in words of people', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    try {
      const error = await request(`https://127.0.0.1:${port}/`).then(
        () => undefined,
        (reason: unknown) => reason,
      );
      expect(describeConnectionError(error)).toEqual({
        detail: 'there is a server, but it does not speak TLS',
        hint: expect.stringContaining('http://'),
      });
    } finally {
      server.close();
    }
  });

  test.each<[error: unknown, detail: string, hint: RegExp | undefined]>([
    [
      Object.assign(new Error('connect ECONNREFUSED ::1:1'), { code: 'ECONNREFUSED' }),
      'connect ECONNREFUSED ::1:1',
      undefined,
    ],
    [Object.assign(new Error('closed'), { code: 'UND_ERR_SOCKET' }), 'UND_ERR_SOCKET: closed', undefined],
    [
      Object.assign(new Error('self-signed certificate'), { code: 'DEPTH_ZERO_SELF_SIGNED_CERT' }),
      'DEPTH_ZERO_SELF_SIGNED_CERT: self-signed certificate',
      /NODE_EXTRA_CA_CERTS/,
    ],
  ])('is told with its code: %s', (error, detail, hint) => {
    const described = describeConnectionError(error);
    expect(described.detail).toBe(detail);
    if (hint === undefined) expect(described.hint).toBeUndefined();
    else expect(described.hint).toMatch(hint);
  });
});
