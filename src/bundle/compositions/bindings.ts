/** References to earlier values in the steps of a composition: `${input.KEY}` and `${STEP.output.KEY}`. */
import type { JsonValue } from '../../core/conversation.js';

export interface Binding {
  /** As written, with `${}`. */
  written: string;
  /** Absent: the input of the composition. */
  step?: string;
  /** Keys and indexes below it. */
  keys: string[];
}

/** Text between bindings, or a binding. */
export type Piece = string | Binding;

const REFERENCE = /\$\{([^{}]*)\}/g;
const INPUT = /^input(?:\.(.+))?$/;
const OUTPUT = /^([a-zA-Z_][a-zA-Z0-9_]*)\.output(?:\.(.+))?$/;

/** The pieces of a text, or the first reference that means nothing. */
export function piecesOf(text: string): Piece[] | { meaningless: string } {
  const pieces: Piece[] = [];
  let from = 0;
  for (const match of text.matchAll(REFERENCE)) {
    const [written, inner = ''] = match;
    const binding = bindingOf(written, inner.trim());
    if (binding === undefined) return { meaningless: written };
    if (match.index > from) pieces.push(text.slice(from, match.index));
    pieces.push(binding);
    from = match.index + written.length;
  }
  if (from < text.length) pieces.push(text.slice(from));
  return pieces;
}

function bindingOf(written: string, inner: string): Binding | undefined {
  const input = INPUT.exec(inner);
  if (input !== null) return { written, keys: keysOf(input[1]) };
  const output = OUTPUT.exec(inner);
  if (output === null || output[1] === undefined) return undefined;
  return { written, step: output[1], keys: keysOf(output[2]) };
}

const keysOf = (path: string | undefined): string[] => (path === undefined ? [] : path.split('.'));

/** Every text in a value, with its place below it. */
export function* textsIn(value: JsonValue, path: (string | number)[] = []): Generator<[string, (string | number)[]]> {
  if (typeof value === 'string') yield [value, path];
  else if (Array.isArray(value)) for (const [index, one] of value.entries()) yield* textsIn(one, [...path, index]);
  else if (value !== null && typeof value === 'object') {
    for (const [key, one] of Object.entries(value)) yield* textsIn(one, [...path, key]);
  }
}
