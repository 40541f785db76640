import type { ToolSpec } from './tool.js';

/**
 * Files of the bundle that the program of an exec tool may be made of: whatever in its command and arguments is written
 * like a path below the Arena file's folder. Whether there is such a file shows when the bundle is read.
 */
export function programFiles({ command, args = [] }: NonNullable<ToolSpec['exec']>): string[] {
  const paths = [command, ...args].flatMap((text) => {
    if (!/^(\.\/)?[\w@-][\w@. -]*([./][\w@. -]+)+$/.test(text)) return [];
    const parts = text.split('/').filter((part) => part !== '.' && part !== '');
    return parts.includes('..') ? [] : [parts.join('/')];
  });
  return [...new Set(paths)];
}
