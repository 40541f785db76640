/** Images and artifacts fetched as the worker fetches them, from the reference registry. */

import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type Header, pack } from 'tar-stream';
import { OciSource } from '../../src/io/sources/oci/oci-source.js';
import { selfSigned } from '../helpers/self-signed.js';
import { failureOf, textsOf } from '../helpers/sources/fetched.js';
import { OciRegistry, REGISTRY_USER } from '../helpers/sources/registry-door.js';

const REPOSITORY = 'team/prompts';
const TITLE = 'org.opencontainers.image.title';
const UNPACK = 'io.deis.oras.content.unpack';
const PASSWORD = { username: REGISTRY_USER.name, password: REGISTRY_USER.password };

let open: OciRegistry;
let basic: OciRegistry;
let token: OciRegistry;
let secure: OciRegistry;

async function tar(files: { [path: string]: string | Partial<Header> }): Promise<Buffer> {
  const made = pack();
  for (const [name, content] of Object.entries(files)) {
    if (typeof content === 'string') made.entry({ name }, content);
    else made.entry({ name, ...content });
  }
  made.finalize();
  const chunks: Buffer[] = [];
  for await (const chunk of made as AsyncIterable<Buffer>) chunks.push(chunk);
  return Buffer.concat(chunks);
}

const gzipped = async (files: { [path: string]: string | Partial<Header> }) => gzipSync(await tar(files));

interface Settings {
  credentials?: Record<string, string>;
  insecure?: boolean;
}

/** Plain http, unless it says otherwise: these registries are of this machine. */
const sourceAt = (registry: OciRegistry, reference: string, { credentials, insecure = true }: Settings = {}) =>
  new OciSource(`oci://${registry.host}/${reference}`, {
    ...(credentials === undefined ? {} : { credentials }),
    insecure,
    env: {},
    signal: AbortSignal.timeout(20_000),
  });

beforeAll(async () => {
  [open, basic, token, secure] = await Promise.all([
    OciRegistry.start(),
    OciRegistry.start({ auth: 'basic' }),
    OciRegistry.start({ auth: 'token' }),
    OciRegistry.start({ auth: 'token', tls: selfSigned() }),
  ]);
});

afterAll(() => Promise.all([open, basic, token, secure].map((registry) => registry?.stop())));

