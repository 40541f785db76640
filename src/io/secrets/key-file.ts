import { readFileSync, statSync } from 'node:fs';
import { isAbsolute } from 'node:path';
import { ArenaError } from '../../core/errors.js';
import { KEPT_MS, type KeySource, REFUSED_KEPT_MS } from './key-source.js';

const MAX_FILE_BYTES = 65_536;

interface Reading {
  key: string;
  readAt: number;
  refused: boolean;
}

/** A key in a file, as Kubernetes, Docker and others mount it: they replace the file when the key changes. */
export class KeyFile implements KeySource {
  readonly hint: string;
  private last: Reading | undefined;

  /** `now`: milliseconds of a clock that only goes forward. */
  constructor(
    private readonly path: string,
    private readonly now: () => number = () => performance.now(),
  ) {
    this.hint = `check the key in ${path} (credential.credential_file)`;
  }

  ready(): undefined {
    return undefined;
  }

  key(): string {
    return this.recent() ?? this.read().key;
  }

  refused(key: string): boolean {
    const { last } = this;
    if (last !== undefined && last.key !== key) return true;
    if (last?.refused === true && this.recent() !== undefined) return false;
    if (last !== undefined) last.refused = true;
    try {
      return this.read().key !== key;
    } catch {
      // The next call says what is wrong with the file.
      return false;
    }
  }

  private recent(): string | undefined {
    if (this.last === undefined) return undefined;
    const { key, readAt, refused } = this.last;
    return this.now() - readAt < (refused ? REFUSED_KEPT_MS : KEPT_MS) ? key : undefined;
  }

  private read(): Reading {
    const key = readKeyFile(this.path);
    const refused = this.last?.key === key && this.last.refused;
    this.last = { key, readAt: this.now(), refused };
    return this.last;
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
