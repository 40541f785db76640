/** Secrets from the API server of the Kubernetes cluster that this process runs in, asked as the pod's service account. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Client } from 'undici';
import { z } from 'zod';
import { ArenaError } from '../../core/errors.js';

/** Where Kubernetes mounts the token of a pod's service account, the authority of the API server, and the namespace. */
const SERVICE_ACCOUNT_DIR = '/var/run/secrets/kubernetes.io/serviceaccount';

/** Time for the whole answer, and to connect, in milliseconds. */
const TIMEOUT_MS = 5_000;

/** A Secret holds at most 1 MiB, which is a third more in base64, and what describes it. */
const MAX_ANSWER_BYTES = 4 * 1024 * 1024;

export interface SecretName {
  name: string;
  /** Absent: the pod's own. */
  namespace?: string;
}

/** Entries of a Secret, in base64. */
export type SecretData = Readonly<Record<string, string>>;

export interface ClusterApiOptions {
  env: Readonly<Record<string, string | undefined>>;
  /** Folder that holds `token`, `ca.crt` and `namespace`. Default: where Kubernetes mounts them. */
  folder?: string;
}

const secretSchema = z.looseObject({ data: z.record(z.string(), z.string()).nullish() });

/**
 * One connection a request: a Secret is read every half minute at most. Token and authority are read each time, because
 * Kubernetes replaces both while a pod lives.
 */
export class ClusterApi {
  private readonly folder: string;

  constructor(private readonly options: ClusterApiOptions) {
    this.folder = options.folder ?? SERVICE_ACCOUNT_DIR;
  }

  /** Whether this process runs in a cluster. */
  get isThere(): boolean {
    return this.origin() !== undefined;
  }

  /**
   * Throws `unauthorized` when the Secret is missing or may not be read, `connection_failed` or `provider_unavailable`
   * when the API server gives no answer.
   */
  async readSecret({ name, namespace }: SecretName): Promise<SecretData> {
    const origin = this.origin();
    const what = `the Secret ${namespace === undefined ? '' : `${namespace}/`}${name}`;
    if (origin === undefined) {
      throw new ArenaError({ code: 'unauthorized', message: `For ${what} the worker must run in Kubernetes.` });
    }
    const path = ['api', 'v1', 'namespaces', namespace ?? this.mounted('namespace', what), 'secrets', name];
    const token = this.mounted('token', what);
    const client = new Client(origin, {
      connect: { ca: this.mounted('ca.crt', what), timeout: TIMEOUT_MS },
      maxResponseSize: MAX_ANSWER_BYTES,
    });
    try {
      const { statusCode, body } = await client.request({
        method: 'GET',
        path: `/${path.map(encodeURIComponent).join('/')}`,
        headers: { accept: 'application/json', authorization: `Bearer ${token}` },
        signal: AbortSignal.timeout(TIMEOUT_MS),
      });
      const text = await body.text();
      if (statusCode !== 200) throw refusal(statusCode, what, name);
      return entriesOf(text, what);
    } catch (error) {
      if (error instanceof ArenaError) throw error;
      const why = error instanceof Error ? error.message : String(error);
      const message = `The Kubernetes API server cannot be asked for ${what}: ${why}.`;
      throw new ArenaError({ code: 'connection_failed', message }, { cause: error });
    } finally {
      await client.destroy();
    }
  }

  private origin(): string | undefined {
    const { KUBERNETES_SERVICE_HOST: host, KUBERNETES_SERVICE_PORT: port } = this.options.env;
    if (!host) return undefined;
    return `https://${host.includes(':') ? `[${host}]` : host}:${port || '443'}`;
  }

  private mounted(file: string, what: string): string {
    try {
      const text = readFileSync(join(this.folder, file), 'utf8').trim();
      if (text !== '') return text;
    } catch {
      // As good as empty.
    }
    throw new ArenaError({
      code: 'unauthorized',
      message: `To read ${what} the worker needs ${join(this.folder, file)}, which is not there or empty.`,
      hint: 'let the pods of the workers mount the token of their service account (automountServiceAccountToken)',
    });
  }
}

function refusal(status: number, what: string, name: string): ArenaError {
  const answered = (said: string, hint: string) =>
    new ArenaError({ code: 'unauthorized', message: `Kubernetes ${said} (HTTP ${status}).`, hint, status });
  if (status === 404) return answered(`has no such object: ${what}`, 'create it, or correct credential.secret_ref');
  if (status === 403) {
    const hint = `let the service account of the workers get it: a Role with resources: [secrets], resourceNames: [${name}], verbs: [get]`;
    return answered(`does not let the workers read ${what}`, hint);
  }
  if (status === 401) {
    return answered(`does not accept the token of the workers for ${what}`, 'check the service account of the workers');
  }
  const message = `The Kubernetes API server does not give ${what} (HTTP ${status}).`;
  return new ArenaError({ code: 'provider_unavailable', message, status });
}

function entriesOf(text: string, what: string): SecretData {
  let answer: unknown;
  try {
    answer = JSON.parse(text);
  } catch {
    answer = undefined;
  }
  const secret = secretSchema.safeParse(answer);
  // What cannot be read may hold the Secret all the same: none of it goes into the message.
  if (secret.success) return secret.data.data ?? {};
  const message = `The Kubernetes API server's answer for ${what} cannot be read.`;
  throw new ArenaError({ code: 'malformed_answer', message });
}
