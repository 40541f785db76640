/** Reading values of a file that anybody may have written. */
import { parseDurationMs } from '../../core/duration.js';

export type Path = readonly (string | number)[];
export type Fields = { readonly [name: string]: unknown };

/** Something in a recording that cannot be understood. */
export class RecordingFault extends Error {
  constructor(
    readonly path: Path,
    message: string,
    readonly hint?: string,
    /** Of a text that cannot be parsed: the character where it breaks, from the beginning of the document. */
    readonly offset?: number,
  ) {
    super(message);
  }
}

export function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The first of the named fields that says something. Inherited ones, such as those of `__proto__`, never count. */
export function field(from: Fields, ...names: string[]): unknown {
  for (const name of names) {
    const value = Object.hasOwn(from, name) ? from[name] : undefined;
    if (value !== undefined && value !== null) return value;
  }
  return undefined;
}

export function fieldsOf(from: Fields, ...names: string[]): Fields | undefined {
  const value = field(from, ...names);
  return isFields(value) ? value : undefined;
}

/** A text that says something; numbers and booleans count as written. */
export function textOf(from: Fields, ...names: string[]): string | undefined {
  const value = field(from, ...names);
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  return typeof value === 'string' && value !== '' ? value : undefined;
}

/** A number from 0 up. */
export function amountOf(from: Fields, ...names: string[]): number | undefined {
  const value = field(from, ...names);
  return typeof value === 'number' && Number.isFinite(value) && value >= 0 ? value : undefined;
}

export function countOf(from: Fields, ...names: string[]): number | undefined {
  const value = amountOf(from, ...names);
  return value === undefined ? undefined : Math.round(value);
}

/** Seconds since the epoch have 10 digits for the next centuries, milliseconds 13, microseconds 16. */
const LEAST_MS = 1e11;
const LEAST_US = 1e14;

/** A time in milliseconds since the epoch: ISO 8601, or a number in whichever unit it must be. Empty times are none. */
export function timeOf(from: Fields, ...names: string[]): number | undefined {
  const value = field(from, ...names);
  let ms: number | undefined;
  if (typeof value === 'number') ms = value >= LEAST_US ? value / 1000 : value >= LEAST_MS ? value : value * 1000;
  else if (typeof value === 'string') ms = Date.parse(value);
  else if (value instanceof Date) ms = value.getTime();
  return ms !== undefined && Number.isFinite(ms) && ms > 0 ? Math.round(ms) : undefined;
}

/** A span in milliseconds: nanoseconds as a number, or a duration such as `2s`. */
export function spanOf(from: Fields, ...names: string[]): number | undefined {
  const value = field(from, ...names);
  if (typeof value === 'number') return value >= 0 && Number.isFinite(value) ? value / 1e6 : undefined;
  return typeof value === 'string' ? parseDurationMs(value) : undefined;
}

/** What a value is, for messages. */
export function kindOf(value: unknown): string {
  if (value === null || value === undefined) return 'nothing';
  if (Array.isArray(value)) return 'a list';
  return { object: 'a map', string: 'a text' }[String(typeof value)] ?? `a ${typeof value}`;
}
