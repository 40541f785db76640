/** Files from outside, taken in one by one: in memory, within bounds, under names that mean the same everywhere. */
import { ArenaError } from '../../core/errors.js';
import { shorten } from '../../core/shorten.js';

export interface FileLimits {
  files: number;
  /** Of all files together. */
  bytes: number;
  fileBytes: number;
  /** Of a path, in UTF-8. */
  pathBytes: number;
}

export const FILE_LIMITS: FileLimits = {
  files: 10_000,
  bytes: 128 * 1024 * 1024,
  fileBytes: 64 * 1024 * 1024,
  pathBytes: 512,
};

// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is looked for
const UNPRINTABLE = /[\u0000-\u001f\u007f\\\ufffd]/;

/** Why a path names no file of a bundle; undefined when it does. `\ufffd` is what bytes that are no UTF-8 become. */
export function pathFault(path: string, maxBytes: number = FILE_LIMITS.pathBytes): string | undefined {
  if (path === '') return 'has no name';
  if (Buffer.byteLength(path) > maxBytes) return `has a path of more than ${maxBytes} bytes`;
  if (path.startsWith('/') || /^[a-z]:/i.test(path)) return 'has an absolute path';
  if (UNPRINTABLE.test(path)) return 'has a backslash, a control character or bytes that are no UTF-8 in its path';
  const parts = path.split('/');
  if (parts.includes('..')) return 'leads out of the bundle by ".."';
  if (parts.includes('') || parts.includes('.')) return 'has an empty part or "." in its path';
  return undefined;
}

/** A path for people: bounded, on one line. */
export function shownPath(path: string): string {
  return JSON.stringify(shorten(path, 120));
}

/** Counts what was read from outside, over all archives of one fetch, and refuses what goes beyond the limits. */
export class FileBudget {
  private files = 0;
  private bytes = 0;

  /** @param what begins the sentence of a refusal: `the repository` */
  constructor(
    private readonly what: string,
    private readonly hint: string,
    readonly limits: FileLimits = FILE_LIMITS,
  ) {}

  /** To be asked before the bytes are read. `path` as it stands outside. */
  take(path: string, bytes: number): void {
    const { limits } = this;
    if (bytes > limits.fileBytes) throw this.refusal(path, `is larger than ${megabytes(limits.fileBytes)}`);
    this.files += 1;
    this.bytes += bytes;
    if (this.files > limits.files) throw this.tooMuch(`more than ${limits.files} files`);
    if (this.bytes > limits.bytes) throw this.tooMuch(`more than ${megabytes(limits.bytes)}`);
  }

  /** Throws when the path is none for a bundle. */
  checkPath(path: string): void {
    const fault = pathFault(path, this.limits.pathBytes);
    if (fault !== undefined) throw this.refusal(path, fault);
  }

  tooMuch(how: string): ArenaError {
    return new ArenaError({ code: 'invalid_input', message: `${this.what} holds ${how}`, hint: this.hint });
  }

  refusal(path: string, why: string): ArenaError {
    const message = `${this.what} holds ${shownPath(path)}, which ${why}`;
    return new ArenaError({ code: 'invalid_input', message, hint: this.hint });
  }
}

const megabytes = (bytes: number): string => `${Math.round(bytes / (1024 * 1024))} MiB`;
