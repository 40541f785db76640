/**
 * The parts of a response of OpenAI that we read, checked: answers come from outside and may be anything.
 * Source: OpenAI API reference, "The response object".
 */
import type { JsonValue, Usage } from '../../../../core/conversation.js';
import { argumentsText, countOf, isRecord, recordsOf, textOrEmpty, type WireAnswer } from '../wire.js';
import { opaqueReasoning, reasoningItem } from './reasoning.js';

/** Reads a whole response. Undefined when it holds no output, or none yet. */
export function readResponse(value: unknown, model: string): WireAnswer | undefined {
  if (!isRecord(value) || !Array.isArray(value.output)) return undefined;
  if (value.status === 'in_progress' || value.status === 'queued' || value.status === 'cancelled') return undefined;
  const answer: WireAnswer = { content: '', refusal: '', toolCalls: [], finishReason: undefined, usage: undefined };
  const reasoning: { [name: string]: JsonValue }[] = [];
  for (const item of recordsOf(value.output)) {
    if (item.type === 'function_call') {
      const { call_id: id, name, arguments: args } = item;
      answer.toolCalls.push({ id: textOrEmpty(id), name: textOrEmpty(name), arguments: argumentsText(args) });
    } else if (item.type === 'message') {
      addMessage(answer, item);
    } else {
      const kept = reasoningItem(item);
      if (kept !== undefined) reasoning.push(kept);
    }
  }
  answer.finishReason = finishReasonOf(value, answer.toolCalls.length > 0);
  answer.usage = readUsage(value.usage);
  const opaque = opaqueReasoning(reasoning, model);
  if (opaque !== undefined) answer.opaque = opaque;
  return answer;
}

function addMessage(answer: WireAnswer, item: Record<string, unknown>): void {
  for (const { type, text, refusal } of recordsOf(item.content)) {
    if (type === 'output_text') answer.content += textOrEmpty(text);
    else if (type === 'refusal') answer.refusal += textOrEmpty(refusal);
  }
}

export function finishReasonOf(response: Record<string, unknown>, called: boolean): string {
  const reason = isRecord(response.incomplete_details) ? textOrEmpty(response.incomplete_details.reason) : '';
  // Some servers do not say why.
  if (reason === '' && response.status === 'incomplete') return 'incomplete';
  if (reason === '') return called ? 'tool_calls' : 'stop';
  return reason === 'max_output_tokens' ? 'length' : reason;
}

export function readUsage(value: unknown): Usage | undefined {
  if (!isRecord(value)) return undefined;
  const usage: Usage = {};
  const details = isRecord(value.input_tokens_details) ? value.input_tokens_details : {};
  const [input, output, cached] = [value.input_tokens, value.output_tokens, details.cached_tokens].map(countOf);
  if (input !== undefined) usage.inputTokens = input;
  if (output !== undefined) usage.outputTokens = output;
  if (cached !== undefined) usage.cachedTokens = cached;
  return input === undefined && output === undefined && cached === undefined ? undefined : usage;
}

/** The error of a failed response, and that of a stream that reports one. Undefined when there is none. */
export function errorOfResponse(value: Record<string, unknown>): unknown {
  if (value.error) return value.error;
  if (value.type === 'error') return value;
  const { response } = value;
  if (value.type === 'response.failed' && isRecord(response))
    return response.error || { message: 'the response failed' };
  return value.status === 'failed' ? { message: 'the response failed' } : undefined;
}
