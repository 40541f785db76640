import { readFileSync } from 'node:fs';
import { relative } from 'node:path';
import { formatFault } from '../bundle/fault.js';
import { parseYaml } from '../bundle/yaml-text.js';
import type { JsonValue } from '../core/conversation.js';
import { ArenaError } from '../core/errors.js';
import { jsonObject } from '../schema/json-value.js';

/** The map of template variables in a YAML or JSON file. Throws `invalid_input` with what is wrong and where. */
export function readVariables(path: string): { [name: string]: JsonValue } {
  const shown = relative(process.cwd(), path) || path;
  const refuse = (why: string, hint: string): never => {
    throw new ArenaError({ code: 'invalid_input', message: why, hint });
  };
  let bytes: Uint8Array;
  try {
    bytes = readFileSync(path);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    return refuse(`the variables cannot be read: ${reason}`, 'name a YAML or JSON file with --var-file');
  }
  const { text, faults } = parseYaml(shown, bytes);
  if (text === undefined) return refuse(faults.map(formatFault).join('\n'), 'correct the file');
  const checked = jsonObject.safeParse(text.value);
  return checked.success ? checked.data : refuse(`${shown} holds no map of variables`, 'write lines of name: value');
}
