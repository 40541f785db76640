/** `GET /artifacts/<namespace>/<source>/<digest>[.tar.gz]`: what a source has fetched, as the pack or as an archive. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import { type Pack as Archive, pack as newArchive } from 'tar-stream';
import type { ArtifactAccess } from './artifact-access.js';
import type { Cluster, KubeObject } from './ports.js';

/** A file of a pack; its content is read before the next file is asked for. */
interface StreamedFile {
  path: string;
  bytes: number;
  content: AsyncIterable<Uint8Array>;
}

export interface ArtifactDownloadOptions {
  access: Pick<ArtifactAccess, 'of'>;
  cluster: Pick<Cluster, 'get'>;
  /** A pack by its digest (hex), piece by piece; undefined when there is none any more. */
  read(digest: string): Promise<AsyncIterable<Uint8Array> | undefined>;
  /** Files of a pack, one after the other. */
  unpack(pack: AsyncIterable<Uint8Array>): AsyncIterable<StreamedFile>;
}

/** Downloads at a time: each holds a file open, and a few pieces of it in memory. */
const MAX_DOWNLOADS = 16;

/** A reader that takes nothing for so long is let go: its place is for others. In milliseconds. */
const IDLE_MS = 60_000;

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
    const sizes = sizesOf(source);
    if (!sizes.has(digest)) {
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
      await this.send(request, response, { digest, etag, archive: match?.[4] !== undefined, bytes: sizes.get(digest) });
    } finally {
      this.running -= 1;
    }
    return true;
  }

  private async send(
    request: IncomingMessage,
    response: ServerResponse,
    { digest, etag, archive, bytes }: { digest: string; etag: string; archive: boolean; bytes: number | undefined },
  ): Promise<void> {
    const { read, unpack } = this.options;
    const pack = await read(digest);
    if (pack === undefined) {
      refuse(response, 404, `the artifact ${digest} is no longer in the store`);
      return;
    }
    response.writeHead(200, {
      ...{ etag, 'cache-control': 'private, max-age=31536000, immutable' },
      'content-type': archive ? 'application/gzip' : 'application/octet-stream',
      ...(archive || bytes === undefined ? {} : { 'content-length': bytes }),
    });
    response.setTimeout(IDLE_MS, () => response.destroy());
    if (request.method === 'HEAD') {
      // What has been opened is closed by whoever has begun to read it.
      for await (const _ of pack) break;
      response.end();
      return;
    }
    if (archive) await sendArchive(unpack(pack), response);
    else await pipeline(pack, response);
  }
}

/** The same files give the same archive: no times, no owners. */
async function sendArchive(files: AsyncIterable<StreamedFile>, response: ServerResponse): Promise<void> {
  const archive = newArchive();
  const filled = fill(archive, files).catch((error: Error) => archive.destroy(error));
  try {
    await pipeline(archive as AsyncIterable<unknown>, createGzip(), response);
  } finally {
    archive.destroy();
    await filled;
  }
}

/** No faster than the archive is read. */
async function fill(archive: Archive, files: AsyncIterable<StreamedFile>): Promise<void> {
  for await (const { path, bytes, content } of files) {
    const header = { name: path, size: bytes, mode: 0o644, mtime: new Date(0), type: 'file' as const };
    await pipeline(content, archive.entry(header) as unknown as Writable);
  }
  archive.finalize();
}

/** The packs that a source has, by their digests, with their bytes where its status tells them. */
function sizesOf(source: KubeObject | undefined): Map<string, number | undefined> {
  const kept = at(source?.status, 'artifacts');
  const all = [at(source?.status, 'artifact'), ...(Array.isArray(kept) ? kept : [])];
  return new Map(
    all.map((artifact) => {
      const size = at(artifact, 'size');
      return [String(at(artifact, 'digest')).replace(/^sha256:/, ''), typeof size === 'number' ? size : undefined];
    }),
  );
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
