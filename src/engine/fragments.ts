/** Texts from files that become variables under their own, possibly templated, names. */
import type { Bundle, Loaded } from '../bundle/bundle.js';
import { bundlePath } from '../bundle/bundle-path.js';
import { ArenaError } from '../core/errors.js';
import type { FragmentSpec } from '../schema/fragment.js';
import { render, type Variables } from './template.js';

/** Later fragments may use earlier ones. Throws an `ArenaError` when a required file is missing. */
export function fragmentsOf(
  document: Loaded<unknown>,
  fragments: readonly FragmentSpec[] | undefined,
  variables: Variables,
  { files }: Pick<Bundle, 'files'>,
): Map<string, string> {
  const found = new Map<string, string>();
  for (const [index, fragment] of (fragments ?? []).entries()) {
    const known = found.size === 0 ? variables : new Map([...variables, ...found]);
    const name = render(fragment.name, known);
    const path = bundlePath('.', render(fragment.path ?? `fragments/${name}`, known));
    const file = files.get(path);
    if (file !== undefined) found.set(name, Buffer.from(file).toString('utf8'));
    else if (fragment.required === true) {
      throw new ArenaError({
        code: 'invalid_input',
        message: `${document.at(['spec', 'fragments', index])} required fragment "${name}": there is no file ${path}`,
      });
    }
  }
  return found;
}
