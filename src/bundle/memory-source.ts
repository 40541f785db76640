import { posix } from 'node:path';
import type { BundleSource } from './bundle-source.js';
import { closest } from './suggest.js';

/** Files that are in memory already: a packed bundle, a ConfigMap, a test. */
export function memorySource(files: ReadonlyMap<string, Uint8Array>): BundleSource {
  return {
    read(path, maxBytes) {
      const bytes = files.get(path);
      if (bytes === undefined) {
        const meant = closest(path, files.keys());
        return { problem: 'does not exist', hint: meant === undefined ? undefined : `did you mean "${meant}"?` };
      }
      if (bytes.byteLength > maxBytes) return { problem: `is larger than ${maxBytes} bytes` };
      return bytes;
    },
    list(folder) {
      const below = folder === '.' ? '' : `${posix.normalize(folder).replace(/\/$/, '')}/`;
      const inside = (path: string) => (below === '' ? !path.startsWith('../') : path.startsWith(below));
      return [...files.keys()].filter(inside).sort();
    },
  };
}
