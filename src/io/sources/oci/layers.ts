/** Layers of an image or artifact, one over the other, as the files that come of them. */
import { ArenaError } from '../../../core/errors.js';
import type { FileBudget } from '../bounded-files.js';
import { isGzip, refuseZstd, unpackArchive } from '../unpack.js';
import type { Descriptor } from './manifest.js';

/** Name of a file that a layer is, and whether it is an archive of that name; both are conventions of ORAS. */
const TITLE = 'org.opencontainers.image.title';
const UNPACK = 'io.deis.oras.content.unpack';

/** In an image: what follows is no longer there, or nothing of this folder that lies in layers below. */
const GONE = '.wh.';
const EMPTIED = '.wh..wh..opq';

const ARCHIVE_NAME = /\.(tar|tar\.gz|tgz)$/i;
const MAGIC_OF_TAR = 'ustar';

export class Layers {
  readonly files = new Map<string, Uint8Array>();

  constructor(
    private readonly budget: FileBudget,
    private readonly signal: AbortSignal,
  ) {}

  /** @param what begins the sentence of a refusal: `layer 2 of registry/repository:tag` */
  async add(layer: Descriptor, bytes: Uint8Array, what: string): Promise<void> {
    const title = layer.annotations?.[TITLE];
    if (title !== undefined && !isArchive(layer, title)) {
      this.budget.checkPath(title);
      this.budget.take(title, bytes.byteLength);
      this.put(title, bytes);
      return;
    }
    refuseZstd(bytes, what);
    if (/\+zstd$/.test(layer.mediaType)) refuseForeign(layer, what);
    if (!isGzip(bytes) && !looksLikeTar(bytes)) refuseForeign(layer, what);
    this.lay(await unpackArchive(bytes, this.budget, what, this.signal));
  }

  private lay(layer: ReadonlyMap<string, Uint8Array>): void {
    const added: [string, Uint8Array][] = [];
    // All that a layer takes away lay below it, wherever in the archive it says so.
    for (const [path, bytes] of layer) {
      const cut = path.lastIndexOf('/') + 1;
      const [folder, name] = [path.slice(0, cut), path.slice(cut)];
      if (name === EMPTIED) this.removeBelow(folder);
      else if (name.startsWith(GONE)) {
        this.files.delete(folder + name.slice(GONE.length));
        this.removeBelow(`${folder}${name.slice(GONE.length)}/`);
      } else added.push([path, bytes]);
    }
    for (const [path, bytes] of added) this.put(path, bytes);
  }

  /** A file takes the place of a folder below it, and the other way round. */
  private put(path: string, bytes: Uint8Array): void {
    this.removeBelow(`${path}/`);
    for (let end = path.lastIndexOf('/'); end > 0; end = path.lastIndexOf('/', end - 1)) {
      this.files.delete(path.slice(0, end));
    }
    this.files.set(path, bytes);
  }

  private removeBelow(folder: string): void {
    for (const path of [...this.files.keys()]) if (path.startsWith(folder)) this.files.delete(path);
  }
}

function isArchive({ annotations }: Descriptor, title: string): boolean {
  return annotations?.[UNPACK] === 'true' || ARCHIVE_NAME.test(title);
}

/** An empty archive is nothing but zeros. */
function looksLikeTar(bytes: Uint8Array): boolean {
  if (bytes.byteLength < 512) return false;
  const magic = Buffer.from(bytes.subarray(257, 262)).toString('latin1');
  return magic === MAGIC_OF_TAR || bytes.subarray(0, 512).every((byte) => byte === 0);
}

function refuseForeign({ mediaType }: Descriptor, what: string): never {
  throw new ArenaError({
    code: 'unsupported',
    message: `${what} is neither a tar archive, plain or gzipped, nor a file with a title (media type ${mediaType.slice(0, 80) || 'not given'})`,
    hint: 'push the folder of the bundle with flux push artifact, oras push, or as an image FROM scratch',
  });
}
