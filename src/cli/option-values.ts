/** Parsing of option values. commander prints what these throw behind the option's name. */
import { InvalidArgumentError } from 'commander';
import { parseDurationMs } from '../core/duration.js';
import { MAX_STALL_MS, type Stall } from '../io/mock-server/stalls.js';

export function wholeNumber(min: number, max = Number.MAX_SAFE_INTEGER): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (/^\d+$/.test(text) && value >= min && value <= max) return value;
    throw new InvalidArgumentError(`It must be a whole number from ${min}${max < 1e9 ? ` to ${max}` : ''}.`);
  };
}

/** Whole, of either sign. */
export function integer(text: string): number {
  const value = Number(text);
  if (/^-?\d+$/.test(text) && Number.isSafeInteger(value)) return value;
  throw new InvalidArgumentError('It must be a whole number.');
}

export function numberUpTo(max: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (/^\d*\.?\d+$/.test(text) && value <= max) return value;
    throw new InvalidArgumentError(`It must be a number from 0 to ${max}.`);
  };
}

export function share(text: string): number {
  const value = Number(text);
  if (/^\d*\.?\d+$/.test(text) && value <= 1) return value;
  throw new InvalidArgumentError('It must be a number from 0 to 1.');
}

/** A path that a shell variable left empty must not fall back to a default unseen. */
export function path(text: string): string {
  if (text.trim() !== '') return text;
  throw new InvalidArgumentError('It must not be empty.');
}

/** A path, for options that may be repeated. */
export const file = (text: string, before: string[] | undefined): string[] => [...(before ?? []), path(text)];

/** For options that may be repeated and hold commas. */
export function list(text: string, before: string[] | undefined): string[] {
  const items = text.split(',').map((item) => item.trim());
  if (items.some((item) => item === '')) throw new InvalidArgumentError('It holds an empty entry.');
  return [...(before ?? []), ...items];
}

export function oneOfList<T extends string>(allowed: readonly T[]): (text: string, before: T[] | undefined) => T[] {
  return (text, before) =>
    list(text, before).map((item) => {
      const known = allowed.find((one) => one === item);
      if (known === undefined) throw new InvalidArgumentError(`"${item}" is none of ${allowed.join(', ')}.`);
      return known;
    });
}

export type Variables = { [name: string]: string };

export function variable(text: string, before: Variables | undefined): Variables {
  const at = text.indexOf('=');
  if (at < 1) throw new InvalidArgumentError('It must have the form name=value.');
  return { ...before, [text.slice(0, at)]: text.slice(at + 1) };
}

/** `a=b`, comma-separated; may be repeated. What stands on the left must not come twice. */
export function pairs(text: string, before: Variables | undefined): Variables {
  const found = new Map(Object.entries(before ?? {}));
  for (const item of list(text, undefined)) {
    const at = item.indexOf('=');
    const [left, right] = [item.slice(0, Math.max(0, at)).trim(), item.slice(at + 1).trim()];
    if (left === '' || right === '') throw new InvalidArgumentError(`"${item}" has not the form left=right.`);
    if (found.has(left)) throw new InvalidArgumentError(`"${left}" stands there twice.`);
    found.set(left, right);
  }
  return Object.fromEntries(found);
}

/** `scenario=n`, comma-separated; may be repeated. */
export function weight(
  text: string,
  before: { [scenario: string]: number } | undefined,
): { [scenario: string]: number } {
  const found = new Map(Object.entries(before ?? {}));
  for (const [scenario, share] of Object.entries(pairs(text, undefined))) {
    const number = Number(share);
    if (!/^\d*\.?\d+$/.test(share) || number <= 0 || number > 1_000_000) {
      throw new InvalidArgumentError(`The weight of "${scenario}" must be a number above 0, to 1000000.`);
    }
    if (found.has(scenario)) throw new InvalidArgumentError(`"${scenario}" stands there twice.`);
    found.set(scenario, number);
  }
  return Object.fromEntries(found);
}

export function duration(text: string): string {
  const ms = parseDurationMs(text);
  if (ms !== undefined && ms > 0) return text;
  throw new InvalidArgumentError('It must be a duration such as 30s, 5m or 1h30m.');
}

/** A duration that may be none at all. */
export function durationOrNone(text: string): string {
  if (parseDurationMs(text) !== undefined) return text;
  throw new InvalidArgumentError('It must be a duration such as 30s or 5m, or 0s.');
}

/** `200`, or `100-300`, in milliseconds. */
export function latency(text: string): number | { min: number; max: number } {
  const match = /^(\d+)(?:-(\d+))?$/.exec(text);
  const min = Number(match?.[1]);
  const max = match?.[2] === undefined ? undefined : Number(match[2]);
  if (match === null || (max !== undefined && max < min)) {
    throw new InvalidArgumentError('It must be milliseconds, such as 200 or 100-300.');
  }
  return max === undefined ? min : { min, max };
}

/** `2s@30s`: for two seconds, half a minute after the first call. Comma-separated; may be repeated. */
export function stalls(text: string, before: Stall[] | undefined): Stall[] {
  const found = list(text, undefined).map((item) => {
    const [forMs, atMs] = item.split('@', 2).map(parseDurationMs);
    if (item.split('@').length === 2 && forMs !== undefined && atMs !== undefined && forMs <= MAX_STALL_MS) {
      return { atMs, forMs };
    }
    throw new InvalidArgumentError('It must say how long, up to an hour, and when, such as 2s@30s.');
  });
  return [...(before ?? []), ...found];
}

export function jobName(text: string): string {
  if (/^[A-Za-z0-9][A-Za-z0-9._-]{0,199}$/.test(text)) return text;
  throw new InvalidArgumentError(
    'It must start with a letter or digit and hold only letters, digits, ".", "_" and "-".',
  );
}
