import { ArenaError, isRetryable, toFailure } from '../../core/errors.js';
import type { SecretName } from './cluster-api.js';
import type { ClusterSecrets, SecretReading } from './cluster-secrets.js';
import { KEPT_MS, type KeySource, REFUSED_KEPT_MS } from './key-source.js';

/** A Secret older than this is read while calls go on with what is known, so that none of them waits. In milliseconds. */
const READ_AHEAD_MS = 20_000;

/** A known key serves for this long without another try when the API server gives no answer, in milliseconds. */
const UNREACHABLE_KEPT_MS = 10_000;

/** Entries that are looked for in every Secret whose reference names none, after the usual ones of the service. */
const COMMON_ENTRIES = ['api-key', 'value'];

export interface SecretReference extends SecretName {
  /** The entry that holds the key. */
  key?: string;
}

type Found = { key: string } | { error: ArenaError };

/** A key in a Kubernetes Secret. */
export class SecretKey implements KeySource {
  readonly hint: string;
  private readonly entries: readonly string[];
  private reading: SecretReading | undefined;
  private found: Found | undefined;
  private refusedKey: string | undefined;
  /** What was read because of a refusal. */
  private readAfterRefusal: SecretReading | undefined;
  /** Until then nobody is asked again, because the API server gave no answer. */
  private unreachableUntil = 0;

  /** `usualEntries`: where the key of this service is looked for when the reference names no entry. */
  constructor(
    private readonly reference: SecretReference,
    usualEntries: readonly string[],
    private readonly secrets: ClusterSecrets,
    /** Where the reference is written, for people. */
    private readonly field = { name: 'credential.secret_ref', owner: 'the provider' },
  ) {
    this.entries = reference.key === undefined ? [...usualEntries, ...COMMON_ENTRIES] : [reference.key];
    this.hint = `check the key in ${this.what} (${field.name})`;
  }

  ready(): Promise<void> | undefined {
    const { secrets, reference } = this;
    const ageMs = this.takeLast();
    if (this.current !== undefined && secrets.now() < this.unreachableUntil) return undefined;
    const isWrong = this.isRefused || this.current === undefined;
    const keptMs = isWrong ? REFUSED_KEPT_MS : KEPT_MS;
    if (ageMs === undefined || ageMs >= keptMs) return this.readAgain();
    // A failure is told to those who come when the time is over.
    if (ageMs >= READ_AHEAD_MS) secrets.read(reference).catch(() => undefined);
    return undefined;
  }

  key(): string {
    const { found } = this;
    if (found === undefined) throw new Error('the Secret is asked for its key before it was read');
    if ('error' in found) throw found.error;
    return found.key;
  }

  async refused(key: string): Promise<boolean> {
    const ageMs = this.takeLast();
    if (this.current !== key) return true;
    this.refusedKey = key;
    const isKnown = this.reading === this.readAfterRefusal && ageMs !== undefined && ageMs < REFUSED_KEPT_MS;
    if (!isKnown) {
      // What is wrong with the Secret is told to the next call.
      await this.readAgain().catch(() => undefined);
      this.readAfterRefusal = this.reading;
    }
    return this.current !== key;
  }

  private get current(): string | undefined {
    return this.found !== undefined && 'key' in this.found ? this.found.key : undefined;
  }

  private get isRefused(): boolean {
    return this.refusedKey !== undefined && this.current === this.refusedKey;
  }

  private get what(): string {
    const { name, namespace } = this.reference;
    return `the Secret ${namespace === undefined ? '' : `${namespace}/`}${name}`;
  }

  /** Takes what was read last, by whomever. Its age in milliseconds, undefined when it was never read. */
  private takeLast(): number | undefined {
    const last = this.secrets.last(this.reference);
    if (last === undefined) return undefined;
    this.take(last);
    return this.secrets.now() - last.readAt;
  }

  /** A known key serves on while the API server gives no answer; whoever refuses it says so himself. */
  private async readAgain(): Promise<void> {
    try {
      this.take(await this.secrets.read(this.reference));
    } catch (error) {
      if (this.current === undefined || !isRetryable(toFailure(error))) throw error;
      this.unreachableUntil = this.secrets.now() + UNREACHABLE_KEPT_MS;
    }
  }

  private take(reading: SecretReading): void {
    if (reading === this.reading) return;
    this.reading = reading;
    this.found = this.find(reading.data);
  }

  private find(data: SecretReading['data']): Found {
    const entry = this.entries.find((name) => Object.hasOwn(data, name));
    const key =
      entry === undefined
        ? ''
        : Buffer.from(data[entry] ?? '', 'base64')
            .toString('utf8')
            .trim();
    if (key !== '') return { key };
    const why = entry === undefined ? `has no entry ${this.entries.join(' or ')}` : `has nothing in its entry ${entry}`;
    return {
      error: new ArenaError({
        code: 'unauthorized',
        message: `The key cannot be read: ${this.what} ${why}.`,
        hint: `name the entry that holds the key in ${this.field.name}.key of ${this.field.owner}`,
      }),
    };
  }
}
