/** What a schema finds wrong, in words and with positions. */
import type { z } from 'zod';
import { keysAt } from '../schema/keys-at.js';
import { strayKeys } from '../schema/stray-keys.js';
import type { Fault } from './fault.js';
import type { Positions } from './positions.js';
import { closest, hintFor } from './suggest.js';

type Issue = z.core.$ZodIssue;

const TYPE_NAMES: ReadonlyMap<string, string> = new Map([
  ['string', 'a text'],
  ['number', 'a number'],
  ['int', 'a whole number'],
  ['boolean', 'true or false'],
  ['array', 'a list'],
  ['object', 'a map'],
  ['record', 'a map'],
  ['null', 'null'],
]);

function typeOf(value: unknown): string {
  if (value === null) return 'nothing';
  if (Array.isArray(value)) return 'a list';
  return TYPE_NAMES.get(typeof value) ?? typeof value;
}

/** Numbers as they are, since it is their kind that is wrong; of everything else the type. */
function shown(value: unknown): string {
  return typeof value === 'number' ? String(value) : typeOf(value);
}

function valueAt(root: unknown, path: readonly PropertyKey[]): unknown {
  let current = root;
  for (const key of path) {
    if (typeof current !== 'object' || current === null) return undefined;
    current = Object.getOwnPropertyDescriptor(current, key)?.value;
  }
  return current;
}

/** `spec.turns[0].content`. */
export function dotted(path: readonly PropertyKey[]): string {
  return path
    .map((key, at) => (typeof key === 'number' ? `[${key}]` : `${at === 0 ? '' : '.'}${String(key)}`))
    .join('');
}

/** Of a union, the alternative that got furthest: its faults are about what the author meant. */
function bestBranch(issue: z.core.$ZodIssueInvalidUnion): Issue[] | undefined {
  const depth = (issues: Issue[]) =>
    Math.max(...issues.map((each) => each.path.length + (each.code === 'invalid_type' ? 0 : 0.5)));
  const branches = issue.errors.filter((issues) => issues.length > 0 && depth(issues) > 0);
  return branches.sort((a, b) => depth(b) - depth(a))[0];
}

function flatten(issue: Issue): Issue[] {
  if (issue.code !== 'invalid_union') return [issue];
  const branch = bestBranch(issue);
  if (branch === undefined) return [issue];
  return branch.flatMap((each) => flatten({ ...each, path: [...issue.path, ...each.path] }));
}

function expectedTypes(issue: z.core.$ZodIssueInvalidUnion): string {
  const expected = issue.errors.flat().map((each) => ('expected' in each ? String(each.expected) : ''));
  const names = [...new Set(expected.map((type) => TYPE_NAMES.get(type)).filter((name) => name !== undefined))];
  return names.join(' or ') || 'another type of value';
}

function bound(issue: z.core.$ZodIssueTooSmall | z.core.$ZodIssueTooBig): string {
  const limit = issue.code === 'too_small' ? issue.minimum : issue.maximum;
  const side = issue.code === 'too_small' ? 'at least' : 'at most';
  if (issue.origin === 'string') {
    return issue.code === 'too_small' && limit === 1 ? 'must not be empty' : `must have ${side} ${limit} characters`;
  }
  if (issue.origin === 'array') return `must have ${side} ${limit} item${Number(limit) === 1 ? '' : 's'}`;
  if (issue.inclusive === false) return `must be ${issue.code === 'too_small' ? 'greater' : 'less'} than ${limit}`;
  return `must be ${side} ${limit}`;
}

/** How zod begins what it says of values for which the schema has no words of its own. */
const UNION_DEFAULT = 'Invalid input';
const TYPE_DEFAULT = 'Invalid input: ';

interface Words {
  message: string;
  hint?: string;
}

function words(issue: Issue, value: unknown): Words {
  switch (issue.code) {
    case 'invalid_type':
      if (value === undefined) return { message: 'is required' };
      if (!issue.message.startsWith(TYPE_DEFAULT)) return { message: issue.message };
      return { message: `must be ${TYPE_NAMES.get(issue.expected) ?? issue.expected}, not ${shown(value)}` };
    case 'invalid_value': {
      const known = issue.values.map(String).filter((each) => each !== '');
      if (value === undefined) return { message: 'is required', hint: `one of ${known.join(', ')}` };
      const meant = typeof value === 'string' ? closest(value, known) : undefined;
      const hint = meant === undefined ? undefined : `did you mean "${meant}"?`;
      return { message: `${JSON.stringify(value)?.slice(0, 100)} is not one of ${known.join(', ')}`, hint };
    }
    case 'invalid_key':
      return { message: issue.issues[0]?.message ?? issue.message };
    case 'invalid_union':
      if (value === undefined) return { message: 'is required' };
      if (issue.message !== UNION_DEFAULT) return { message: issue.message };
      return { message: `must be ${expectedTypes(issue)}, not ${shown(value)}` };
    case 'too_small':
    case 'too_big':
      return { message: bound(issue) };
    default:
      return { message: issue.message };
  }
}

/** Everything that a schema has found wrong. `schema` gives the suggestions for unknown keys. */
function described(
  error: z.ZodError,
  schema: z.ZodType,
  value: unknown,
  whole: string,
): (Words & { path: PropertyKey[] })[] {
  return error.issues.flatMap(flatten).flatMap((issue) => {
    if (issue.code !== 'unrecognized_keys') {
      const { message, hint } = words(issue, valueAt(value, issue.path));
      const where = issue.path.length === 0 ? whole : dotted(issue.path);
      return [{ path: issue.path, message: `${where} ${message}`, hint }];
    }
    const where = issue.path.length === 0 ? '' : ` in ${dotted(issue.path)}`;
    const known = keysAt(schema, issue.path);
    return issue.keys.map((key) => ({
      path: [...issue.path, key],
      message: `unknown key "${key}"${where}`,
      hint: hintFor(key, known, 'known keys'),
    }));
  });
}

/** Faults of a document that a schema has refused. */
export function schemaFaults(
  error: z.ZodError,
  schema: z.ZodType,
  value: unknown,
  file: string,
  positions: Pick<Positions, 'find'>,
): Fault[] {
  const faults = described(error, schema, value, 'the document').map(
    ({ path, message, hint }): Fault => ({ severity: 'error', file, ...positions.find(path), message, hint }),
  );
  return faults.sort((a, b) => (a.line ?? 0) - (b.line ?? 0) || (a.column ?? 0) - (b.column ?? 0));
}

/** Warnings for keys that a document may have but that mean nothing. The schema has accepted the value. */
export function strayKeyFaults(
  schema: z.ZodType,
  value: unknown,
  file: string,
  positions: Pick<Positions, 'find'>,
): Fault[] {
  return strayKeys(schema, value).map(({ path, key, known }): Fault => {
    const where = path.length === 0 ? '' : ` in ${dotted(path)}`;
    const message = `unknown key "${key}"${where}: it has no effect`;
    const hint = hintFor(key, known, 'known keys');
    return { severity: 'warning', file, ...positions.find([...path, key]), message, hint };
  });
}

/** What a schema has refused of a value that stands in no file: one line a fault. */
export function schemaMessages(error: z.ZodError, schema: z.ZodType, value: unknown): string[] {
  return described(error, schema, value, 'the input').map(({ message, hint }) =>
    hint === undefined ? message : `${message}, ${hint}`,
  );
}
