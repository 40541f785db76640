/** The tools by which a model remembers. */
import type { JsonValue } from '../../core/conversation.js';
import type { ToolArguments } from '../../core/tool.js';
import type { SeedMemorySpec } from '../../schema/memory.js';
import type { ToolSpec } from '../../schema/tool.js';
import { type PreparedTool, prepareTool } from '../tools/prepared-tool.js';
import type { Memory, MemoryFilter, MemoryStore } from './memory-store.js';

const DEFAULT_LIMIT = 10;
const MAX_LIMIT = 100;

interface MemoryTool {
  spec: ToolSpec;
  run(store: MemoryStore, args: ToolArguments): JsonValue;
}

const tool = (
  description: string,
  required: string[],
  properties: { [name: string]: JsonValue },
  run: MemoryTool['run'],
): MemoryTool => ({
  spec: {
    description,
    mode: 'local',
    input_schema: { type: 'object', properties, required },
  },
  run,
});

const filters = {
  types: { type: 'array', items: { type: 'string' }, description: 'Only memories of these types.' },
  min_confidence: { type: 'number', minimum: 0, maximum: 1, description: 'Only memories that are at least so sure.' },
  limit: {
    type: 'integer',
    minimum: 1,
    maximum: MAX_LIMIT,
    description: `How many at most. Default: ${DEFAULT_LIMIT}.`,
  },
};

const TOOLS: ReadonlyMap<string, MemoryTool> = new Map([
  [
    'memory__remember',
    tool(
      'Stores a fact, a preference or another detail, so that it can be recalled later.',
      ['content'],
      {
        content: { type: 'string', minLength: 1, description: 'What to remember, as a sentence of its own.' },
        type: { type: 'string', description: 'Kind of memory, for example fact or preference.' },
        confidence: { type: 'number', minimum: 0, maximum: 1, description: 'How sure it is, 0 to 1.' },
        metadata: { type: 'object', description: 'Further facts about it.' },
      },
      // The schema has checked the arguments.
      (store, args) => ({ id: store.remember(args as unknown as SeedMemorySpec), status: 'remembered' }),
    ),
  ],
  [
    'memory__recall',
    tool(
      'Searches what was stored, by words. Gives the memories that fit best first.',
      ['query'],
      { query: { type: 'string', description: 'Words to search for.' }, ...filters },
      (store, args) => found(store.recall(String(args.query), filterOf(args))),
    ),
  ],
  [
    'memory__list',
    tool(
      'Lists what was stored, newest first.',
      [],
      { offset: { type: 'integer', minimum: 0, description: 'How many to leave out. Default: 0.' }, ...filters },
      (store, args) => {
        const filter = filterOf(args);
        return { ...found(store.list(filter, Number(args.offset ?? 0))), total: store.size(filter) };
      },
    ),
  ],
  [
    'memory__forget',
    tool(
      'Removes a memory.',
      [],
      {
        memory_id: { type: 'string', description: 'Id of the memory, as the other tools give it.' },
        id: { type: 'string', description: 'The same as memory_id.' },
      },
      (store, args) => {
        const id = String(args.memory_id ?? args.id ?? '');
        if (!store.forget(id)) throw new Error(`there is no memory ${id}`);
        return { id, status: 'forgotten' };
      },
    ),
  ],
]);

/** Four tools over one store. */
export function memoryTools(store: MemoryStore): PreparedTool[] {
  return [...TOOLS].map(([name, { spec, run }]) =>
    prepareTool(name, spec, { local: true, run: (args) => ({ value: run(store, args) }) }),
  );
}

function filterOf({ types, min_confidence, limit }: ToolArguments): MemoryFilter {
  return {
    types: Array.isArray(types) ? types.map(String) : [],
    minConfidence: Number(min_confidence ?? 0),
    limit: Number(limit ?? DEFAULT_LIMIT),
  };
}

const found = (memories: Memory[]): { [key: string]: JsonValue } => ({
  memories: memories.map((memory) => ({ ...memory })),
  count: memories.length,
});
