/**
 * The parts of Converse's answers that we read, checked: answers come from outside and may be anything.
 * Source: Amazon Bedrock API reference, "Converse", response syntax.
 */
import type { Usage } from '../../../../core/conversation.js';
import {
  argumentsText,
  countOf,
  type FinishReason,
  isRecord,
  recordsOf,
  textOrEmpty,
  type WireAnswer,
} from '../wire.js';
import { opaqueOf, reasoningOf } from './reasoning.js';

/** Undefined when the document holds no message. */
export function readConverse(value: unknown): WireAnswer | undefined {
  if (!isRecord(value) || !isRecord(value.output) || !isRecord(value.output.message)) return undefined;
  const blocks = recordsOf(value.output.message.content);
  const answer: WireAnswer = {
    content: blocks.map(textOf).join(''),
    refusal: '',
    toolCalls: blocks.flatMap(({ toolUse }) => {
      if (!isRecord(toolUse)) return [];
      const { toolUseId, name, input } = toolUse;
      return [{ id: textOrEmpty(toolUseId), name: textOrEmpty(name), arguments: argumentsText(input) }];
    }),
    finishReason: finishReasonOf(value.stopReason),
    usage: readUsage(value.usage),
  };
  const reasoning = blocks.map(({ reasoningContent }) => reasoningOf(reasoningContent));
  const opaque = opaqueOf(reasoning.filter((block) => block !== undefined));
  if (opaque !== undefined) answer.opaque = opaque;
  return answer;
}

/** Where a model cites, its text stands beside the citations. */
function textOf({ text, citationsContent }: Record<string, unknown>): string {
  if (!isRecord(citationsContent)) return textOrEmpty(text);
  return recordsOf(citationsContent.content)
    .map((piece) => textOrEmpty(piece.text))
    .join('');
}

const FINISH_REASONS: ReadonlyMap<string, FinishReason> = new Map([
  ['end_turn', 'stop'],
  ['stop_sequence', 'stop'],
  ['max_tokens', 'length'],
  ['model_context_window_exceeded', 'length'],
  ['tool_use', 'tool_calls'],
  ['content_filtered', 'content_filter'],
  ['guardrail_intervened', 'content_filter'],
]);

export function finishReasonOf(stopReason: unknown): string | undefined {
  const reason = textOrEmpty(stopReason);
  return FINISH_REASONS.get(reason) ?? (reason || undefined);
}

/** Tokens of the cache are no part of the service's input tokens, and are of ours. */
export function readUsage(value: unknown): Usage | undefined {
  if (!isRecord(value)) return undefined;
  const usage: Usage = {};
  const input = countOf(value.inputTokens);
  const output = countOf(value.outputTokens);
  const cached = countOf(value.cacheReadInputTokens);
  const written = countOf(value.cacheWriteInputTokens);
  if (input !== undefined) usage.inputTokens = input + (cached ?? 0) + (written ?? 0);
  if (output !== undefined) usage.outputTokens = output;
  if (cached !== undefined) usage.cachedTokens = cached;
  return input === undefined && output === undefined && cached === undefined ? undefined : usage;
}
