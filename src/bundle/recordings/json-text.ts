/** JSON of a recording, whole or one document a line. */
import { isNestedDeeper } from '../../core/nesting.js';
import { RecordingFault } from './fields.js';

/** Deeper nesting comes from no recorder; everything that walks a record may then recurse. */
const MAX_DEPTH = 100;

export interface JsonLine {
  /** 1-based number in the file. */
  number: number;
  /** Parsed anew each time: the lines of a large file together would fill the memory. */
  value(): unknown;
}

/** Throws a `RecordingFault`. */
export function parseJson(bytes: Uint8Array): unknown {
  return parse(decode(bytes), []);
}

/** The lines that hold something. */
export function jsonLines(bytes: Uint8Array): JsonLine[] {
  const lines: JsonLine[] = [];
  let from = 0;
  for (let number = 1; from < bytes.byteLength; number += 1) {
    const end = bytes.indexOf(0x0a, from);
    const to = end === -1 ? bytes.byteLength : end;
    const line = bytes.subarray(from, to);
    const index = lines.length;
    if (line.some((byte) => byte > 0x20)) lines.push({ number, value: () => parse(decode(line), [index]) });
    from = to + 1;
  }
  return lines;
}

function decode(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw new RecordingFault([], 'is not UTF-8 text', 'save it as UTF-8');
  }
}

function parse(text: string, path: number[]): unknown {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    if (error instanceof RangeError) throw new RecordingFault(path, 'is nested too deeply to be read', 'flatten it');
    // The engine's own words may quote a good part of the file.
    const offset = /position (\d+)/.exec(String(error))?.[1];
    const at = offset === undefined ? text.length : Number(offset);
    throw new RecordingFault(path, 'is not valid JSON', 'it breaks here, or just before', at);
  }
  if (isNestedDeeper(value, MAX_DEPTH))
    throw new RecordingFault(path, `is nested more than ${MAX_DEPTH} levels deep`, 'flatten it');
  return value;
}
