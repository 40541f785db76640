/** Results of earlier runs: the reference's file for one run, and this program's own records. */
import type { Recording } from '../../core/recording.js';
import { assemble } from './assemble.js';
import { type Fields, field, isFields, kindOf, type Path, RecordingFault, textOf } from './fields.js';
import { readMessage } from './message.js';
import { metadataOf } from './metadata.js';

export function looksLikeRunOutput(value: unknown): boolean {
  if (Array.isArray(value)) return value.length > 0 && value.every(looksLikeRunOutput);
  if (!isFields(value)) return false;
  const own = field(value, 'schemaVersion') !== undefined && field(value, 'scenario') !== undefined;
  return own || (field(value, 'Messages') !== undefined && field(value, 'ScenarioID', 'RunID') !== undefined);
}

/** What tells one run from the others of a file. */
export function runName(value: unknown): string | undefined {
  return isFields(value) ? textOf(value, 'id', 'RunID') : undefined;
}

export function runScenario(value: unknown): string | undefined {
  return isFields(value) ? textOf(value, 'scenario', 'ScenarioID') : undefined;
}

const DESCRIBING = [
  ...['id', 'scenario', 'provider', 'region', 'trial', 'verdict', 'promptTask', 'labels', 'tags'],
  ...['RunID', 'ScenarioID', 'ProviderID', 'Region', 'PersonaID', 'Labels', 'SessionTags', 'StartTime', 'Error'],
];

export function readRunOutput(value: unknown, path: Path): Recording {
  if (!isFields(value)) throw new RecordingFault(path, `must be the result of a run, not ${kindOf(value)}`);
  const key = field(value, 'messages') === undefined ? 'Messages' : 'messages';
  const list = field(value, key);
  if (!Array.isArray(list)) {
    throw new RecordingFault(path, 'has no list of messages', 'write another recording.type');
  }
  const read = list.flatMap((message: unknown, index) => readMessage(message, [...path, key, index]));
  return assemble(read, metadataOf(describing(value)), path);
}

function describing(value: Fields): Fields {
  return Object.fromEntries(DESCRIBING.filter((name) => Object.hasOwn(value, name)).map((name) => [name, value[name]]));
}
