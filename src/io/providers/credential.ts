/** Where a provider's key comes from, and how it is kept out of texts. */
import { readFileSync, statSync } from 'node:fs';
import { isAbsolute } from 'node:path';
import { ArenaError } from '../../core/errors.js';
import { Secrets } from '../../core/secrets.js';
import type { ProviderSpec } from '../../schema/provider.js';
import type { BundleEnvironment } from '../bundle-environment.js';

/** A key file is read again after this time, so that a rotated key takes effect in a running worker. */
const FILE_TTL_MS = 30_000;

const MAX_FILE_BYTES = 65_536;

export type Environment = Readonly<Record<string, string | undefined>>;

/** Finds the key of one provider at each call: `api_key`, `credential_file`, `credential_env`, then the usual variable. */
export class Credential {
  private fromFile: { key: string; readAt: number } | undefined;

  /** @param usualVariable Variable that is read when the provider file names no source, if the service has one. */
  constructor(
    private readonly spec: ProviderSpec['credential'],
    private readonly usualVariable: string | undefined,
    private readonly env: BundleEnvironment,
  ) {}

  /** Undefined when there is none. Throws `unauthorized` when the named file cannot be read. */
  key(): string | undefined {
    const { api_key: written, credential_file: file, credential_env: variable } = this.spec ?? {};
    if (written !== undefined) return written;
    if (file !== undefined) return this.readFile(file);
    const fromVariable = variable === undefined ? undefined : this.env(variable)?.trim();
    if (fromVariable) return fromVariable;
    const usual = this.usualVariable === undefined ? undefined : this.env(this.usualVariable)?.trim();
    return usual || undefined;
  }

  /** What to do about a key that is missing or wrong. */
  hint(): string {
    const { api_key: written, credential_file: file, credential_env: variable } = this.spec ?? {};
    if (written !== undefined) return 'check credential.api_key of the provider';
    if (file !== undefined) return `check the key in ${file} (credential.credential_file)`;
    const name = variable ?? this.usualVariable;
    if (name === undefined) return 'name the variable that holds the key in credential.credential_env of the provider';
    return `set the environment variable ${name} to a valid key`;
  }

  private readFile(path: string): string {
    const now = Date.now();
    if (this.fromFile !== undefined && now - this.fromFile.readAt < FILE_TTL_MS) return this.fromFile.key;
    const key = readKeyFile(path);
    this.fromFile = { key, readAt: now };
    return key;
  }
}

function readKeyFile(path: string): string {
  // A worker may run in any folder, so a relative path would mean another file on each machine.
  if (!isAbsolute(path)) throw unusable(path, 'the path is not absolute');
  try {
    const stats = statSync(path);
    // Anything else, a pipe for one, could keep the process waiting.
    if (!stats.isFile() || stats.size > MAX_FILE_BYTES) throw unusable(path, 'it is not a small file');
    const key = readFileSync(path, 'utf8').trim();
    if (key === '') throw unusable(path, 'the file is empty');
    return key;
  } catch (error) {
    if (error instanceof ArenaError) throw error;
    throw unusable(path, error instanceof Error ? error.message : String(error));
  }
}

function unusable(path: string, why: string): ArenaError {
  return new ArenaError({
    code: 'unauthorized',
    message: `The key file ${path} cannot be used: ${why}.`,
    hint: 'correct credential.credential_file of the provider',
  });
}

/** Users put words such as `test` for keys that nobody checks, and answers hold such words of their own. */
const MIN_CHARACTERS_IN_ANSWERS = 12;

/** The key and the secret headers of a provider. `minCharacters`: shorter ones stay where they are found. */
function secretsOf(
  key: string | undefined,
  headers: Readonly<Record<string, string>>,
  minCharacters?: number,
): Secrets {
  const secrets = new Secrets(() => undefined, minCharacters);
  secrets.keepNamed(headers);
  if (key !== undefined) secrets.keep(key);
  return secrets;
}

/** A function that takes the key and secret headers out of what a service answers, which is plain data. */
export function answerScrubberOf(
  key: string | undefined,
  headers: Readonly<Record<string, string>>,
): <T>(answer: T) => T {
  const secrets = secretsOf(key, headers, MIN_CHARACTERS_IN_ANSWERS);
  return (answer) => secrets.scrubData(answer);
}

/** A function that replaces secrets: the key, secret headers, and whatever looks like an OpenAI key. */
export function scrubberOf(
  key: string | undefined,
  headers: Readonly<Record<string, string>>,
): (text: string) => string {
  const secrets = secretsOf(key, headers);
  return (text) => secrets.scrub(text).replace(/(?<![A-Za-z])sk-[\w*-]{8,}/g, '***');
}
