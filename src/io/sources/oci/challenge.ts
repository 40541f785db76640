/** What a registry asks for in `WWW-Authenticate` (RFC 9110 §11.6.1). */

export interface Challenge {
  /** In lower case. */
  scheme: string;
  parameters: ReadonlyMap<string, string>;
}

const TOKEN = /[!#$%&'*+.^_`|~\w-]+/y;
const PARAMETER = /\s*([!#$%&'*+.^_`|~\w-]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s,"]+))\s*/y;

/** All challenges of a header; what cannot be read ends the list. Longer headers than 8 KiB are cut. */
export function challengesOf(header: string | readonly string[] | undefined): Challenge[] {
  const text = (typeof header === 'string' ? header : (header ?? []).join(', ')).slice(0, 8192);
  const found: Challenge[] = [];
  let at = 0;
  const match = (pattern: RegExp): RegExpExecArray | null => {
    pattern.lastIndex = at;
    const result = pattern.exec(text);
    if (result !== null) at = pattern.lastIndex;
    return result;
  };
  while (at < text.length) {
    match(/[\s,]*/y);
    const scheme = match(TOKEN);
    if (scheme === null) break;
    const parameters = new Map<string, string>();
    for (;;) {
      const before = at;
      match(/[\s,]*/y);
      const parameter = match(PARAMETER);
      if (parameter === null) {
        at = before;
        break;
      }
      const [, name = '', quoted, plain = ''] = parameter;
      parameters.set(name.toLowerCase(), quoted === undefined ? plain : quoted.replace(/\\(.)/g, '$1'));
    }
    found.push({ scheme: scheme[0].toLowerCase(), parameters });
  }
  return found;
}
