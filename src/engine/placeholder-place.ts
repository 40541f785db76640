/** Where a placeholder that nothing fills is written, as far as it can be found. */
import type { Bundle, Loaded } from '../bundle/bundle.js';

/**
 * `file:line:col` of `{{name}}` at or behind the text that stands at `path`; of that text itself when the placeholder
 * came in with a value from elsewhere.
 */
export function placeOfPlaceholder(
  { files }: Pick<Bundle, 'files'>,
  document: Loaded<unknown>,
  path: readonly (string | number)[],
  name: string,
): string {
  const { file, line = 1, column = 1 } = document.placeOf(path);
  const bytes = files.get(file);
  if (bytes === undefined) return document.at(path);
  const lines = Buffer.from(bytes).toString('utf8').split('\n');
  const placeholder = `{{${name}}}`;
  for (let index = line - 1; index < lines.length; index += 1) {
    const found = (lines[index] ?? '').indexOf(placeholder, index === line - 1 ? column - 1 : 0);
    if (found !== -1) return `${file}:${index + 1}:${found + 1}`;
  }
  return document.at(path);
}
