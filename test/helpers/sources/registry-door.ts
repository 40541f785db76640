/** The reference registry, behind a door of ours that asks for credentials in each of the usual ways and counts. */
import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { request as ask, createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePorts } from '../../../src/local/ports.js';
import { part } from '../kube/part.js';
import { ServerProcess } from '../kube/server-process.js';

export interface RegistryOptions {
  /** How credentials are asked for. Default: not at all. */
  auth?: 'basic' | 'token';
  tls?: { key: string; cert: string };
}

export const REGISTRY_USER = { name: 'puller', password: 'registry-canary-51c7e0' };

export interface Layer {
  bytes: Uint8Array;
  mediaType?: string;
  annotations?: { [name: string]: string };
}

const MANIFEST = 'application/vnd.oci.image.manifest.v1+json';
const INDEX = 'application/vnd.oci.image.index.v1+json';

const digestOf = (bytes: Uint8Array): string => `sha256:${createHash('sha256').update(bytes).digest('hex')}`;

export class OciRegistry {
  /** Method and path of what came through the door. */
  readonly asked: string[] = [];
  /** Set: blobs are not given but sent for there. */
  blobsAt: string | undefined;
  /** Changes bytes on their way out, as a broken disk does. */
  damage = false;
  private readonly token = randomBytes(12).toString('hex');

  private constructor(
    private readonly folder: string,
    private readonly inner: ServerProcess,
    private readonly innerOrigin: string,
    private readonly door: Server,
    private readonly options: RegistryOptions,
  ) {}

  static async start(options: RegistryOptions = {}): Promise<OciRegistry> {
    const folder = mkdtempSync(join(tmpdir(), 'arena-test-registry-'));
    const [port = 0] = await freePorts(1);
    const config = {
      version: 0.1,
      log: { level: 'error', accesslog: { disabled: true } },
      storage: { filesystem: { rootdirectory: join(folder, 'data') } },
      http: { addr: `127.0.0.1:${port}`, secret: 'test' },
    };
    writeFileSync(join(folder, 'config.yml'), JSON.stringify(config));
    const innerOrigin = `http://127.0.0.1:${port}`;
    const inner = ServerProcess.start({
      program: part('registry'),
      args: ['serve', join(folder, 'config.yml')],
      log: join(folder, 'registry.log'),
    });
    await inner.ready(async () => ((await fetch(`${innerOrigin}/v2/`)).ok ? true : undefined));
    const door = options.tls === undefined ? createServer() : createSecureServer(options.tls);
    const registry = new OciRegistry(folder, inner, innerOrigin, door as Server, options);
    door.on('request', (request: IncomingMessage, response: ServerResponse) => registry.answer(request, response));
    door.listen(0, '127.0.0.1');
    await once(door, 'listening');
    return registry;
  }

  /** Host and port of the door. */
  get host(): string {
    return `127.0.0.1:${(this.door.address() as AddressInfo).port}`;
  }

  /** Blobs that were asked for. */
  get downloads(): number {
    return this.asked.filter((line) => line.includes('/blobs/')).length;
  }

  /** Pushes layers under a tag, past the door; the digest of the manifest. */
  async push(repository: string, tag: string, layers: readonly Layer[], config = '{}'): Promise<string> {
    const pushed = [];
    for (const { bytes, mediaType, annotations } of layers) {
      const digest = await this.pushBlob(repository, bytes);
      const type = mediaType ?? 'application/vnd.oci.image.layer.v1.tar+gzip';
      pushed.push({ mediaType: type, digest, size: bytes.byteLength, ...(annotations && { annotations }) });
    }
    const written = Buffer.from(config);
    const digest = await this.pushBlob(repository, written);
    const described = { mediaType: 'application/vnd.oci.image.config.v1+json', digest, size: written.byteLength };
    const manifest = { schemaVersion: 2, mediaType: MANIFEST, config: described, layers: pushed };
    return this.pushManifest(repository, tag, manifest, MANIFEST);
  }

