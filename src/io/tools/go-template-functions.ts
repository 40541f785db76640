/** Go's predefined template functions and its way to print and to judge values. */
import type { JsonValue } from '../../core/conversation.js';
import type { Value } from './go-template.js';
import { TemplateFault } from './go-template-syntax.js';

/** Empty values are false: absent, null, false, 0, and anything of length 0. */
export function isTrue(value: Value): boolean {
  if (Array.isArray(value)) return value.length > 0;
  if (typeof value === 'object' && value !== null) return Object.keys(value).length > 0;
  return Boolean(value);
}

/** As `%v` prints: lists as `[a b]`, maps as `map[k:v]` with sorted keys. */
export function printValue(value: Value): string {
  if (value === undefined || value === null) return '<no value>';
  if (typeof value === 'number') return printNumber(value);
  if (Array.isArray(value)) return `[${value.map(printItem).join(' ')}]`;
  if (typeof value !== 'object') return String(value);
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return `map[${entries.map(([key, item]) => `${key}:${printItem(item)}`).join(' ')}]`;
}

const printItem = (value: JsonValue): string => (value === null ? '<nil>' : printValue(value));

/** Numbers of JSON are 64-bit floats: an exponent below −4 or from 21 on is written with at least two digits. */
function printNumber(value: number): string {
  const magnitude = Math.abs(value);
  const text = magnitude !== 0 && (magnitude < 1e-4 || magnitude >= 1e21) ? value.toExponential() : String(value);
  return text.replace(/e([+-])(\d)$/, 'e$10$2');
}

type TemplateFunction = (args: readonly Value[]) => Value;

const FUNCTIONS: ReadonlyMap<string, TemplateFunction> = new Map<string, TemplateFunction>([
  ['not', ([value]) => !isTrue(value)],
  ['len', ([value]) => lengthOf(value)],
  ['index', ([value, ...keys]) => keys.reduce((current, key) => indexOf(current, key), value)],
  ['slice', ([value, from, to]) => sliceOf(value, from, to)],
  ['eq', ([first, ...others]) => others.some((other) => isEqual(first, other))],
  ['ne', ([a, b]) => !isEqual(a, b)],
  ['lt', ([a, b]) => compare(a, b) < 0],
  ['le', ([a, b]) => compare(a, b) <= 0],
  ['gt', ([a, b]) => compare(a, b) > 0],
  ['ge', ([a, b]) => compare(a, b) >= 0],
  ['print', (args) => join(args)],
  ['println', (args) => `${args.map(printValue).join(' ')}\n`],
  ['printf', ([format, ...args]) => printf(format, args)],
  ['urlquery', (args) => encodeURIComponent(join(args)).replaceAll('%20', '+')],
  ['html', (args) => escapeWith(join(args), HTML)],
  ['js', (args) => escapeWith(join(args), SCRIPT)],
]);

export function callFunction(name: string, args: readonly Value[]): Value {
  const found = FUNCTIONS.get(name);
  if (found === undefined) throw new TemplateFault(`function "${name}" is not defined`);
  return found(args);
}

/** Spaces stand between arguments when neither side is a text. */
function join(args: readonly Value[]): string {
  return args.reduce<string>((text, value, index) => {
    const gap = index > 0 && typeof value !== 'string' && typeof args[index - 1] !== 'string' ? ' ' : '';
    return `${text}${gap}${printValue(value)}`;
  }, '');
}

function lengthOf(value: Value): number {
  if (typeof value === 'string') return Buffer.byteLength(value);
  if (Array.isArray(value)) return value.length;
  if (typeof value === 'object' && value !== null) return Object.keys(value).length;
  throw new TemplateFault(`len of ${printValue(value)}`);
}

function indexOf(value: Value, key: Value): Value {
  if (Array.isArray(value)) {
    if (typeof key !== 'number' || key < 0 || key >= value.length) {
      throw new TemplateFault(`index out of range: ${printValue(key)}`);
    }
    return value[key];
  }
  if (typeof value !== 'object' || value === null || typeof key !== 'string') {
    throw new TemplateFault(`can't index ${printValue(value)} with ${printValue(key)}`);
  }
  return Object.hasOwn(value, key) ? value[key] : undefined;
}

function sliceOf(value: Value, from: Value = 0, to?: Value): Value {
  if (typeof from !== 'number' || (to !== undefined && typeof to !== 'number')) {
    throw new TemplateFault('slice takes numbers');
  }
  if (typeof value !== 'string' && !Array.isArray(value)) throw new TemplateFault(`can't slice ${printValue(value)}`);
  return value.slice(from, to);
}

function isEqual(a: Value, b: Value): boolean {
  if (typeof a === 'object' && a !== null) throw new TemplateFault('lists and maps cannot be compared');
  return (a ?? null) === (b ?? null);
}

function compare(a: Value, b: Value): number {
  if (typeof a === 'number' && typeof b === 'number') return a - b;
  if (typeof a === 'string' && typeof b === 'string') return a === b ? 0 : a < b ? -1 : 1;
  throw new TemplateFault(`${printValue(a)} and ${printValue(b)} cannot be compared`);
}

/** The verbs that make sense for JSON values: v, s, d, f, q, t, e, g and %. */
function printf(format: Value, args: readonly Value[]): string {
  if (typeof format !== 'string') throw new TemplateFault('printf takes a format');
  let next = 0;
  return format.replace(/%([-+0 ]*)(\d{0,3})(?:\.(\d{1,2}))?([a-zA-Z%])/g, (_, flags, width, precision, verb) => {
    if (verb === '%') return '%';
    const value = args[next];
    next += 1;
    return pad(formatValue(value, verb, precision), flags, Number(width || 0));
  });
}

function formatValue(value: Value, verb: string, precision: string | undefined): string {
  if (typeof value === 'number') {
    if (verb === 'd') return Math.trunc(value).toString();
    if (verb === 'f') return value.toFixed(Number(precision ?? 6));
    if (verb === 'e') return value.toExponential(Number(precision ?? 6));
    return printValue(value);
  }
  const text = printValue(value);
  if (verb === 'q') return JSON.stringify(text);
  return precision === undefined || verb !== 's' ? text : text.slice(0, Number(precision));
}

function pad(text: string, flags: string, width: number): string {
  if (flags.includes('-')) return text.padEnd(width);
  return text.padStart(width, flags.includes('0') ? '0' : ' ');
}

const HTML: { [character: string]: string } = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&#34;', "'": '&#39;' };

const SCRIPT: { [character: string]: string } = {
  '\\': '\\\\',
  "'": "\\'",
  '"': '\\"',
  '<': '\\u003C',
  '>': '\\u003E',
  '&': '\\u0026',
  '=': '\\u003D',
  '\n': '\\u000A',
  '\r': '\\u000D',
  '\t': '\\u0009',
};

function escapeWith(text: string, table: { [character: string]: string }): string {
  return [...text].map((character) => table[character] ?? character).join('');
}
