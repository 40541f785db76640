/** Downloads of artifacts over HTTP: how much of one is read for whom. */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gunzipSync } from 'node:zlib';
import { afterEach, describe, expect, test } from '@jest/globals';
import { extract } from 'tar-stream';
import { ArtifactDownload } from '../../k8s/controller/artifact-download.js';
import type { KubeObject } from '../../k8s/controller/ports.js';
import { unpackStream } from '../../src/bundle/unpack-stream.js';
import { waitFor } from '../helpers/wait-for.js';

const MB = 1024 * 1024;
const DIGEST = 'a'.repeat(64);
/** Too much to be read before anybody notices that nobody wants it. */
const HUGE = 300 * MB;

let server: Server | undefined;
afterEach(() => {
  server?.closeAllConnections();
  server?.close();
});

/** A pack that is made as it is read. Noise, which no archive makes smaller. */
class Pack {
  made = 0;
  closed = false;
  private readonly piece = Buffer.alloc(MB, 0).map((_, at) => (at * at * 31 + (at >> 7)) & 0xff);

  /**
   * @param told bytes of the first file, as the pack says
   * @param given bytes of it that there are
   */
  async *read(told = HUGE, given = told): AsyncGenerator<Uint8Array> {
    try {
      const files = Object.entries({ 'large.bin': told, 'small.txt': 5, empty: 0 });
      yield Buffer.from(`${JSON.stringify({ format: 'arena-bundle/1', arena: 'arena.yaml', files })}\n`);
      for (let left = given; left > 0; left -= MB) {
        this.made += MB;
        yield this.piece;
      }
      yield Buffer.from('hello');
    } finally {
      this.closed = true;
    }
  }
}

async function serve(read: () => AsyncIterable<Uint8Array> | undefined): Promise<string> {
  const source = { status: { artifact: { digest: `sha256:${DIGEST}`, size: 9 } } } as unknown as KubeObject;
  const download = new ArtifactDownload({
    access: { of: async () => 'granted' },
    cluster: { get: () => source },
    read: async () => read(),
    unpack: unpackStream,
  });
  const made = createServer((request, response) => {
    download.answer(request, response, request.url ?? '').catch(() => response.destroy());
  });
  server = made;
  await new Promise<void>((resolve) => made.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(made.address() as AddressInfo).port}/artifacts/shop/prompts/${DIGEST}`;
}

const headers = { authorization: 'Bearer t' };

describe('a download', () => {
  test.each(['', '.tar.gz'])('reads no further than whoever it is for, who may leave (%s)', async (suffix) => {
    const pack = new Pack();
    const url = await serve(() => pack.read());
    const leaving = new AbortController();
    const answer = await fetch(`${url}${suffix}`, { headers, signal: leaving.signal });
    await answer.body?.getReader().read();
    expect(pack.closed).toBe(false);
    leaving.abort();
    await waitFor('the end of the reading', () => pack.closed || undefined);
    expect(pack.made).toBeLessThan(64 * MB);
  });

  test('as an archive has all files, whatever the pieces in which they come', async () => {
    const url = await serve(() => new Pack().read(3 * MB));
    const answer = await fetch(`${url}.tar.gz`, { headers });
    const archive = extract();
    archive.end(gunzipSync(await answer.arrayBuffer()));
    const found: { [name: string]: number } = {};
    for await (const entry of archive) {
      let bytes = 0;
      for await (const piece of entry) bytes += (piece as Buffer).byteLength;
      found[entry.header.name] = bytes;
    }
    expect(found).toEqual({ 'large.bin': 3 * MB, 'small.txt': 5, empty: 0 });
  });

  test('of an artifact that is broken breaks off, so that nobody takes it for whole', async () => {
    const url = await serve(() => new Pack().read(3 * MB, 2 * MB));
    const answer = await fetch(`${url}.tar.gz`, { headers });
    expect(answer.status).toBe(200);
    await expect(answer.arrayBuffer()).rejects.toThrow();
  });

  test('is told of, and not read, by HEAD', async () => {
    const pack = new Pack();
    const url = await serve(() => pack.read());
    const answer = await fetch(url, { method: 'HEAD', headers });
    expect([answer.status, answer.headers.get('content-length')]).toEqual([200, '9']);
    expect([pack.made, pack.closed]).toEqual([0, true]);
  });

  test('of what is no longer kept is refused', async () => {
    expect((await fetch(await serve(() => undefined), { headers })).status).toBe(404);
  });
});
