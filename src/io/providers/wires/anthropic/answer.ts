/**
 * The parts of messages that we read, checked: answers come from outside and may be anything.
 * Source: Anthropic API reference, "Messages", response.
 */

import type { WireUsage } from '../wire.js';
import {
  argumentsText,
  countOf,
  type FinishReason,
  isRecord,
  recordsOf,
  textOrEmpty,
  type WireAnswer,
} from '../wire.js';
import { opaqueOf, type Place, thinkingOf } from './thinking.js';

/** Reads a whole answer. Undefined when it is no message. */
export function readMessage(value: unknown): WireAnswer | undefined {
  if (!isRecord(value) || !Array.isArray(value.content)) return undefined;
  const answer: WireAnswer = {
    content: '',
    refusal: '',
    toolCalls: [],
    finishReason: finishReasonOf(value.stop_reason),
    usage: readUsage(value.usage),
  };
  const layout: Place[] = [];
  for (const block of recordsOf(value.content)) {
    const { type } = block;
    if (type === 'text') {
      const text = textOrEmpty(block.text);
      answer.content += text;
      layout.push(text.length);
    } else if (type === 'tool_use') {
      answer.toolCalls.push({
        id: textOrEmpty(block.id),
        name: textOrEmpty(block.name),
        arguments: argumentsText(block.input),
      });
      layout.push('call');
    } else {
      const thinking = thinkingOf(block);
      if (thinking !== undefined) layout.push(thinking);
    }
  }
  const opaque = opaqueOf(layout);
  if (opaque !== undefined) answer.opaque = opaque;
  return answer;
}

const FINISH_REASONS: ReadonlyMap<string, FinishReason> = new Map([
  ['end_turn', 'stop'],
  ['stop_sequence', 'stop'],
  ['max_tokens', 'length'],
  ['model_context_window_exceeded', 'length'],
  ['tool_use', 'tool_calls'],
  ['refusal', 'content_filter'],
]);

export function finishReasonOf(stopReason: unknown): string | undefined {
  const word = textOrEmpty(stopReason);
  return FINISH_REASONS.get(word) ?? (word === '' ? undefined : word);
}

/** What a key of `usage` counts; a stream may tell some at its begin and others at its end. */
export interface Counts {
  input?: number;
  read?: number;
  written?: number;
  writtenForAnHour?: number;
  output?: number;
}

export function readCounts(value: unknown, counts: Counts): Counts {
  if (!isRecord(value)) return counts;
  const { cache_creation: written } = value;
  counts.input = countOf(value.input_tokens) ?? counts.input;
  counts.read = countOf(value.cache_read_input_tokens) ?? counts.read;
  counts.written = countOf(value.cache_creation_input_tokens) ?? counts.written;
  counts.output = countOf(value.output_tokens) ?? counts.output;
  if (isRecord(written))
    counts.writtenForAnHour = countOf(written.ephemeral_1h_input_tokens) ?? counts.writtenForAnHour;
  return counts;
}

/** Writing to the cache costs this much more than reading without one, as parts of the price of input. */
const WRITE_SURCHARGE = 0.25;
const WRITE_SURCHARGE_FOR_AN_HOUR = 1;

/** The service counts what comes from its cache, and goes there, apart from the rest of the input. */
export function usageOf({ input, read = 0, written = 0, writtenForAnHour = 0, output }: Counts): WireUsage | undefined {
  if (input === undefined && output === undefined) return undefined;
  const usage: WireUsage = {};
  if (input !== undefined) {
    usage.inputTokens = input + read + written;
    usage.cachedTokens = read;
    const forAnHour = Math.min(writtenForAnHour, written);
    const surcharge = (written - forAnHour) * WRITE_SURCHARGE + forAnHour * WRITE_SURCHARGE_FOR_AN_HOUR;
    if (surcharge > 0) usage.surchargeTokens = surcharge;
  }
  if (output !== undefined) usage.outputTokens = output;
  return usage;
}

function readUsage(value: unknown): WireUsage | undefined {
  return usageOf(readCounts(value, {}));
}
