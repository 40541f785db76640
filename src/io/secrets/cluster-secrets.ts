import type { ApiClientOptions } from '../cluster/api-client.js';
import { ClusterApi, type SecretData, type SecretName } from './cluster-api.js';

/** After a failure nobody asks again for this long, in milliseconds: hundreds of calls may want the same Secret. */
const FAILED_KEPT_MS = 1_000;

/** A Secret as it was read, at a time of the clock that the reader was given. */
export interface SecretReading {
  data: SecretData;
  readAt: number;
}

/** The Secrets that this process uses, each read once for all who want it at a time. */
export class ClusterSecrets {
  private readonly api: ClusterApi;
  private readonly readings = new Map<string, SecretReading>();
  private readonly inAir = new Map<string, Promise<SecretReading>>();
  private readonly failures = new Map<string, { error: unknown; failedAt: number }>();

  /** `now`: milliseconds of a clock that only goes forward. */
  constructor(
    options: ApiClientOptions,
    readonly now: () => number = () => performance.now(),
  ) {
    this.api = new ClusterApi(options);
  }

  /** Whether this process runs in a cluster. */
  get areThere(): boolean {
    return this.api.isThere;
  }

  /** What was read last. */
  last(secret: SecretName): SecretReading | undefined {
    return this.readings.get(keyOf(secret));
  }

  /**
   * Reads a Secret, or waits for the reading that is under way. Rejects like `ClusterApi.readSecret`, for a second without
   * asking again.
   */
  read(secret: SecretName): Promise<SecretReading> {
    const key = keyOf(secret);
    const failure = this.failures.get(key);
    if (failure !== undefined && this.now() - failure.failedAt < FAILED_KEPT_MS) return Promise.reject(failure.error);
    let reading = this.inAir.get(key);
    if (reading === undefined) {
      reading = this.readNow(key, secret);
      this.inAir.set(key, reading);
    }
    return reading;
  }

  private async readNow(key: string, secret: SecretName): Promise<SecretReading> {
    try {
      const reading = { data: await this.api.readSecret(secret), readAt: this.now() };
      this.readings.set(key, reading);
      this.failures.delete(key);
      return reading;
    } catch (error) {
      this.failures.set(key, { error, failedAt: this.now() });
      throw error;
    } finally {
      this.inAir.delete(key);
    }
  }
}

function keyOf({ name, namespace = '' }: SecretName): string {
  return `${namespace}/${name}`;
}
