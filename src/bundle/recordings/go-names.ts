/** Events as programs in Go write them that give their fields no names for JSON: `ToolCalls` where others have `tool_calls`. */
import { type Fields, isFields } from './fields.js';

/** Deeper values belong to parts and results, which have names of their own. */
const MAX_DEPTH = 5;

/** What stands below these is the caller's, not the program's. */
const VALUES = new Set(['args', 'arguments', 'metadata']);

/** The same with names in lower case and underscores, if it is written that way. */
export function underscored(event: Fields): Fields {
  return Object.keys(event).some((name) => /^(Role|Index|MessageIndex)$/.test(name)) ? renamed(event, 0) : event;
}

function renamed(fields: Fields, depth: number): Fields {
  const entries = Object.entries(fields).map(([name, value]): [string, unknown] => {
    const lower = name.replace(/(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])/g, '_').toLowerCase();
    return [lower, VALUES.has(lower) || depth === MAX_DEPTH ? value : inside(value, depth + 1)];
  });
  return Object.fromEntries(entries);
}

function inside(value: unknown, depth: number): unknown {
  if (Array.isArray(value)) return value.map((item) => (isFields(item) ? renamed(item, depth) : item));
  return isFields(value) ? renamed(value, depth) : value;
}
