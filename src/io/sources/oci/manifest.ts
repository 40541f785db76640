/** Manifests of images and artifacts, as far as files are found by them. */
import { z } from 'zod';
import { ArenaError } from '../../../core/errors.js';
import { DIGEST } from './oci-address.js';

export const INDEX_TYPES = [
  'application/vnd.oci.image.index.v1+json',
  'application/vnd.docker.distribution.manifest.list.v2+json',
];
export const MANIFEST_TYPES = [
  'application/vnd.oci.image.manifest.v1+json',
  'application/vnd.docker.distribution.manifest.v2+json',
];

const MAX_LAYERS = 128;
const MAX_MANIFESTS = 256;

const descriptor = z.looseObject({
  mediaType: z.string().max(255).default(''),
  digest: z.string().regex(DIGEST),
  size: z.int().min(0),
  annotations: z.record(z.string(), z.string()).nullish(),
});

const manifestSchema = z.looseObject({ layers: z.array(descriptor).max(MAX_LAYERS) });

const indexSchema = z.looseObject({
  manifests: z
    .array(
      descriptor.extend({ platform: z.looseObject({ os: z.string(), architecture: z.string() }).partial().nullish() }),
    )
    .max(MAX_MANIFESTS),
});

export type Descriptor = z.infer<typeof descriptor>;

/** A list of manifests, of which one is taken, or the layers themselves. */
export type Manifest = { next: Descriptor } | { layers: Descriptor[] };

/**
 * The same one on every worker: files of a bundle do not depend on a platform. Attestations have the platform `unknown`.
 * @param what begins the sentence of a refusal
 */
export function readManifest(bytes: Uint8Array, mediaType: string, what: string): Manifest {
  let written: unknown;
  try {
    written = JSON.parse(Buffer.from(bytes).toString('utf8'));
  } catch {
    written = undefined;
  }
  const named =
    typeof written === 'object' && written !== null && 'mediaType' in written ? written.mediaType : undefined;
  const type = typeof named === 'string' && named !== '' ? named : mediaType;
  const isIndex =
    INDEX_TYPES.includes(type) || (typeof written === 'object' && written !== null && 'manifests' in written);
  if (!isIndex) {
    const manifest = manifestSchema.safeParse(written);
    if (manifest.success) return { layers: manifest.data.layers };
    throw unreadable(what, `no manifest with at most ${MAX_LAYERS} layers`);
  }
  const index = indexSchema.safeParse(written);
  if (!index.success) throw unreadable(what, `no list of at most ${MAX_MANIFESTS} manifests`);
  const candidates = index.data.manifests.filter(({ platform }) => platform?.os !== 'unknown');
  const usual = candidates.find(({ platform }) => platform?.os === 'linux' && platform.architecture === 'amd64');
  const next = usual ?? candidates[0];
  if (next === undefined) throw unreadable(what, 'a list without any manifest');
  return { next };
}

function unreadable(what: string, is: string): ArenaError {
  const hint = 'push the bundle as an image or artifact: docker push, oras push or flux push artifact';
  return new ArenaError({ code: 'invalid_input', message: `${what} is ${is}`, hint });
}
