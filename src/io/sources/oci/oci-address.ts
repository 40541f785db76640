/** `oci://registry/repository:tag@digest`, taken apart. */
import { ArenaError } from '../../../core/errors.js';

export interface OciAddress {
  /** Host and port as written; `docker.io` stands for the registry of Docker. */
  registry: string;
  /** Host and port that are asked. */
  host: string;
  repository: string;
  /** Absent: only the digest counts. */
  tag?: string;
  digest?: string;
}

const ADDRESS = /^oci:\/\/([^/@\s]+)\/([^@\s]+?)(?::([\w][\w.-]{0,127}))?(?:@(\S+))?$/;
const HOST = /^([a-z0-9]([a-z0-9.-]*[a-z0-9])?|\[[0-9a-f:.]+\])(:\d{1,5})?$/i;
const REPOSITORY = /^[a-z0-9]+((\.|_|__|-+)[a-z0-9]+)*(\/[a-z0-9]+((\.|_|__|-+)[a-z0-9]+)*)*$/;
export const DIGEST = /^(sha256:[a-f0-9]{64}|sha512:[a-f0-9]{128})$/;

const DOCKER_HUB = new Set(['docker.io', 'index.docker.io', 'registry-1.docker.io']);

const refused = (message: string, hint: string) => new ArenaError({ code: 'invalid_input', message, hint });

/** Throws `invalid_input`; no part of the address is told, because it may hold a password. */
export function ociAddress(url: string): OciAddress {
  const hint = 'write it like oci://registry/repository:tag or oci://registry/repository@sha256:…';
  const authority = /^oci:\/\/([^/]*)/.exec(url)?.[1] ?? '';
  if (authority.includes('@')) {
    throw refused(
      'oci.url holds a user or password, which everybody who may read the source could see',
      'take it out of the address, change it, and name a Secret in oci.secretRef',
    );
  }
  const [, registry = '', repository = '', tag, digest] = ADDRESS.exec(url) ?? [];
  if (!HOST.test(registry)) throw refused('oci.url names no registry', hint);
  if (!REPOSITORY.test(repository) || repository.length > 255) {
    throw refused('oci.url names no repository: small letters and digits, with . _ - and / between them', hint);
  }
  if (digest !== undefined && !DIGEST.test(digest)) {
    throw refused('oci.url has a digest that is none: sha256: and 64 hexadecimal digits', hint);
  }
  const wanted = { ...(tag === undefined ? {} : { tag }), ...(digest === undefined ? {} : { digest }) };
  const target = tag === undefined && digest === undefined ? { tag: 'latest' } : wanted;
  if (!DOCKER_HUB.has(registry.toLowerCase())) return { registry, host: registry, repository, ...target };
  const inHub = repository.includes('/') ? repository : `library/${repository}`;
  return { registry: 'docker.io', host: 'registry-1.docker.io', repository: inHub, ...target };
}

/** The address for people, without what nobody wrote. */
export function shownAddress({ registry, repository, tag, digest }: OciAddress): string {
  return `${registry}/${repository}${tag === undefined ? '' : `:${tag}`}${digest === undefined ? '' : `@${digest}`}`;
}
