/** Streams of OpenAI's chat completions. Source: OpenAI API reference, "The chat completion chunk object". */
import type { AnswerUnderway } from '../answer-underway.js';
import { isRecord, recordsOf, type StreamEvent, textOrEmpty } from '../wire.js';
import { readUsage } from './answer.js';

export function readChunk(answer: AnswerUnderway, chunk: StreamEvent): void {
  answer.addUsage(readUsage(chunk.usage));
  const choice: unknown = Array.isArray(chunk.choices) ? chunk.choices[0] : undefined;
  if (!isRecord(choice)) return;
  answer.finishReason = textOrEmpty(choice.finish_reason) || answer.finishReason;
  if (!isRecord(choice.delta)) return;
  const { content, refusal, tool_calls: toolCalls } = choice.delta;
  answer.addText(textOrEmpty(content));
  answer.addRefusal(textOrEmpty(refusal));
  if (toolCalls === undefined) return;
  for (const piece of recordsOf(toolCalls)) {
    const called = isRecord(piece.function) ? piece.function : {};
    // Servers that send each call whole leave the index out.
    answer.addToolCall(typeof piece.index === 'number' ? piece.index : answer.callCount, {
      id: textOrEmpty(piece.id),
      name: textOrEmpty(called.name),
      arguments: textOrEmpty(called.arguments),
    });
  }
}
