/** One recorded message in whichever spelling, as the messages that it means. */
import type { Message, Usage, Violation } from '../../core/conversation.js';
import { type Content, readContent } from './content.js';
import {
  amountOf,
  countOf,
  type Fields,
  field,
  fieldsOf,
  isFields,
  kindOf,
  type Path,
  RecordingFault,
  textOf,
  timeOf,
} from './fields.js';
import { type ReadCall, readToolCalls } from './tool-calls.js';

/** A message as read; ids that the recording leaves out are still missing. */
export interface ReadMessage {
  role: Message['role'];
  content: string;
  rest: Omit<Message, 'role' | 'content' | 'toolCalls' | 'toolResult'>;
  calls: ReadCall[];
  /** On tool messages. */
  result?: { id?: string; name?: string; error?: string; latencyMs?: number };
}

const ROLES: ReadonlyMap<string, Message['role']> = new Map([
  ['system', 'system'],
  ['developer', 'system'],
  ['user', 'user'],
  ['human', 'user'],
  ['customer', 'user'],
  ['client', 'user'],
  ['assistant', 'assistant'],
  ['ai', 'assistant'],
  ['bot', 'assistant'],
  ['chatbot', 'assistant'],
  ['agent', 'assistant'],
  ['model', 'assistant'],
  ['gpt', 'assistant'],
  ['tool', 'tool'],
  ['function', 'tool'],
  ['tool_result', 'tool'],
]);

export function isRole(name: string): boolean {
  return ROLES.has(name.toLowerCase());
}

/** Results of tools may come as blocks of a user's message: they become messages of their own before it. */
export function readMessage(value: unknown, path: Path): ReadMessage[] {
  if (!isFields(value)) throw new RecordingFault(path, `must be a message with role and content, not ${kindOf(value)}`);
  const role = readRole(value, path);
  const written = readContent(field(value, 'content', 'text', 'value', 'body', 'message'), [...path, 'content']);
  const content = withParts(written, value, path);
  const rest = readRest(value, content);
  const results = content.toolResults.map((block): ReadMessage => {
    const told = readContent(field(block, 'content'), path);
    const failed = field(block, 'is_error') === true ? { error: told.text || 'the tool failed' } : {};
    const result = { id: textOf(block, 'tool_use_id', 'tool_call_id'), ...failed };
    return { role: 'tool', content: told.text, rest: told.parts ? { parts: told.parts } : {}, calls: [], result };
  });
  if (role === 'tool') return [readToolMessage(value, content, rest, path)];
  const said: ReadMessage = { role, content: content.text, rest, calls: readToolCalls(value, content.toolCalls, path) };
  const saysNothing = content.text === '' && content.parts === undefined && results.length > 0;
  return saysNothing ? results : [...results, said];
}

function readRole(value: Fields, path: Path): Message['role'] {
  const author = fieldsOf(value, 'author');
  const written = textOf(value, 'role', 'from', 'speaker', 'sender') ?? (author && textOf(author, 'role', 'name'));
  const name = written ?? textOf(value, 'author');
  if (name === undefined) throw new RecordingFault(path, 'has no role', 'write role: user or role: assistant');
  const role = ROLES.get(name.toLowerCase());
  if (role !== undefined) return role;
  throw new RecordingFault(
    [...path, 'role'],
    `the role "${name}" is not known`,
    `one of ${[...ROLES.keys()].join(', ')}`,
  );
}

/** Messages may have their parts beside the text, which then repeats what the text parts say. */
function withParts(content: Content, value: Fields, path: Path): Content {
  const parts = field(value, 'parts');
  if (parts === undefined || content.parts !== undefined) return content;
  const read = readContent(parts, [...path, 'parts']);
  return { ...read, text: content.text === '' ? read.text : content.text };
}