describe('what was pushed', () => {
  test('as an artifact of Flux is its archive', async () => {
    const mediaType = 'application/vnd.cncf.flux.content.v1.tar+gzip';
    const bytes = await gzipped({ './config.arena.yaml': 'flux', './scenarios/a.yaml': 'a' });
    const digest = await open.push(REPOSITORY, 'flux', [{ bytes, mediaType }]);
    const source = sourceAt(open, `${REPOSITORY}:flux`);
    expect(await source.resolve()).toBe(`flux@${digest}`);
    const fetched = await source.fetch();
    expect(fetched.revision).toBe(`flux@${digest}`);
    expect(textsOf(fetched.files)).toEqual({ 'config.arena.yaml': 'flux', 'scenarios/a.yaml': 'a' });
  });

  test('with ORAS is files by their title, folders as archives, and an archive of everything', async () => {
    const file = {
      bytes: Buffer.from('file'),
      mediaType: 'application/vnd.oci.image.layer.v1.tar',
      annotations: { [TITLE]: 'a/b.yaml' },
    };
    const folder = {
      bytes: await gzipped({ 'scenarios/s.yaml': 's' }),
      annotations: { [TITLE]: 'scenarios', [UNPACK]: 'true' },
    };
    const whole = { bytes: await gzipped({ 'config.arena.yaml': 'c' }), annotations: { [TITLE]: 'bundle.tar.gz' } };
    await open.push(REPOSITORY, 'oras', [file, folder, whole]);
    expect(textsOf((await sourceAt(open, `${REPOSITORY}:oras`).fetch()).files)).toEqual({
      'a/b.yaml': 'file',
      'scenarios/s.yaml': 's',
      'config.arena.yaml': 'c',
    });
  });

  test('as an image is its layers one over the other', async () => {
    const layers = [
      {
        bytes: await tar({ 'a/1': 'one', 'a/2': 'two', 'b/1': 'b', c: 'file' }),
        mediaType: 'application/vnd.oci.image.layer.v1.tar',
      },
      { bytes: await gzipped({ 'a/.wh.1': '', 'b/.wh..wh..opq': '', 'b/2': 'new', 'c/inside': 'folder now' }) },
      { bytes: await gzipped({ 'a/2': 'changed', '.wh.never': '' }) },
    ];
    const manifest = await open.push(REPOSITORY, 'image', layers);
    const expected = { 'a/2': 'changed', 'b/2': 'new', 'c/inside': 'folder now' };
    expect(textsOf((await sourceAt(open, `${REPOSITORY}:image`).fetch()).files)).toEqual(expected);
    const type = 'application/vnd.oci.image.manifest.v1+json';
    const size = (
      await (
        await fetch(`http://${open.host}/v2/${REPOSITORY}/manifests/image`, { headers: { accept: type } })
      ).arrayBuffer()
    ).byteLength;
    const other = await open.push(REPOSITORY, 'other', [{ bytes: await gzipped({ x: 'of another platform' }) }]);
    const otherSize = (
      await (
        await fetch(`http://${open.host}/v2/${REPOSITORY}/manifests/other`, { headers: { accept: type } })
      ).arrayBuffer()
    ).byteLength;
    const index = await open.pushIndex(REPOSITORY, 'index', [
      { mediaType: type, digest: other, size: otherSize, platform: { os: 'unknown', architecture: 'unknown' } },
      { mediaType: type, digest: other, size: otherSize, platform: { os: 'linux', architecture: 'arm64' } },
      { mediaType: type, digest: manifest, size, platform: { os: 'linux', architecture: 'amd64' } },
    ]);
    const fetched = await sourceAt(open, `${REPOSITORY}:index`).fetch();
    expect([fetched.revision, textsOf(fetched.files)]).toEqual([`index@${index}`, expected]);
  });

  test('is taken by digest, whatever the tag has become', async () => {
    const old = await open.push(REPOSITORY, 'moving', [{ bytes: await gzipped({ a: 'old' }) }]);
    await open.push(REPOSITORY, 'moving', [{ bytes: await gzipped({ a: 'new' }) }]);
    const cases: [string, string, string][] = [
      [`${REPOSITORY}@${old}`, old, 'old'],
      [`${REPOSITORY}:moving@${old}`, `moving@${old}`, 'old'],
    ];
    for (const [reference, revision, text] of cases) {
      const source = sourceAt(open, reference);
      expect(await source.resolve()).toBe(revision);
      const fetched = await source.fetch();
      expect([fetched.revision, textsOf(fetched.files)]).toEqual([revision, { a: text }]);
    }
  });

  test('is asked for its revision without a download', async () => {
    await open.push(REPOSITORY, 'still', [{ bytes: await gzipped({ a: '1' }) }]);
    const before = open.downloads;
    await sourceAt(open, `${REPOSITORY}:still`).resolve();
    expect(open.downloads).toBe(before);
    expect(open.asked.at(-1)).toBe(`HEAD /v2/${REPOSITORY}/manifests/still`);
  });
});

describe('credentials', () => {
  const config = (auth: object) => ({ '.dockerconfigjson': JSON.stringify({ auths: auth }) });
  const auth = Buffer.from(`${REGISTRY_USER.name}:${REGISTRY_USER.password}`).toString('base64');

  test('open a registry by basic authentication and by tokens', async () => {
    for (const registry of [basic, token]) {
      const digest = await registry.push(REPOSITORY, 'v1', [{ bytes: await gzipped({ a: 'closed' }) }]);
      for (const credentials of [PASSWORD, config({ [registry.host]: { auth } })]) {
        const source = sourceAt(registry, `${REPOSITORY}:v1`, { credentials });
        expect(await source.resolve()).toBe(`v1@${digest}`);
        expect(textsOf((await source.fetch()).files)).toEqual({ a: 'closed' });
      }
    }
  });

  test('that are missing or wrong are told, and never repeated', async () => {
    const wrong = { username: 'x', password: 'wrong-canary-77' };
    for (const registry of [basic, token]) {
      for (const credentials of [
        undefined,
        wrong,
        config({ [registry.host]: { username: 'x', password: 'wrong-canary-77' } }),
      ]) {
        const failure = await failureOf(sourceAt(registry, `${REPOSITORY}:v1`, { credentials }).resolve());
        expect(failure).toMatchObject({ code: 'unauthorized', hint: expect.stringContaining('Secret') });
        expect(JSON.stringify(failure)).not.toMatch(/canary/);
      }
    }
  });

  test('are not for where blobs are sent to', async () => {
    const seen: (string | undefined)[] = [];
    const [blob, elsewhere] = [await gzipped({ a: 'far' }), createServer() as Server];
    elsewhere.on('request', (request, response) => {
      seen.push(request.headers.authorization);
      response.end(blob);
    });
    elsewhere.listen(0, '127.0.0.1');
    await once(elsewhere, 'listening');
    await token.push(REPOSITORY, 'far', [{ bytes: blob }]);
    token.blobsAt = `http://127.0.0.1:${(elsewhere.address() as AddressInfo).port}`;
    try {
      const fetched = await sourceAt(token, `${REPOSITORY}:far`, { credentials: PASSWORD }).fetch();
      expect(textsOf(fetched.files)).toEqual({ a: 'far' });
      expect(seen).toEqual([undefined]);
    } finally {
      token.blobsAt = undefined;
      elsewhere.close();
    }
  });
});

