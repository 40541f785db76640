/** Secrets from the API server of the Kubernetes cluster that this process runs in. */
import { z } from 'zod';
import { ArenaError } from '../../core/errors.js';
import { ApiClient, type ApiClientOptions, refusedRead, unreadable } from '../cluster/api-client.js';

export interface SecretName {
  name: string;
  /** Absent: the pod's own. */
  namespace?: string;
}

/** Entries of a Secret, in base64. */
export type SecretData = Readonly<Record<string, string>>;

const secretSchema = z.looseObject({ data: z.record(z.string(), z.string()).nullish() });

export class ClusterApi {
  private readonly api: ApiClient;

  constructor(options: ApiClientOptions) {
    this.api = new ApiClient(options);
  }

  /** Whether this process runs in a cluster. */
  get isThere(): boolean {
    return this.api.isThere;
  }

  /**
   * Throws `unauthorized` when the Secret is missing or may not be read, `connection_failed` or `provider_unavailable`
   * when the API server gives no answer.
   */
  async readSecret({ name, namespace }: SecretName): Promise<SecretData> {
    const what = `the Secret ${namespace === undefined ? '' : `${namespace}/`}${name}`;
    const where = () => namespace ?? this.api.namespace(what);
    const path = this.api.isThere ? ['api', 'v1', 'namespaces', where(), 'secrets', name] : [];
    const { status, text } = await this.api.get(path, what);
    if (status === 404) {
      const message = `Kubernetes has no such object: ${what} (HTTP 404).`;
      const hint = 'create it, or correct the reference to it';
      throw new ArenaError({ code: 'unauthorized', message, hint, status });
    }
    if (status !== 200) throw refusedRead(status, what, 'secrets', name);
    return entriesOf(text, what);
  }
}

function entriesOf(text: string, what: string): SecretData {
  let answer: unknown;
  try {
    answer = JSON.parse(text);
  } catch {
    answer = undefined;
  }
  const secret = secretSchema.safeParse(answer);
  if (secret.success) return secret.data.data ?? {};
  throw unreadable(what);
}
