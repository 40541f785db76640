/**
 * The parts of Ollama's answers that we read, checked: answers come from outside and may be anything. What a model
 * thinks before it answers stands apart from what it says, and is left out. Source: Ollama API reference, chat.
 */
import type { Usage } from '../../../../core/conversation.js';
import type { AnswerUnderway } from '../answer-underway.js';
import {
  argumentsText,
  countOf,
  isRecord,
  recordsOf,
  type StreamEvent,
  textOrEmpty,
  type WireAnswer,
  type WireToolCall,
} from '../wire.js';

/** Reads a whole answer. Undefined when it holds no message. */
export function readChat(value: unknown): WireAnswer | undefined {
  if (!isRecord(value) || !isRecord(value.message)) return undefined;
  const toolCalls = toolCallsOf(value.message);
  return {
    content: textOrEmpty(value.message.content),
    refusal: '',
    toolCalls,
    finishReason: finishReasonOf(value, toolCalls.length > 0),
    usage: readUsage(value),
  };
}

/** A line of a streamed answer. Calls come whole. */
export function readLine(answer: AnswerUnderway, line: StreamEvent): void {
  const { message } = line;
  if (isRecord(message)) {
    answer.addText(textOrEmpty(message.content));
    if (message.tool_calls !== undefined) {
      for (const call of toolCallsOf(message)) answer.addToolCall(answer.callCount, call);
    }
  }
  if (line.done !== true) return;
  answer.addUsage(readUsage(line));
  answer.finishReason = finishReasonOf(line, answer.callCount > 0);
  answer.complete = true;
}

/** Most versions give calls no ids. */
function toolCallsOf(message: Record<string, unknown>): WireToolCall[] {
  return recordsOf(message.tool_calls).map((call) => {
    const called = isRecord(call.function) ? call.function : {};
    return { id: textOrEmpty(call.id), name: textOrEmpty(called.name), arguments: argumentsText(called.arguments) };
  });
}

function finishReasonOf(value: Record<string, unknown>, called: boolean): string | undefined {
  const reason = textOrEmpty(value.done_reason) || undefined;
  return called && (reason === undefined || reason === 'stop') ? 'tool_calls' : reason;
}

function readUsage(value: Record<string, unknown>): Usage | undefined {
  const [input, output] = [value.prompt_eval_count, value.eval_count].map(countOf);
  const usage: Usage = {};
  if (input !== undefined) usage.inputTokens = input;
  if (output !== undefined) usage.outputTokens = output;
  return input === undefined && output === undefined ? undefined : usage;
}
