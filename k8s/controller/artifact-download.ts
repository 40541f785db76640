/** `GET /artifacts/<namespace>/<source>/<digest>[.tar.gz]`: what a source has fetched, as the pack or as an archive. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import { pack as newArchive } from 'tar-stream';
import type { ArtifactAccess } from './artifact-access.js';
import type { Cluster, KubeObject } from './ports.js';

export interface ArtifactDownloadOptions {
  access: Pick<ArtifactAccess, 'of'>;
  cluster: Pick<Cluster, 'get'>;
  /** Bytes of a pack by its digest (hex); undefined when there is none any more. */
  read(digest: string): Promise<Uint8Array | undefined>;
  /** Files of a pack by their paths. */
  unpack(pack: Uint8Array): ReadonlyMap<string, Uint8Array>;
}

/** Downloads at a time: each holds its pack in memory. */
const MAX_DOWNLOADS = 4;

const PATH = /^\/artifacts\/([^/]+)\/([^/]+)\/(?:sha256:|sha256%3A)?([0-9a-f]{64})(\.tar\.gz)?$/i;

export class ArtifactDownload {
  private running = 0;

  constructor(private readonly options: ArtifactDownloadOptions) {}

  /** False when the path is none of ours. */
  async answer(request: IncomingMessage, response: ServerResponse, path: string): Promise<boolean> {
    const match = PATH.exec(path);
    const [namespace, name] = [decoded(match?.[1]), decoded(match?.[2])];
    const digest = match?.[3]?.toLowerCase();
    if (namespace === undefined || name === undefined || digest === undefined) return false;
    const token = /^Bearer +(\S+)$/i.exec(request.headers.authorization ?? '')?.[1];
    if (token === undefined) return refuse(response, 401, 'send the token of an account that may get the ArenaSource');
    const { access, cluster } = this.options;
    const granted = await access.of(token, { namespace, name });
    if (granted === 'busy') return busy(response);
    if (granted === 'unknown') return refuse(response, 401, 'the cluster does not know this token');
    if (granted === 'forbidden')
      return refuse(response, 403, `this account may not get ArenaSource ${namespace}/${name}`);
    // The right to one source is none to what others have fetched: the store has all of it under digests alone.
    const source = cluster.get('ArenaSource', { namespace, name });
    if (source === undefined || !digestsOf(source).has(digest)) {
      return refuse(response, 404, `ArenaSource ${namespace}/${name} has no artifact ${digest}`);
    }
    const etag = `"${digest}${match?.[4] ?? ''}"`;
    if (request.headers['if-none-match'] === etag) {
      response.writeHead(304, { etag }).end();
      return true;
    }
    if (this.running >= MAX_DOWNLOADS) return busy(response);
    this.running += 1;
    try {
      await this.send(request, response, { digest, etag, archive: match?.[4] !== undefined });
    } finally {
      this.running -= 1;
    }
    return true;
  }

  private async send(
    request: IncomingMessage,
    response: ServerResponse,
    { digest, etag, archive }: { digest: string; etag: string; archive: boolean },
  ): Promise<void> {
    const { read, unpack } = this.options;
    const pack = await read(digest);
    if (pack === undefined) {
      refuse(response, 404, `the artifact ${digest} is no longer in the store`);
      return;
    }
    const headers = { etag, 'cache-control': 'private, max-age=31536000, immutable' };
    if (!archive) {
      response.writeHead(200, {
        ...headers,
        'content-type': 'application/octet-stream',
        'content-length': pack.byteLength,
      });
      response.end(request.method === 'HEAD' ? undefined : pack);
      return;
    }
    const files = unpack(pack);
    response.writeHead(200, { ...headers, 'content-type': 'application/gzip' });
    if (request.method === 'HEAD') {
      response.end();
      return;
    }
    await pipeline(archiveOf(files), createGzip(), response);
  }
}

/** The same files give the same archive: no times, no owners. */
function archiveOf(files: ReadonlyMap<string, Uint8Array>): AsyncIterable<unknown> {
  const archive = newArchive();
  const entries = [...files];
  // One after the other, so that a slow reader does not make the whole archive stand in memory.
  const next = (error?: Error | null): void => {
    if (error) {
      archive.destroy(error);
      return;
    }
    const entry = entries.shift();
    if (entry === undefined) {
      archive.finalize();
      return;
    }
    const [name, bytes] = entry;
    const header = { name, size: bytes.byteLength, mode: 0o644, mtime: new Date(0), type: 'file' as const };
    archive.entry(header, Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength), next);
  };
  next();
  return archive;
}

function digestsOf({ status }: KubeObject): Set<string> {
  const kept = at(status, 'artifacts');
  const all = [at(status, 'artifact'), ...(Array.isArray(kept) ? kept : [])];
  return new Set(all.map((artifact) => String(at(artifact, 'digest')).replace(/^sha256:/, '')));
}

function refuse(response: ServerResponse, status: 401 | 403 | 404, why: string): true {
  const challenge = status === 401 ? { 'www-authenticate': 'Bearer realm="arena"' } : {};
  response.writeHead(status, { 'content-type': 'text/plain; charset=utf-8', ...challenge }).end(`${why}\n`);
  return true;
}

function busy(response: ServerResponse): true {
  response.writeHead(503, { 'retry-after': '1', 'content-type': 'text/plain' }).end('too many downloads at a time\n');
  return true;
}

function decoded(part: string | undefined): string | undefined {
  try {
    return part === undefined ? undefined : decodeURIComponent(part);
  } catch {
    return undefined;
  }
}

function at(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined;
}
