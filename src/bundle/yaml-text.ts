/** YAML to plain values, with every fault at its place and nothing that a hostile text could blow up. */
import {
  type DocumentOptions,
  isScalar,
  LineCounter,
  type ParseOptions,
  parseAllDocuments,
  parseDocument,
  type YAMLError,
} from 'yaml';
import type { Fault } from './fault.js';
import { Positions, Unreadable } from './positions.js';

/** Copies of anchors that a document may expand to, per alias; more is an attack (`billion laughs`), not a document. */
const MAX_ALIASES = 100;

/** Values that a document may hold, those behind an alias counted each time: whoever copies it pays for each. */
const MAX_VALUES = 1_000_000;

/** Broken YAML tends to be broken in many places for one reason. */
const MAX_FAULTS = 20;

export interface YamlText {
  value: unknown;
  positions: Positions;
}

function decode(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return undefined;
  }
}

type FaultAt = (severity: Fault['severity'], offset: number, message: string, hint?: string) => Fault;
type Parsed = Pick<ReturnType<typeof parseDocument>, 'errors' | 'warnings' | 'toJS'> & { contents: unknown };
type Parse = (source: string, options: ParseOptions & DocumentOptions) => readonly Parsed[];

/** Parses one document. `text` is absent when there are errors among the faults. */
export function parseYaml(file: string, bytes: Uint8Array): { text?: YamlText; faults: Fault[] } {
  const { texts, faults } = parse(file, bytes, (source, options) => [parseDocument(source, options)]);
  return { text: texts?.[0], faults };
}

/** Parses all documents of a file, those without content left out. `texts` is absent when there are errors among the faults. */
export function parseYamlDocuments(file: string, bytes: Uint8Array): { texts?: YamlText[]; faults: Fault[] } {
  return parse(file, bytes, (source, options) => {
    const documents: readonly Parsed[] = parseAllDocuments(source, options);
    return documents.filter(({ contents, errors }) => errors.length > 0 || hasContent(contents));
  });
}

/** Comments between two marks make no document. */
function hasContent(contents: unknown): boolean {
  return contents !== null && !(isScalar(contents) && contents.value === null && contents.source === '');
}

function parse(file: string, bytes: Uint8Array, documentsOf: Parse): { texts?: YamlText[]; faults: Fault[] } {
  const source = decode(bytes);
  if (source === undefined) {
    return { faults: [{ severity: 'error', file, message: 'is not UTF-8 text', hint: 'save it as UTF-8' }] };
  }
  const lines = new LineCounter();
  const fault: FaultAt = (severity, offset, message, hint) => {
    const { line, col } = lines.linePos(offset);
    return { severity, file, line: Math.max(1, line), column: Math.max(1, col), message, hint };
  };
  try {
    const options = { lineCounter: lines, prettyErrors: false, merge: true, uniqueKeys: false };
    const documents = documentsOf(source, options);
    const errors = documents.flatMap((document) => document.errors).slice(0, MAX_FAULTS);
    // The parser catches the overflow of its own stack and reports it once a level.
    if (errors.some(({ message }) => message.includes('call stack'))) throw new RangeError('nested too deeply');
    const warnings = documents.flatMap((document) => document.warnings).slice(0, MAX_FAULTS);
    const faults = [
      ...errors.map((error) => fault('error', error.pos[0], wordsOf(error))),
      ...warnings.map((warning) => fault('warning', warning.pos[0], warning.message)),
    ];
    if (errors.length > 0) return { faults };
    const texts = documents.map((document): YamlText => {
      const positions = new Positions(document.contents, lines);
      return { positions, value: document.toJS({ maxAliasCount: MAX_ALIASES }) };
    });
    const values = texts.map(({ value }) => value);
    if (countValues(values, MAX_VALUES) > MAX_VALUES) {
      return { faults: [fault('error', 0, `holds more than ${MAX_VALUES} values`, 'split it, or use fewer aliases')] };
    }
    return { texts, faults };
  } catch (error) {
    return { faults: [refusal(error, fault)] };
  }
}

function wordsOf({ code, message }: YAMLError): string {
  // The parser's own words name a function to call instead.
  return code === 'MULTIPLE_DOCS' ? 'holds more than one document' : `is not valid YAML: ${message}`;
}

/** Number of values in a tree, counted no further than just past `limit`. */
function countValues(value: unknown, limit: number): number {
  if (typeof value !== 'object' || value === null) return 1;
  let count = 1;
  for (const child of Object.values(value)) {
    count += countValues(child, limit - count);
    if (count > limit) break;
  }
  return count;
}

/** What the parser throws instead of reporting: aliases that explode or lead nowhere, and nesting without end. */
function refusal(error: unknown, fault: FaultAt): Fault {
  if (error instanceof Unreadable) return fault('error', error.offset, error.message, error.hint);
  if (error instanceof RangeError) return fault('error', 0, 'is nested too deeply to be read', 'flatten it');
  if (error instanceof ReferenceError) {
    const message = /excessive/i.test(error.message) ? 'its aliases expand to too much' : error.message;
    return fault('error', 0, message, 'write the values out');
  }
  throw error;
}
