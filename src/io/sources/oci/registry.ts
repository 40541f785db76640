/** One repository of an OCI registry, over the distribution API: manifests and blobs, each checked against its digest. */
import { createHash } from 'node:crypto';
import { z } from 'zod';
import { ArenaError } from '../../../core/errors.js';
import { retryAfterMs } from '../../providers/retry-after.js';
import { type Challenge, challengesOf } from './challenge.js';
import { type HttpAnswer, type HttpCall, RegistryConnections, readBody } from './connections.js';
import { INDEX_TYPES, MANIFEST_TYPES } from './manifest.js';
import { DIGEST, type OciAddress, shownAddress } from './oci-address.js';
import { basic, type RegistryCredentials } from './oci-credentials.js';

const MAX_MANIFEST_BYTES = 4 * 1024 * 1024;
const MAX_TOKEN_BYTES = 256 * 1024;
const ACCEPT = [...INDEX_TYPES, ...MANIFEST_TYPES].join(', ');

const tokenSchema = z.looseObject({ token: z.string().optional(), access_token: z.string().optional() });

export interface RegistryOptions {
  credentials?: RegistryCredentials;
  insecure: boolean;
  env: Readonly<Record<string, string | undefined>>;
  signal: AbortSignal;
}

export interface StoredManifest {
  bytes: Buffer;
  mediaType: string;
  digest: string;
}

export class Registry {
  private readonly connections: RegistryConnections;
  private readonly shown: string;
  private origin: Promise<string> | undefined;
  /** What the registry wanted to see last. */
  private authorization: string | undefined;

  constructor(
    private readonly address: OciAddress,
    private readonly options: RegistryOptions,
  ) {
    this.connections = new RegistryConnections(options);
    this.shown = shownAddress(address);
  }

  close(): Promise<void> {
    return this.connections.close();
  }

  /** Digest of what a tag means now. */
  async digestOf(tag: string): Promise<string> {
    const answer = await this.call('HEAD', `manifests/${tag}`, ACCEPT);
    await answer.body.dump();
    const digest = answer.headers['docker-content-digest'];
    if (typeof digest === 'string' && DIGEST.test(digest)) return digest;
    // Some registries tell it only with the manifest, or not at all.
    return (await this.manifest(tag)).digest;
  }

  /** @param reference a tag, or a digest that the bytes are checked against */
  async manifest(reference: string): Promise<StoredManifest> {
    const answer = await this.call('GET', `manifests/${reference}`, ACCEPT);
    const bytes = await this.read(answer, MAX_MANIFEST_BYTES, `the manifest of ${this.shown}`);
    const told = answer.headers['docker-content-digest'];
    const expected = DIGEST.test(reference)
      ? reference
      : typeof told === 'string' && DIGEST.test(told)
        ? told
        : undefined;
    const digest = digestOf(bytes, expected?.split(':', 1)[0] ?? 'sha256');
    if (expected !== undefined && digest !== expected) throw this.corrupt('its manifest', expected);
    const mediaType =
      String(answer.headers['content-type'] ?? '')
        .split(';', 1)[0]
        ?.trim() ?? '';
    return { bytes, mediaType, digest };
  }

  /** Throws when there are more bytes than `size`, or others than the digest names. */
  async blob({ digest, size }: { digest: string; size: number }): Promise<Buffer> {
    const answer = await this.call('GET', `blobs/${digest}`);
    const [algorithm = ''] = digest.split(':', 1);
    const hash = createHash(algorithm);
    const bytes = await this.connections.reach(await this.url(''), async () => {
      const read: Buffer[] = [];
      let total = 0;
      for await (const chunk of answer.body as AsyncIterable<Buffer>) {
        total += chunk.byteLength;
        if (total > size) throw this.corrupt('a blob of it is longer than its manifest says', digest);
        hash.update(chunk);
        read.push(chunk);
      }
      return Buffer.concat(read);
    });
    if (bytes.byteLength !== size || `${algorithm}:${hash.digest('hex')}` !== digest) {
      throw this.corrupt('a blob of it', digest);
    }
    return bytes;
  }

  private async read(answer: HttpAnswer, maxBytes: number, what: string): Promise<Buffer> {
    return this.connections.reach(await this.url(''), () => readBody(answer, maxBytes, what));
  }

  private corrupt(what: string, digest: string): ArenaError {
    const message = `${this.shown} came damaged: ${what} is not what its digest names (${digest})`;
    return new ArenaError({ code: 'malformed_answer', message, hint: 'look again later, or push it again' });
  }

  private async url(path: string): Promise<URL> {
    this.origin ??= this.findOrigin();
    return new URL(`${await this.origin}/v2/${path === '' ? '' : `${this.address.repository}/${path}`}`);
  }

  /** A registry that needs no TLS may have it all the same. */
  private async findOrigin(): Promise<string> {
    const { host } = this.address;
    const secure = `https://${host}`;
    if (!this.options.insecure) return secure;
    try {
      const answer = await this.connections.send({ method: 'GET', url: new URL(`${secure}/v2/`) });
      await answer.body.dump();
      return secure;
    } catch (error) {
      if (error instanceof ArenaError && error.code === 'connection_failed') return `http://${host}`;
      throw error;
    }
  }