describe('a registry with a certificate that nobody vouches for', () => {
  // shows ArenaSource.spec.oci.insecure
  test('is refused, and used when the source is insecure', async () => {
    const digest = await secure.push(REPOSITORY, 'v1', [{ bytes: await gzipped({ a: 'secure' }) }]);
    const reference = `${REPOSITORY}:v1`;
    const refused = await failureOf(sourceAt(secure, reference, { insecure: false, credentials: PASSWORD }).resolve());
    expect(refused).toMatchObject({ code: 'connection_failed', hint: expect.stringContaining('NODE_EXTRA_CA_CERTS') });
    const source = sourceAt(secure, reference, { credentials: PASSWORD });
    expect((await source.fetch()).revision).toBe(`v1@${digest}`);
  });

  test('plain http is not taken unasked', async () => {
    const refused = await failureOf(sourceAt(open, `${REPOSITORY}:flux`, { insecure: false }).resolve());
    expect(refused.code).toBe('connection_failed');
  });
});

describe('what cannot be taken is refused', () => {
  test('damage on the way', async () => {
    await open.push(REPOSITORY, 'damaged', [{ bytes: await gzipped({ a: '1' }) }]);
    open.damage = true;
    try {
      expect(await failureOf(sourceAt(open, `${REPOSITORY}:damaged`).fetch())).toMatchObject({
        code: 'malformed_answer',
        message: expect.stringContaining('came damaged'),
      });
    } finally {
      open.damage = false;
    }
  });

  test.each<[string, () => Promise<Uint8Array>, string | undefined, RegExp]>([
    [
      'a link',
      () => gzipped({ a: { type: 'symlink', linkname: '/etc/passwd' } }),
      undefined,
      /"a", which is a symbolic link/,
    ],
    ['a way out', () => gzipped({ '../a': 'x' }), undefined, /leads out of the bundle/],
    ['no archive', async () => Buffer.from('{}'), 'application/json', /neither a tar archive.*application\/json/],
    [
      'zstd',
      async () => Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 1, 2, 3]),
      'application/vnd.oci.image.layer.v1.tar+zstd',
      /zstd/,
    ],
    ['a broken archive', async () => gzipSync('x'.repeat(3000)), undefined, /layer 1 of .* is no sound tar archive/],
  ])('%s', async (name, bytes, mediaType, said) => {
    const tag = `bad-${name.replaceAll(' ', '-')}`;
    await open.push(REPOSITORY, tag, [{ bytes: await bytes(), ...(mediaType === undefined ? {} : { mediaType }) }]);
    expect((await failureOf(sourceAt(open, `${REPOSITORY}:${tag}`).fetch())).message).toMatch(said);
  });

  test.each<[string, RegExp]>([
    [`${REPOSITORY}:none`, /does not exist/],
    ['team/nothing', /does not exist/],
    [`${REPOSITORY}@sha256:${'0'.repeat(64)}`, /does not exist/],
  ])('%s, which is not there', async (reference, said) => {
    expect((await failureOf(sourceAt(open, reference).fetch())).message).toMatch(said);
  });
});
