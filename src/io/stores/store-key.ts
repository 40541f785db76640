import { ArenaError } from '../../core/errors.js';

/** The parts of a key. Throws `invalid_input` for what is no key: it would leave its place in a folder or a bucket. */
export function partsOfKey(key: string): string[] {
  const parts = key.split('/');
  if (parts.some((part) => part === '' || part === '.' || part === '..' || /[\0\\]/.test(part))) {
    throw new ArenaError({ code: 'invalid_input', message: `"${key}" is not a key of the store` });
  }
  return parts;
}