function readToolMessage(value: Fields, content: Content, rest: ReadMessage['rest'], path: Path): ReadMessage {
  const told = fieldsOf(value, 'tool_result', 'toolResult') ?? {};
  const inner = readContent(field(told, 'content', 'result') ?? field(told, 'parts'), [...path, 'tool_result']);
  const error = textOf(told, 'error') ?? textOf(value, 'error');
  const parts = content.parts ?? inner.parts;
  return {
    role: 'tool',
    content: content.text || inner.text || (error === undefined ? '' : `Error: ${error}`),
    rest: parts === undefined ? rest : { ...rest, parts },
    calls: [],
    result: {
      id: textOf(told, 'id', 'tool_call_id') ?? textOf(value, 'tool_call_id', 'toolCallId', 'call_id', 'tool_use_id'),
      name: textOf(told, 'name') ?? textOf(value, 'name', 'tool_name'),
      ...(error === undefined ? {} : { error }),
      latencyMs: amountOf(told, 'latency_ms', 'latencyMs'),
    },
  };
}

function readRest(value: Fields, { parts }: Content): ReadMessage['rest'] {
  const cost = fieldsOf(value, 'cost_info', 'costInfo') ?? {};
  const meta = fieldsOf(value, 'meta', 'metadata') ?? {};
  const selfPlay = fieldsOf(meta, 'self_play_execution') ?? {};
  const nanoseconds = amountOf(cost, 'latency_ns');
  const usage = readUsage(fieldsOf(value, 'usage') ?? cost);
  const violations = readViolations(field(value, 'violations', 'validations'));
  return defined({
    at: timeOf(value, 'at', 'timestamp', 'created_at', 'create_time', 'createdAt', 'time', 'date'),
    parts,
    finishReason: textOf(value, 'finish_reason', 'finishReason', 'stop_reason'),
    usage,
    costUsd: amountOf(value, 'cost_usd', 'costUsd') ?? amountOf(cost, 'total_cost_usd', 'total_cost'),
    latencyMs:
      amountOf(value, 'latency_ms', 'latencyMs') ?? (nanoseconds === undefined ? undefined : nanoseconds / 1e6),
    ttftMs: amountOf(value, 'ttft_ms', 'ttftMs'),
    violations: violations.length > 0 ? violations : undefined,
    persona: textOf(value, 'persona') ?? textOf(selfPlay, 'persona', 'persona_id') ?? textOf(meta, 'persona'),
    state: textOf(value, 'state') ?? textOf(meta, 'current_workflow_state'),
  });
}

export function readUsage(usage: Fields): Usage | undefined {
  const read: Usage = defined({
    inputTokens: countOf(usage, 'inputTokens', 'input_tokens', 'prompt_tokens'),
    outputTokens: countOf(usage, 'outputTokens', 'output_tokens', 'completion_tokens'),
    cachedTokens: countOf(usage, 'cachedTokens', 'cached_tokens', 'cache_read_input_tokens'),
  });
  return Object.keys(read).length === 0 ? undefined : read;
}

/** Those that fired; a list may name the guardrails that let the message pass as well. */
function readViolations(value: unknown): Violation[] {
  if (!Array.isArray(value)) return [];
  return value.flatMap((entry: unknown): Violation[] => {
    if (!isFields(entry) || field(entry, 'passed') === true) return [];
    const details = fieldsOf(entry, 'details') ?? {};
    const direction = textOf(entry, 'direction') ?? textOf(details, 'direction');
    const message = textOf(entry, 'message');
    return [
      {
        validator: textOf(entry, 'validator', 'validator_type', 'type') ?? 'unknown',
        direction: direction === 'input' ? 'input' : 'output',
        score: amountOf(entry, 'score') ?? amountOf(details, 'score') ?? 0,
        ...(message === undefined ? {} : { message }),
      },
    ];
  });
}

function defined<T extends object>(value: T): T {
  for (const [name, entry] of Object.entries(value)) if (entry === undefined) Reflect.deleteProperty(value, name);
  return value;
}
