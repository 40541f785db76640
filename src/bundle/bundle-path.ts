import { posix } from 'node:path';

/**
 * Key of a file in `Bundle.files`: `path` as written in a document, seen from `folder`, which is itself relative to
 * the Arena file's folder. The result is normalised; it may begin with `../`, and an absolute path stays one.
 */
export function bundlePath(folder: string, path: string): string {
  return posix.isAbsolute(path) ? posix.normalize(path) : posix.normalize(posix.join(folder, path));
}
