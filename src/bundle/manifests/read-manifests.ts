/** Files of objects for the cluster, as `kubectl apply -f` takes them. */
import type { Fault } from '../fault.js';
import type { Positions } from '../positions.js';
import { parseYamlDocuments } from '../yaml-text.js';

/** What the API server takes of an object is smaller still. */
const MAX_FILE_BYTES = 10 * 1024 * 1024;

export interface WrittenObject {
  file: string;
  value: unknown;
  /** Positions of what is in the object. */
  positions: Pick<Positions, 'find'>;
}

const isMap = (value: unknown): value is { [key: string]: unknown } =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** `kind: List` is a bag of objects, not one itself. */
function listed(written: WrittenObject): WrittenObject[] {
  const { value, positions, file } = written;
  if (!isMap(value) || value.kind !== 'List' || value.apiVersion !== 'v1' || !Array.isArray(value.items)) {
    return [written];
  }
  return value.items.map((item: unknown, index) => ({
    file,
    value: item,
    positions: { find: (path) => positions.find(['items', index, ...path]) },
  }));
}

/** All objects of a file in YAML or JSON. */
export function readManifests(file: string, bytes: Uint8Array): { objects: WrittenObject[]; faults: Fault[] } {
  const refused = (message: string, hint: string) => ({
    objects: [],
    faults: [{ severity: 'error' as const, file, message, hint }],
  });
  if (bytes.byteLength > MAX_FILE_BYTES) return refused(`is larger than ${MAX_FILE_BYTES} bytes`, 'split it');
  const { texts, faults } = parseYamlDocuments(file, bytes);
  if (texts === undefined) return { objects: [], faults };
  if (texts.length === 0) return refused('holds no object', 'begin it with apiVersion and kind');
  return { objects: texts.flatMap((text) => listed({ file, ...text })), faults };
}
