import { createHash } from 'node:crypto';

/** First 16 hex digits of the SHA-256 of a text in UTF-8. */
export function textSha(text: string): string {
  return createHash('sha256').update(text, 'utf8').digest('hex').slice(0, 16);
}

/** JSON with sorted keys and no white space. */
export function canonicalJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(',')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? 'null';
  const members = Object.entries(value)
    .filter(([, member]) => member !== undefined)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, member]) => `${JSON.stringify(name)}:${canonicalJson(member)}`);
  return `{${members.join(',')}}`;
}

/** Whether a hash is that of a value; some JSON writers escape everything outside ASCII. */
export function isShaOf(sha: string, value: unknown): boolean {
  const json = canonicalJson(value);
  if (sha === textSha(json)) return true;
  const escaped = json.replace(/[\u0080-\uffff]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);
  return escaped !== json && sha === textSha(escaped);
}
