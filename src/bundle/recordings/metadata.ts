import type { JsonValue } from '../../core/conversation.js';
import type { Fields } from './fields.js';

/** What a recording says about itself, as JSON. */
export function metadataOf(fields: Fields): { [name: string]: JsonValue } {
  // Through JSON, since YAML may hold what JSON does not.
  const entries: [string, JsonValue][] = Object.entries(JSON.parse(JSON.stringify(fields)));
  return Object.fromEntries(entries.filter(([, value]) => value !== null && value !== ''));
}