  private async call(method: 'GET' | 'HEAD', path: string, accept?: string): Promise<HttpAnswer> {
    const url = await this.url(path);
    const call: HttpCall = { method, url, ...(accept === undefined ? {} : { accept }) };
    const authorized = () => (this.authorization === undefined ? call : { ...call, authorization: this.authorization });
    let answer = await this.connections.send(authorized());
    if (answer.statusCode === 401) {
      await answer.body.dump();
      this.authorization = await this.authorize(challengesOf(answer.headers['www-authenticate']));
      answer = await this.connections.send(authorized());
    }
    if (answer.statusCode === 200) return answer;
    await answer.body.dump();
    throw this.failure(answer);
  }

  private async authorize(challenges: readonly Challenge[]): Promise<string> {
    const { user, registryToken } = this.options.credentials ?? {};
    if (registryToken !== undefined) return `Bearer ${registryToken}`;
    const bearer = challenges.find(({ scheme }) => scheme === 'bearer');
    if (bearer !== undefined) return `Bearer ${await this.token(bearer)}`;
    if (challenges.some(({ scheme }) => scheme === 'basic') && user !== undefined) return `Basic ${basic(user)}`;
    throw this.unauthorized(401);
  }

  /** A token of a short life from where the registry says, for reading this repository. */
  private async token({ parameters }: Challenge): Promise<string> {
    const realm = parameters.get('realm') ?? '';
    const origin = await this.url('');
    const url = URL.canParse(realm) ? new URL(realm) : undefined;
    const safe = url?.protocol === 'https:' || (url?.protocol === 'http:' && origin.protocol === 'http:');
    if (url === undefined || !safe) {
      const message = `${this.address.registry} sends for a token to what is no address with TLS`;
      throw new ArenaError({ code: 'provider_rejected', message, hint: 'ask who runs the registry' });
    }
    const scope = `repository:${this.address.repository}:pull`;
    const service = parameters.get('service');
    const answer = await this.connections.send(this.tokenCall(url, scope, service));
    if (answer.statusCode !== 200) {
      await answer.body.dump();
      throw answer.statusCode === 401 || answer.statusCode === 403
        ? this.unauthorized(answer.statusCode)
        : this.failure(answer);
    }
    const bytes = await this.read(answer, MAX_TOKEN_BYTES, `the token of ${url.host}`);
    let written: unknown;
    try {
      written = JSON.parse(bytes.toString('utf8'));
    } catch {
      written = undefined;
    }
    const parsed = tokenSchema.safeParse(written);
    const token = parsed.success ? (parsed.data.token ?? parsed.data.access_token) : undefined;
    if (token !== undefined && /^[\x21-\x7e]+$/.test(token)) return token;
    throw new ArenaError({ code: 'malformed_answer', message: `${url.host} gives no token that can be read` });
  }

  private tokenCall(url: URL, scope: string, service: string | undefined): HttpCall {
    const { user, identityToken } = this.options.credentials ?? {};
    if (identityToken !== undefined) {
      const form = { grant_type: 'refresh_token', client_id: 'arena', scope, refresh_token: identityToken };
      const withService = service === undefined ? form : { ...form, service };
      return { method: 'POST', url, form: new URLSearchParams(withService).toString() };
    }
    url.searchParams.set('scope', scope);
    if (service !== undefined) url.searchParams.set('service', service);
    return { method: 'GET', url, ...(user === undefined ? {} : { authorization: `Basic ${basic(user)}` }) };
  }

  private unauthorized(status: number): ArenaError {
    const has = this.options.credentials !== undefined;
    return new ArenaError({
      code: 'unauthorized',
      message: `${this.shown} may not be read ${has ? 'with the credentials of the Secret' : 'without credentials'} (HTTP ${status})`,
      hint: has ? 'check the Secret that oci.secretRef names' : 'name a Secret in oci.secretRef, or correct oci.url',
      status,
    });
  }

  private failure({ statusCode: status, headers }: HttpAnswer): ArenaError {
    const { registry } = this.address;
    if (status === 401 || status === 403) return this.unauthorized(status);
    if (status === 404) {
      const message = `${this.shown} does not exist, or these credentials do not open it (HTTP 404)`;
      return new ArenaError({ code: 'invalid_input', message, hint: 'correct oci.url, or push it first', status });
    }
    if (status === 429) {
      const message = `${registry} asks for fewer requests (HTTP 429)`;
      const wait = retryAfterMs(headers, Date.now());
      const hint = 'wait, make spec.interval longer, or name a Secret in oci.secretRef';
      return new ArenaError({
        code: 'rate_limited',
        message,
        hint,
        status,
        ...(wait === undefined ? {} : { retryAfterMs: wait }),
      });
    }
    const code = status >= 500 ? 'provider_unavailable' : 'provider_rejected';
    return new ArenaError({ code, message: `${registry} does not give ${this.shown} (HTTP ${status})`, status });
  }
}

function digestOf(bytes: Uint8Array, algorithm: string): string {
  return `${algorithm}:${createHash(algorithm).update(bytes).digest('hex')}`;
}