  /** A list of manifests that were pushed before. */
  pushIndex(repository: string, tag: string, manifests: readonly object[]): Promise<string> {
    return this.pushManifest(repository, tag, { schemaVersion: 2, mediaType: INDEX, manifests }, INDEX);
  }

  async stop(): Promise<void> {
    this.door.closeAllConnections();
    if (this.door.listening) await new Promise((resolve) => this.door.close(resolve));
    await this.inner.stop();
    rmSync(this.folder, { recursive: true, force: true });
  }

  private async pushBlob(repository: string, bytes: Uint8Array): Promise<string> {
    const digest = digestOf(bytes);
    const begun = await fetch(`${this.innerOrigin}/v2/${repository}/blobs/uploads/`, { method: 'POST' });
    const url = new URL(begun.headers.get('location') ?? '', this.innerOrigin);
    url.searchParams.set('digest', digest);
    const put = await fetch(url, { method: 'PUT', body: Buffer.from(bytes) });
    if (put.status !== 201) throw new Error(`the registry takes no blob: ${put.status} ${await put.text()}`);
    return digest;
  }

  private async pushManifest(repository: string, tag: string, manifest: object, type: string): Promise<string> {
    const body = JSON.stringify(manifest);
    const url = `${this.innerOrigin}/v2/${repository}/manifests/${tag}`;
    const put = await fetch(url, { method: 'PUT', body, headers: { 'content-type': type } });
    if (put.status !== 201) throw new Error(`the registry takes no manifest: ${put.status} ${await put.text()}`);
    return digestOf(Buffer.from(body));
  }

  private answer(request: IncomingMessage, response: ServerResponse): void {
    const url = request.url ?? '/';
    const basic = `Basic ${Buffer.from(`${REGISTRY_USER.name}:${REGISTRY_USER.password}`).toString('base64')}`;
    const { authorization } = request.headers;
    if (url.startsWith('/token')) {
      if (authorization !== basic) return void response.writeHead(401).end();
      const scope = new URL(url, 'http://door').searchParams.get('scope') ?? '';
      response.end(JSON.stringify({ token: `${this.token}.${Buffer.from(scope).toString('base64url')}` }));
      return;
    }
    if (!this.letsIn(authorization, url, basic)) {
      const scheme = this.options.tls === undefined ? 'http' : 'https';
      const bearer = `Bearer realm="${scheme}://${this.host}/token",service="door",scope="repository:x:pull"`;
      const challenge = this.options.auth === 'basic' ? 'Basic realm="door"' : bearer;
      return void response.writeHead(401, { 'www-authenticate': challenge }).end();
    }
    this.asked.push(`${request.method} ${url}`);
    if (this.blobsAt !== undefined && url.includes('/blobs/')) {
      return void response.writeHead(307, { location: `${this.blobsAt}${url}` }).end();
    }
    this.pass(request, response, url);
  }

  private letsIn(authorization: string | undefined, url: string, basic: string): boolean {
    if (this.options.auth === undefined) return true;
    if (this.options.auth === 'basic') return authorization === basic;
    const [, token, scope = ''] = /^Bearer ([0-9a-f]+)\.(\S+)$/.exec(authorization ?? '') ?? [];
    const [, repository] = /^repository:(\S+):pull$/.exec(Buffer.from(scope, 'base64url').toString()) ?? [];
    return token === this.token && (url === '/v2/' || url.startsWith(`/v2/${repository}/`));
  }

  private pass(request: IncomingMessage, response: ServerResponse, url: string): void {
    const { authorization: _, host: __, ...headers } = request.headers;
    const inner = ask(`${this.innerOrigin}${url}`, { method: request.method, headers }, (answer) => {
      response.writeHead(answer.statusCode ?? 500, answer.headers);
      if (!this.damage) return void answer.pipe(response);
      answer.on('data', (chunk: Buffer) => {
        chunk[0] = (chunk[0] ?? 0) ^ 1;
        response.write(chunk);
      });
      answer.on('end', () => response.end());
    });
    inner.on('error', () => response.destroy());
    request.pipe(inner);
  }
}
