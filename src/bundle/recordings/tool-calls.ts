/** Tool calls of recorded messages, in the spellings of the common APIs. */
import type { JsonValue, ToolCall } from '../../core/conversation.js';
import { type Fields, field, fieldsOf, isFields, kindOf, type Path, RecordingFault, textOf } from './fields.js';

/** A call whose id the recording may leave out. */
export type ReadCall = Omit<ToolCall, 'id'> & { id?: string };

/** Calls named by a field of the message, and those that stand as blocks in its content. */
export function readToolCalls(message: Fields, blocks: readonly Fields[], path: Path): ReadCall[] {
  const list = field(message, 'tool_calls', 'toolCalls', 'tools_called') ?? [];
  if (!Array.isArray(list)) throw new RecordingFault([...path, 'tool_calls'], `must be a list, not ${kindOf(list)}`);
  const single = fieldsOf(message, 'function_call');
  return [
    ...list.map((call: unknown, index) => readCall(call, [...path, 'tool_calls', index])),
    ...(single === undefined ? [] : [readCall(single, [...path, 'function_call'])]),
    ...blocks.map((block) => readCall(block, path)),
  ];
}

function readCall(value: unknown, path: Path): ReadCall {
  if (!isFields(value)) throw new RecordingFault(path, `must be a tool call, not ${kindOf(value)}`);
  const call = fieldsOf(value, 'function') ?? value;
  const name = textOf(call, 'name', 'tool_name', 'tool');
  if (name === undefined) throw new RecordingFault(path, 'is a tool call without a name');
  return {
    id: textOf(value, 'id', 'call_id', 'tool_call_id', 'tool_use_id'),
    name,
    args: readArguments(field(call, 'args', 'arguments', 'input', 'parameters')),
  };
}

/** Arguments that are no map, as models sometimes write them, are kept under the name `arguments`. */
function readArguments(value: unknown): ToolCall['args'] {
  if (value === undefined || value === '') return {};
  let args = value;
  if (typeof value === 'string') {
    try {
      args = JSON.parse(value);
    } catch {
      args = value;
    }
  }
  return isArguments(args) ? args : { arguments: toJson(args) };
}

/** What a JSON or YAML file holds is JSON, but for the times that YAML may have made of texts. */
function isArguments(value: unknown): value is ToolCall['args'] {
  return isFields(value);
}

function toJson(value: unknown): JsonValue {
  return JSON.parse(JSON.stringify(value ?? null));
}
