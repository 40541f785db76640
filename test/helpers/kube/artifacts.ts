/** Artifacts as people push them to registries: with `docker`, with Flux, with ORAS. */
import { createHash } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import { type Header, pack } from 'tar-stream';

export interface Layer {
  mediaType: string;
  content: Buffer;
  annotations?: { [name: string]: string };
}

export interface Artifact {
  layers: readonly Layer[];
  artifactType?: string;
  /** Default: the empty one. */
  config?: { mediaType: string; content: Buffer };
  annotations?: { [name: string]: string };
}

interface Descriptor {
  mediaType: string;
  digest: string;
  size: number;
  annotations?: { [name: string]: string };
  platform?: { os: string; architecture: string };
}

/** A registry to push to. */
export interface Target {
  /** `host:port`; plain HTTP. */
  address: string;
  authorization(repository: string): { authorization?: string };
}

const MANIFEST = 'application/vnd.oci.image.manifest.v1+json';
const INDEX = 'application/vnd.oci.image.index.v1+json';
const EMPTY_CONFIG = { mediaType: 'application/vnd.oci.empty.v1+json', content: Buffer.from('{}') };

type TarEntry = Partial<Header> & { name: string; content?: string | Buffer };

/** A gzipped tar of entries of any kind, also of such as nobody should unpack. */
async function tarGz(entries: readonly TarEntry[] | { [path: string]: string }): Promise<Buffer> {
  const archive = pack();
  const list = Array.isArray(entries)
    ? (entries as readonly TarEntry[])
    : Object.entries(entries as { [path: string]: string }).map(([name, content]) => ({ name, content }));
  for (const { content, ...header } of list as readonly TarEntry[]) {
    if (content === undefined) archive.entry(header);
    else archive.entry(header, content);
  }
  archive.finalize();
  const chunks: Buffer[] = [];
  for await (const chunk of archive) chunks.push(chunk as Buffer);
  return gzipSync(Buffer.concat(chunks));
}

/** As an image whose layers hold the files. */
export async function imageOf(...layers: { [path: string]: string }[]): Promise<Artifact> {
  const mediaType = 'application/vnd.oci.image.layer.v1.tar+gzip';
  const contents = await Promise.all(layers.map((files) => tarGz(files)));
  const config = { mediaType: 'application/vnd.oci.image.config.v1+json', content: Buffer.from('{"rootfs":{}}') };
  return { config, layers: contents.map((content) => ({ mediaType, content })) };
}

/** As `flux push artifact` makes it. */
export async function fluxArtifact(files: { [path: string]: string }): Promise<Artifact> {
  const mediaType = 'application/vnd.cncf.flux.content.v1.tar+gzip';
  const config = { mediaType: 'application/vnd.cncf.flux.config.v1+json', content: Buffer.from('{}') };
  return { config, layers: [{ mediaType, content: await tarGz(files) }] };
}

/** As `oras push` makes it: a layer a file, whose name is a remark. */
export function orasArtifact(
  files: { [path: string]: string },
  artifactType = 'application/vnd.test.bundle',
): Artifact {
  const layers = Object.entries(files).map(([name, text]) => ({
    mediaType: 'application/vnd.oci.image.layer.v1.tar',
    content: Buffer.from(text),
    annotations: { 'org.opencontainers.image.title': name },
  }));
  return { artifactType, layers };
}

/** Pushes under a tag; gives the digest of the manifest. */
export async function pushArtifact(registry: Target, repository: string, tag: string, artifact: Artifact) {
  const { layers, artifactType, annotations, config = EMPTY_CONFIG } = artifact;
  const manifest = {
    schemaVersion: 2,
    mediaType: MANIFEST,
    ...(artifactType === undefined ? {} : { artifactType }),
    config: await pushBlob(registry, repository, config),
    layers: await Promise.all(layers.map((layer) => pushBlob(registry, repository, layer))),
    ...(annotations === undefined ? {} : { annotations }),
  };
  return (await pushManifest(registry, repository, tag, MANIFEST, manifest)).digest;
}

/** Pushes an index of artifacts, one a platform (`linux/amd64`); gives its digest. */
export async function pushIndex(
  registry: Target,
  repository: string,
  tag: string,
  by: { [platform: string]: Artifact },
) {
  const manifests: Descriptor[] = [];
  for (const [platform, artifact] of Object.entries(by)) {
    const [os = '', architecture = ''] = platform.split('/');
    const part = `${tag}-${os}-${architecture}`;
    const digest = await pushArtifact(registry, repository, part, artifact);
    const headers = { ...registry.authorization(repository), accept: MANIFEST };
    const answer = await fetch(`http://${registry.address}/v2/${repository}/manifests/${part}`, { headers });
    const { byteLength: size } = await answer.arrayBuffer();
    manifests.push({ mediaType: MANIFEST, digest, size, platform: { os, architecture } });
  }
  return (await pushManifest(registry, repository, tag, INDEX, { schemaVersion: 2, mediaType: INDEX, manifests }))
    .digest;
}

async function pushManifest(registry: Target, repository: string, tag: string, mediaType: string, manifest: object) {
  const content = Buffer.from(JSON.stringify(manifest));
  const url = `http://${registry.address}/v2/${repository}/manifests/${tag}`;
  await put(url, content, { ...registry.authorization(repository), 'content-type': mediaType });
  return { mediaType, digest: digestOf(content), size: content.length };
}

async function pushBlob(
  registry: Target,
  repository: string,
  { mediaType, content, annotations }: Layer,
): Promise<Descriptor> {
  const headers = registry.authorization(repository);
  const begun = await fetch(`http://${registry.address}/v2/${repository}/blobs/uploads/`, { method: 'POST', headers });
  const location = new URL(begun.headers.get('location') ?? '', `http://${registry.address}`);
  if (begun.status !== 202) throw new Error(`the registry takes no blob: ${begun.status} ${await begun.text()}`);
  const digest = digestOf(content);
  location.searchParams.set('digest', digest);
  await put(location.href, content, { ...headers, 'content-type': 'application/octet-stream' });
  return { mediaType, digest, size: content.length, ...(annotations === undefined ? {} : { annotations }) };
}

async function put(url: string, body: Buffer, headers: { [name: string]: string }): Promise<void> {
  const answer = await fetch(url, { method: 'PUT', headers, body: new Uint8Array(body) });
  if (answer.status !== 201) throw new Error(`the registry refuses ${url}: ${answer.status} ${await answer.text()}`);
}

const digestOf = (content: Buffer): string => `sha256:${createHash('sha256').update(content).digest('hex')}`;
