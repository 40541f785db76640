/** The API server of the Kubernetes cluster that this process runs in, asked as the pod's service account. Reads only. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Pool } from 'undici';
import { ArenaError } from '../../core/errors.js';

/** Where Kubernetes mounts the token of a pod's service account, the authority of the API server, and the namespace. */
const SERVICE_ACCOUNT_DIR = '/var/run/secrets/kubernetes.io/serviceaccount';

/** Time to connect, for an answer to begin, and between its parts, in milliseconds. Waiting for a connection does not count. */
const TIMEOUT_MS = 5_000;

/** Hundreds of runs may be planned at once: their questions wait here rather than all together at the API server. */
const CONNECTIONS = 4;

/** An object holds at most 1.5 MiB; data of Secrets is a third longer in base64. */
const MAX_ANSWER_BYTES = 4 * 1024 * 1024;

export interface ApiClientOptions {
  env: Readonly<Record<string, string | undefined>>;
  /**
   * Folder that holds `token`, `ca.crt` and `namespace`, or `client.crt` and `client.key` in place of the token. Default:
   * where Kubernetes mounts them.
   */
  folder?: string;
}

export interface ApiAnswer {
  status: number;
  text: string;
}

/**
 * Token and authority are read each time, because Kubernetes replaces both while a pod lives; connections are kept as long
 * as they would be made in the same way.
 */
export class ApiClient {
  private readonly folder: string;
  private connected: { pool: Pool; from: string } | undefined;

  constructor(private readonly options: ApiClientOptions) {
    this.folder = options.folder ?? SERVICE_ACCOUNT_DIR;
  }

  /** Whether this process runs in a cluster. */
  get isThere(): boolean {
    return this.origin() !== undefined;
  }

  /** Namespace of the pod. `what` is wanted from it, for messages. Throws `unauthorized` where it is not mounted. */
  namespace(what: string): string {
    return this.mounted('namespace', what);
  }

  /**
   * The answer, whatever its status. Throws `unauthorized` when this process has no service account, `connection_failed`
   * when the API server cannot be asked.
   */
  async get(path: readonly string[], what: string): Promise<ApiAnswer> {
    const origin = this.origin();
    if (origin === undefined) {
      throw new ArenaError({ code: 'unauthorized', message: `For ${what} the worker must run in Kubernetes.` });
    }
    // A kubeconfig may name its user by a certificate; a pod always has a token.
    const cert = this.found('client.crt');
    const key = this.found('client.key');
    const isNamed = cert !== undefined && key !== undefined;
    const authorization = isNamed ? undefined : `Bearer ${this.mounted('token', what)}`;
    const pool = this.poolTo(origin, { ca: this.mounted('ca.crt', what), ...(isNamed && { cert, key }) });
    try {
      const { statusCode, body } = await pool.request({
        method: 'GET',
        path: `/${path.map(encodeURIComponent).join('/')}`,
        headers: { accept: 'application/json', ...(authorization && { authorization }) },
      });
      return { status: statusCode, text: await body.text() };
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      const message = `The Kubernetes API server cannot be asked for ${what}: ${why}.`;
      throw new ArenaError({ code: 'connection_failed', message }, { cause: error });
    }
  }

  private poolTo(origin: string, tls: { ca: string; cert?: string; key?: string }): Pool {
    const from = JSON.stringify([origin, tls]);
    if (this.connected?.from === from) return this.connected.pool;
    // What has begun over the old ones ends there.
    void this.connected?.pool.close();
    const pool = new Pool(origin, {
      connections: CONNECTIONS,
      connect: { ...tls, timeout: TIMEOUT_MS },
      headersTimeout: TIMEOUT_MS,
      bodyTimeout: TIMEOUT_MS,
      maxResponseSize: MAX_ANSWER_BYTES,
    });
    this.connected = { pool, from };
    return pool;
  }

  private origin(): string | undefined {
    const { KUBERNETES_SERVICE_HOST: host, KUBERNETES_SERVICE_PORT: port } = this.options.env;
    if (!host) return undefined;
    return `https://${host.includes(':') ? `[${host}]` : host}:${port || '443'}`;
  }

  /** Undefined when it is not there or empty. */
  private found(file: string): string | undefined {
    try {
      return readFileSync(join(this.folder, file), 'utf8').trim() || undefined;
    } catch {
      return undefined;
    }
  }

  private mounted(file: string, what: string): string {
    const text = this.found(file);
    if (text !== undefined) return text;
    throw new ArenaError({
      code: 'unauthorized',
      message: `To read ${what} the worker needs ${join(this.folder, file)}, which is not there or empty.`,
      hint: 'let the pods of the workers mount the token of their service account (automountServiceAccountToken)',
    });
  }
}

/** Why an object cannot be had, of an answer that is neither 200 nor 404. `resource`: its plural, for the hint. */
export function refusedRead(status: number, what: string, resource: string, name: string): ArenaError {
  const answered = (said: string, hint: string) =>
    new ArenaError({ code: 'unauthorized', message: `Kubernetes ${said} (HTTP ${status}).`, hint, status });
  if (status === 403) {
    const hint = `let the service account of the workers get it: a Role with resources: [${resource}], resourceNames: [${name}], verbs: [get]`;
    return answered(`does not let the workers read ${what}`, hint);
  }
  if (status === 401) {
    return answered(`does not accept the token of the workers for ${what}`, 'check the service account of the workers');
  }
  const message = `The Kubernetes API server does not give ${what} (HTTP ${status}).`;
  return new ArenaError({ code: 'provider_unavailable', message, status });
}

/** What cannot be read may hold secrets all the same: none of it goes into the message. */
export function unreadable(what: string): ArenaError {
  const message = `The Kubernetes API server's answer for ${what} cannot be read.`;
  return new ArenaError({ code: 'malformed_answer', message });
}
