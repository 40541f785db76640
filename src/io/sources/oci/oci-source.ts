import { ArenaError } from '../../../core/errors.js';
import { Secrets } from '../../../core/secrets.js';
import { FILE_LIMITS, FileBudget } from '../bounded-files.js';
import type { FetchedFiles, Source } from '../source.js';
import { Layers } from './layers.js';
import { readManifest } from './manifest.js';
import { type OciAddress, ociAddress, shownAddress } from './oci-address.js';
import { registryCredentials } from './oci-credentials.js';
import { Registry, type StoredManifest } from './registry.js';

export interface OciSourceOptions {
  /** Entries of the Secret, if the source names one. */
  credentials?: Readonly<Record<string, string>>;
  insecure?: boolean;
  env: Readonly<Record<string, string | undefined>>;
  signal: AbortSignal;
}

/** A list of manifests may name another one, not more. */
const MAX_INDEXES = 2;

/** An image or artifact: the files of all its layers. */
export class OciSource implements Source {
  private readonly address: OciAddress;
  private readonly secrets = new Secrets(() => undefined);

  /** Throws `invalid_input` for an address that cannot be. */
  constructor(
    url: string,
    private readonly options: OciSourceOptions,
  ) {
    this.address = ociAddress(url);
  }

  async resolve(): Promise<string> {
    const { tag, digest } = this.address;
    if (digest !== undefined) return this.revision(digest);
    return this.withRegistry(async (registry) => this.revision(await registry.digestOf(tag ?? 'latest')));
  }

  fetch(): Promise<FetchedFiles> {
    const { tag = 'latest', digest } = this.address;
    return this.withRegistry(async (registry) => {
      const top = await registry.manifest(digest ?? tag);
      const files = await this.filesOf(registry, top);
      return { revision: this.revision(top.digest), files, notes: [] };
    });
  }

  /** What was asked for by a digest alone has no name. */
  private revision(digest: string): string {
    const { tag } = this.address;
    return tag === undefined ? digest : `${tag}@${digest}`;
  }

  private async withRegistry<T>(work: (registry: Registry) => Promise<T>): Promise<T> {
    const { credentials: entries, insecure = false, env, signal } = this.options;
    const { registry: name, repository } = this.address;
    const credentials = registryCredentials(entries, name, repository, this.secrets);
    const options = { insecure, env, signal, ...(credentials === undefined ? {} : { credentials }) };
    const registry = new Registry(this.address, options);
    try {
      return await work(registry);
    } catch (error) {
      // What the other side says may repeat what it was told.
      throw error instanceof ArenaError ? this.secrets.scrubbed(error) : error;
    } finally {
      await registry.close();
    }
  }

  private async filesOf(registry: Registry, top: StoredManifest): Promise<Map<string, Uint8Array>> {
    const shown = shownAddress(this.address);
    let manifest = readManifest(top.bytes, top.mediaType, shown);
    for (let depth = 0; 'next' in manifest; depth += 1) {
      if (depth === MAX_INDEXES) {
        const message = `${shown} is a list of lists of manifests`;
        throw new ArenaError({ code: 'invalid_input', message, hint: 'push the image or artifact itself' });
      }
      const { bytes, mediaType } = await registry.manifest(manifest.next.digest);
      manifest = readManifest(bytes, mediaType, shown);
    }
    const hint = 'push the folder of the bundle alone: regular files, as an artifact or as an image FROM scratch';
    const budget = new FileBudget(shown, hint);
    const { layers } = manifest;
    // Before anything is downloaded.
    const packed = layers.reduce((sum, { size }) => sum + size, 0);
    if (packed > FILE_LIMITS.bytes) throw budget.tooMuch(`more than ${FILE_LIMITS.bytes / 1024 / 1024} MiB of layers`);
    const result = new Layers(budget, this.options.signal);
    for (const [index, layer] of layers.entries()) {
      await result.add(layer, await registry.blob(layer), `layer ${index + 1} of ${shown}`);
    }
    return result.files;
  }
}
