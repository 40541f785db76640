import type { ContentPart, JsonValue, ToolCall, Usage } from '../../core/conversation.js';
import { ArenaError } from '../../core/errors.js';
import { isNestedDeeper, MAX_NESTING } from '../../core/nesting.js';
import type { Completion } from '../../core/provider.js';
import { FILTER_HINT } from './answer-failure.js';
import { isRecord, type WireAnswer, type WireToolCall, type WireUsage } from './wires/wire.js';

/** Judges an answer and gives it our form. Throws when it is blocked, empty or unusable. */
export function completionOf(answer: WireAnswer, latencyMs: number): Completion {
  const { finishReason, usage } = answer;
  const content = answer.content === '' ? answer.refusal : answer.content;
  if (content === '' && answer.toolCalls.length === 0 && answer.parts === undefined) throw nothingSaid(finishReason);
  const completion: Completion = { content, latencyMs };
  if (answer.parts !== undefined) {
    const said: ContentPart[] = content === '' ? [] : [{ type: 'text', text: content }];
    completion.parts = [...said, ...answer.parts];
  }
  if (answer.opaque !== undefined) completion.opaque = answer.opaque;
  if (answer.toolCalls.length > 0) completion.toolCalls = answer.toolCalls.map(toolCall);
  if (finishReason !== undefined) completion.finishReason = finishReason;
  if (usage !== undefined) completion.usage = countsOf(usage);
  return completion;
}

/** Records count tokens; what only the price depends on ends here. */
function countsOf(usage: WireUsage): Usage {
  if (usage.surchargeTokens === undefined) return usage;
  const { surchargeTokens: _, ...counts } = usage;
  return counts;
}

function nothingSaid(finishReason: string | undefined): ArenaError {
  if (finishReason === 'content_filter') {
    const message = "The provider's content filter withheld the answer.";
    return new ArenaError({ code: 'content_filtered', message, hint: FILTER_HINT });
  }
  const why = finishReason === undefined ? '' : ` (finish reason ${finishReason})`;
  const hint =
    finishReason === 'length'
      ? 'raise max_tokens: the model used them up before it wrote anything'
      : 'change the prompt, or try the model once more: it ended its answer before it said anything';
  return new ArenaError({ code: 'empty_answer', message: `The answer holds neither text nor tool calls${why}.`, hint });
}

function toolCall({ id, name, arguments: text }: WireToolCall, index: number): ToolCall {
  if (name === '') throw malformed(`tool call ${index + 1} has no name`);
  // Some local servers send no ids; the position keeps them apart and stable.
  return { id: id === '' ? `call_${index}_${name}` : id, name, args: readArguments(name, text) };
}

function readArguments(name: string, text: string): { [key: string]: JsonValue } {
  if (text.trim() === '') return {};
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    value = undefined;
  }
  if (!isJsonObject(value)) throw malformed(`the arguments of its call to ${name} are not a JSON object`);
  if (isNestedDeeper(value, MAX_NESTING)) throw malformed(`the arguments of its call to ${name} are nested too deeply`);
  return value;
}

/** What `JSON.parse` yields holds JSON values only, so that its outermost kind is all there is to check. */
function isJsonObject(value: unknown): value is { [key: string]: JsonValue } {
  return isRecord(value);
}

function malformed(what: string): ArenaError {
  return new ArenaError({ code: 'malformed_answer', message: `The answer cannot be used: ${what}.` });
}
