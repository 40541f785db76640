/** Where a provider's key comes from, and how it is kept out of texts. */
import { ArenaError } from '../../core/errors.js';
import { Secrets } from '../../core/secrets.js';
import type { ProviderSpec } from '../../schema/provider.js';
import type { BundleEnvironment } from '../bundle-environment.js';
import type { ClusterSecrets } from '../secrets/cluster-secrets.js';
import { KeyFile } from '../secrets/key-file.js';
import type { KeySource } from '../secrets/key-source.js';
import { SecretKey } from '../secrets/secret-key.js';

export type Environment = Readonly<Record<string, string | undefined>>;

/** What a header can carry. */
const PRINTABLE = /^[\x20-\x7e]+$/;

/**
 * Finds the key of one provider at each call: `api_key`, `credential_file` or `secret_ref`, `credential_env`, then the
 * usual variables. A call asks `ready`, waits where that says so, and takes `key`; when the service refuses the key it
 * asks `refused`.
 */
export class Credential {
  /** A place that is read again and again; undefined for keys that cannot change while the process lives. */
  private readonly source: KeySource | undefined;
  private checked: string | undefined;

  /**
   * @param usualVariables Variables that are read when the provider file names no source, the first that is set. They are
   *   also the usual entries of a Secret.
   * @param secrets Kubernetes Secrets, for `secret_ref`.
   */
  constructor(
    private readonly spec: ProviderSpec['credential'],
    private readonly usualVariables: readonly string[],
    private readonly env: BundleEnvironment,
    secrets?: ClusterSecrets,
  ) {
    this.source = sourceOf(spec, usualVariables, secrets);
  }

  /**
   * What is to be awaited before `key`, because the key must be fetched first; undefined when nothing is. Rejects with an
   * `ArenaError` when it cannot be had.
   */
  ready(): Promise<void> | undefined {
    return this.source?.ready();
  }

  /** Undefined when there is none. Throws `unauthorized` when the named source holds none that can be used. */
  key(): string | undefined {
    const key = this.spec?.api_key ?? this.source?.key() ?? this.fromVariables();
    if (key === undefined || key === this.checked) return key;
    if (!PRINTABLE.test(key)) {
      const message = 'The key holds line breaks or other characters that no header can carry.';
      throw new ArenaError({ code: 'unauthorized', message, hint: this.hint() });
    }
    this.checked = key;
    return key;
  }

  /**
   * Told that the service has refused a call with this key (HTTP 401). Where the key can change it is read again at once,
   * once for all calls that are refused together; true when there is another one now, with which the call may be made
   * again.
   */
  refused(key: string | undefined): boolean | Promise<boolean> {
    if (key === undefined || this.source === undefined) return false;
    return this.source.refused(key);
  }

  /** What to do about a key that is missing or wrong. */
  hint(): string {
    if (this.spec?.api_key !== undefined) return 'check credential.api_key of the provider';
    if (this.source !== undefined) return this.source.hint;
    const name = this.spec?.credential_env ?? this.usualVariables[0];
    if (name === undefined) return 'name the variable that holds the key in credential.credential_env of the provider';
    return `set the environment variable ${name} to a valid key where the workers run, and start them again`;
  }

  /** The variable that the provider file names, as long as it holds nothing. */
  get unsetVariable(): string | undefined {
    const { api_key: written, credential_env: name } = this.spec ?? {};
    if (written !== undefined || this.source !== undefined || name === undefined) return undefined;
    return this.env(name)?.trim() ? undefined : name;
  }

  private fromVariables(): string | undefined {
    const named = this.spec?.credential_env;
    const fromNamed = named === undefined ? undefined : this.env(named)?.trim();
    if (fromNamed) return fromNamed;
    for (const name of this.usualVariables) {
      const value = this.env(name)?.trim();
      if (value) return value;
    }
    return undefined;
  }
}

function sourceOf(
  spec: ProviderSpec['credential'],
  usualVariables: readonly string[],
  secrets: ClusterSecrets | undefined,
): KeySource | undefined {
  if (spec?.api_key !== undefined) return undefined;
  if (spec?.credential_file !== undefined) return new KeyFile(spec.credential_file);
  if (spec?.secret_ref === undefined || secrets === undefined) return undefined;
  return new SecretKey(spec.secret_ref, usualVariables, secrets);
}

/** Users put words such as `test` for keys that nobody checks, and answers hold such words of their own. */
const MIN_CHARACTERS_IN_ANSWERS = 12;

/** What may not be read by anyone: the key, or the parts of a credential that has several. */
type SecretParts = string | readonly string[] | undefined;

/** The key and the secret headers of a provider. `minCharacters`: shorter ones stay where they are found. */
function secretsOf(key: SecretParts, headers: Readonly<Record<string, string>>, minCharacters?: number): Secrets {
  const secrets = new Secrets(() => undefined, minCharacters);
  secrets.keepNamed(headers);
  for (const part of [key ?? []].flat()) secrets.keep(part);
  return secrets;
}

/** A function that takes the key and secret headers out of what a service answers, which is plain data. */
export function answerScrubberOf(key: SecretParts, headers: Readonly<Record<string, string>>): <T>(answer: T) => T {
  const secrets = secretsOf(key, headers, MIN_CHARACTERS_IN_ANSWERS);
  return (answer) => secrets.scrubData(answer);
}

/** A function that replaces secrets: the key, secret headers, and whatever looks like an OpenAI key. */
export function scrubberOf(key: SecretParts, headers: Readonly<Record<string, string>>): (text: string) => string {
  const secrets = secretsOf(key, headers);
  return (text) => secrets.scrub(text).replace(/(?<![A-Za-z])sk-[\w*-]{8,}/g, '***');
}
