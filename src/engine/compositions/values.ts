/** Values that steps of a composition read: the input, and what earlier steps gave. */
import { type Binding, piecesOf } from '../../bundle/compositions/bindings.js';
import type { JsonValue } from '../../core/conversation.js';
import { ArenaError } from '../../core/errors.js';
import { isObject, toText } from '../json.js';

/** Steps that repeat one another's texts would soon fill the process. */
const MAX_CHARACTERS = 1024 * 1024;

export interface Values {
  /** The user's message: JSON if it is a map or a list, else the text. */
  input: JsonValue;
  /** The message as it was written. */
  inputText: string;
  /** By step; those that did not run have none. */
  outputs: ReadonlyMap<string, StepOutput>;
}

export interface StepOutput {
  value: JsonValue;
  /** As it was said, or the value as JSON. */
  text: string;
}

/** The value with its references filled in. What did not run is null, within a text nothing. Values are not filled again. */
export function fill(value: JsonValue, values: Values): JsonValue {
  if (typeof value === 'string') return fillText(value, values);
  if (Array.isArray(value)) return value.map((one) => fill(one, values));
  if (!isObject(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, fill(one, values)]));
}

function fillText(text: string, values: Values): JsonValue {
  const pieces = piecesOf(text);
  // The loader refuses what means nothing.
  if (!Array.isArray(pieces)) return text;
  const [only] = pieces;
  if (pieces.length === 1 && only !== undefined && typeof only !== 'string') return read(only, values) ?? null;
  let filled = '';
  for (const piece of pieces) {
    filled += typeof piece === 'string' ? piece : textOf(piece, values);
    if (filled.length > MAX_CHARACTERS) {
      const message = `a text of a composition is longer than ${MAX_CHARACTERS} characters when it is filled in`;
      throw new ArenaError({ code: 'answer_too_large', message, hint: 'refer to parts of earlier outputs' });
    }
  }
  return filled;
}

function textOf(binding: Binding, values: Values): string {
  if (binding.keys.length === 0) {
    return binding.step === undefined ? values.inputText : (values.outputs.get(binding.step)?.text ?? '');
  }
  const value = read(binding, values);
  return value === undefined || value === null ? '' : toText(value);
}

/** Undefined when there is no such value. */
export function read({ step, keys }: Binding, values: Values): JsonValue | undefined {
  let value = step === undefined ? values.input : values.outputs.get(step)?.value;
  // A message that is no JSON is the text of the input.
  if (step === undefined && typeof value === 'string' && keys.length === 1 && keys[0] === 'text') return value;
  for (const key of keys) {
    if (Array.isArray(value)) value = /^\d+$/.test(key) ? value[Number(key)] : undefined;
    else value = isObject(value) && Object.hasOwn(value, key) ? value[key] : undefined;
  }
  return value;
}
