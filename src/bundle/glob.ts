/**
 * Globs over `/`-separated names, matched in linear time: they come with jobs, and the usual translation into a
 * backtracking expression can be made to run for ever. `*` and `?` stop at `/`, `**` does not, `**` followed by `/`
 * may also match nothing; `[abc]`, `[!a-z]`, `{a,b}` and `\` are as in a shell. Nothing is special about dots.
 */
import { RE2JS } from 're2js';

const MAX_CHARACTERS = 1000;

export class BadGlob extends Error {}

const literal = (character: string) => character.replace(/[\\^$.*+?()[\]{}|/-]/, '\\$&');

/** The expression for `[…]` beginning at `start`, and where it ends. */
function characterClass(glob: string, start: number): { expression: string; next: number } {
  const negated = glob[start + 1] === '!' || glob[start + 1] === '^';
  const first = start + (negated ? 2 : 1);
  // A bracket that comes first is a member, not the end.
  const end = glob.indexOf(']', first + 1);
  if (end < 0) throw new BadGlob(`"[" at character ${start + 1} is never closed`);
  const members = glob.slice(first, end).replaceAll(/[\\[\]^&]/g, '\\$&');
  return { expression: negated ? `[^/${members}]` : `[${members}]`, next: end + 1 };
}

/** The expression for the stars at `start`, and where they end. */
function stars(glob: string, start: number): { expression: string; next: number } {
  if (glob[start + 1] !== '*') return { expression: '[^/]*', next: start + 1 };
  let next = start + 2;
  while (glob[next] === '*') next += 1;
  const atSegmentStart = start === 0 || glob[start - 1] === '/';
  return atSegmentStart && glob[next] === '/' ? { expression: '(?:.*/)?', next: next + 1 } : { expression: '.*', next };
}

/** The expression for the character at `start`, `depth` braces deep, and where it ends. */
function plain(glob: string, start: number, depth: number): { expression: string; next: number } {
  const character = glob[start] ?? '';
  const next = start + 1;
  if (character === '?') return { expression: '[^/]', next };
  if (character === '{') return { expression: '(?:', next };
  if (character === '}' && depth > 0) return { expression: ')', next };
  if (character === ',' && depth > 0) return { expression: '|', next };
  if (character !== '\\') return { expression: literal(character), next };
  if (next >= glob.length) throw new BadGlob('it ends in a lone "\\"');
  return { expression: literal(glob[next] ?? ''), next: next + 1 };
}

function expressionOf(glob: string): string {
  let expression = '';
  const open: number[] = [];
  for (let at = 0; at < glob.length; ) {
    const character = glob[at];
    const read = character === '*' ? stars : character === '[' ? characterClass : plain;
    const part = read(glob, at, open.length);
    expression += part.expression;
    if (part.expression === '(?:') open.push(part.next);
    else if (part.expression === ')') open.pop();
    at = part.next;
  }
  const unclosed = open.pop();
  if (unclosed !== undefined) throw new BadGlob(`"{" at character ${unclosed} is never closed`);
  return expression;
}

/** Compiles a glob. Throws `BadGlob`. */
export function globMatcher(glob: string): (name: string) => boolean {
  if (glob === '') throw new BadGlob('it is empty');
  if (glob.length > MAX_CHARACTERS) throw new BadGlob(`it is longer than ${MAX_CHARACTERS} characters`);
  const expression = expressionOf(glob);
  try {
    const pattern = RE2JS.compile(expression, RE2JS.DOTALL);
    return (name) => pattern.matches(name);
  } catch (error) {
    throw new BadGlob(error instanceof Error ? error.message : String(error));
  }
}

/** The folder that everything a glob can match lies in; `.` when that is the whole tree. */
export function globFolder(glob: string): string {
  const fixed = glob.split(/[*?[{\\]/, 1)[0] ?? '';
  const end = fixed.lastIndexOf('/');
  return end <= 0 ? '.' : fixed.slice(0, end);
}

export function isGlob(path: string): boolean {
  return /[*?[{]/.test(path);
}

/** A glob that matches exactly this text. */
export function escapeGlob(text: string): string {
  return text.replaceAll(/[*?[\]{},\\]/g, '\\$&');
}
