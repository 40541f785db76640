/**
 * The parts of OpenAI's chat completions that we read, checked: answers come from outside and may be anything.
 * Source: OpenAI API reference, "The chat completion object" and "The chat completion chunk object".
 */
import type { Usage } from '../../core/conversation.js';

export interface WireToolCall {
  id: string;
  name: string;
  /** JSON text, as the model wrote it. */
  arguments: string;
}

/** An answer before it is judged: from a document or put together from a stream. */
export interface WireAnswer {
  content: string;
  refusal: string;
  toolCalls: WireToolCall[];
  finishReason: string | undefined;
  usage: Usage | undefined;
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export function textOrEmpty(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

/** Reads a whole answer. Undefined when it holds no choice. */
export function readCompletion(value: unknown): WireAnswer | undefined {
  if (!isRecord(value) || !Array.isArray(value.choices)) return undefined;
  const choice: unknown = value.choices[0];
  if (!isRecord(choice) || !isRecord(choice.message)) return undefined;
  const { message } = choice;
  const toolCalls = Array.isArray(message.tool_calls) ? message.tool_calls.filter(isRecord) : [];
  return {
    content: contentText(message.content),
    refusal: textOrEmpty(message.refusal),
    toolCalls: toolCalls.map((call) => {
      const called = isRecord(call.function) ? call.function : {};
      return { id: textOrEmpty(call.id), name: textOrEmpty(called.name), arguments: argumentsText(called.arguments) };
    }),
    finishReason: textOrEmpty(choice.finish_reason) || undefined,
    usage: readUsage(value.usage),
  };
}

/** Some servers answer with a list of parts where the reference has one text. */
function contentText(content: unknown): string {
  if (!Array.isArray(content)) return textOrEmpty(content);
  return content.map((part) => (isRecord(part) ? textOrEmpty(part.text) : '')).join('');
}

/** Some servers send the arguments as an object instead of as text. */
function argumentsText(value: unknown): string {
  return isRecord(value) ? JSON.stringify(value) : textOrEmpty(value);
}

export function readUsage(value: unknown): Usage | undefined {
  if (!isRecord(value)) return undefined;
  const usage: Usage = {};
  if (isCount(value.prompt_tokens)) usage.inputTokens = value.prompt_tokens;
  if (isCount(value.completion_tokens)) usage.outputTokens = value.completion_tokens;
  const details = value.prompt_tokens_details;
  if (isRecord(details) && isCount(details.cached_tokens)) usage.cachedTokens = details.cached_tokens;
  return Object.keys(usage).length > 0 ? usage : undefined;
}

function isCount(value: unknown): value is number {
  return typeof value === 'number' && Number.isFinite(value) && value >= 0;
}
