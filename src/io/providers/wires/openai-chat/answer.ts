/**
 * The parts of OpenAI's chat completions that we read, checked: answers come from outside and may be anything.
 * Source: OpenAI API reference, "The chat completion object".
 */
import type { Usage } from '../../../../core/conversation.js';
import { argumentsText, countOf, isRecord, recordsOf, textOrEmpty, type WireAnswer } from '../wire.js';

/** Reads a whole answer. Undefined when it holds no choice. */
export function readCompletion(value: unknown): WireAnswer | undefined {
  if (!isRecord(value) || !Array.isArray(value.choices)) return undefined;
  const choice: unknown = value.choices[0];
  if (!isRecord(choice) || !isRecord(choice.message)) return undefined;
  const { message } = choice;
  return {
    content: contentText(message.content),
    refusal: textOrEmpty(message.refusal),
    toolCalls: recordsOf(message.tool_calls).map((call) => {
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

export function readUsage(value: unknown): Usage | undefined {
  if (!isRecord(value)) return undefined;
  const usage: Usage = {};
  const details = isRecord(value.prompt_tokens_details) ? value.prompt_tokens_details : {};
  const [input, output, cached] = [value.prompt_tokens, value.completion_tokens, details.cached_tokens].map(countOf);
  if (input !== undefined) usage.inputTokens = input;
  if (output !== undefined) usage.outputTokens = output;
  if (cached !== undefined) usage.cachedTokens = cached;
  return input === undefined && output === undefined && cached === undefined ? undefined : usage;
}
