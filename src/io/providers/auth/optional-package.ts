/** Packages that only some installations have. */
import { ArenaError } from '../../../core/errors.js';

/**
 * What `load` imports. Throws `unsupported` when a package is not installed, which is named for people together with who
 * needs it.
 */
export async function optionalPackage<T>(load: () => Promise<T>, names: string, use: string): Promise<T> {
  try {
    return await load();
  } catch (error) {
    const code = typeof error === 'object' && error !== null && 'code' in error ? error.code : undefined;
    if (code !== 'ERR_MODULE_NOT_FOUND' && code !== 'MODULE_NOT_FOUND') throw error;
    const message = `For ${use} a package is needed that is not installed here: ${names}.`;
    throw new ArenaError({ code: 'unsupported', message, hint: `npm install ${names}` }, { cause: error });
  }
}
