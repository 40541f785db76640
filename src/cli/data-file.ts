import { readFileSync, statSync } from 'node:fs';
import { relative } from 'node:path';
import { formatFault } from '../bundle/fault.js';
import { parseYaml } from '../bundle/yaml-text.js';
import type { JsonValue } from '../core/conversation.js';
import { ArenaError } from '../core/errors.js';
import { jsonObject, jsonValue } from '../schema/json-value.js';

/** What is read here becomes part of a workflow's input, or of what templates hold: never a large file. */
const MAX_BYTES = 4 * 1024 * 1024;

export interface DataFile {
  value: JsonValue;
  /** Throws `invalid_input` for anything but a map. */
  asMap(): { [name: string]: JsonValue };
}

/**
 * A YAML or JSON file that an option names. Throws `invalid_input` with what is wrong and where.
 * `what`: what it is to hold, such as `the variables`.
 */
export function readDataFile(path: string, what: string, option: string): DataFile {
  const shown = relative(process.cwd(), path) || path;
  const refuse = (message: string, hint: string): never => {
    throw new ArenaError({ code: 'invalid_input', message, hint });
  };
  const { text, faults } = parseYaml(shown, bytesOf(path, what, option));
  if (text === undefined) return refuse(faults.map(formatFault).join('\n'), 'correct the file');
  const checked = jsonValue.safeParse(text.value);
  if (!checked.success) return refuse(`${shown} holds what JSON cannot say`, 'write text, numbers, lists and maps');
  return {
    value: checked.data,
    asMap() {
      const map = jsonObject.safeParse(checked.data);
      if (map.success) return map.data;
      return refuse(`${shown} holds no map, as ${what} must be`, 'write lines of name: value');
    },
  };
}

function bytesOf(path: string, what: string, option: string): Uint8Array {
  try {
    const { size } = statSync(path);
    if (size > MAX_BYTES) throw new Error(`${path} has ${size} bytes, more than ${MAX_BYTES}`);
    return readFileSync(path);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    const hint = `name a YAML or JSON file with ${option}`;
    throw new ArenaError({ code: 'invalid_input', message: `${what} cannot be read: ${reason}`, hint });
  }
}
