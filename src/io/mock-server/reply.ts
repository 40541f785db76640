/** Composes what a scripted answer says, before any format words it. */
import type { ScriptedAnswer } from './script.js';
import type { Call, Reply, Usage } from './wire.js';

/** Creation time stamped on every answer, in seconds since the epoch, so that equal requests get equal bytes. */
export const CREATED = 1_700_000_000;
export const CREATED_ISO = '2023-11-14T22:13:20Z';

const MEBIBYTE = 1024 * 1024;
const DEFAULT_CHUNKS = 4;

/** Longest part of the last message that the default answer repeats. */
const MAX_ECHO = 2000;

/** Characters that a tool call counts for in the default usage. */
const TOOL_CALL_SIZE = 80;

export function replyOf(call: Call, answer: ScriptedAnswer, id: string, model: string, requestBytes: number): Reply {
  const toolCalls = (answer.tool_calls ?? []).map(({ id: own, name, arguments: args }) => ({
    id: own,
    name,
    arguments: typeof args === 'string' ? args : JSON.stringify(args),
  }));
  const called = toolCalls.length > 0;
  const silent = called || answer.refusal !== undefined;
  let text = answer.text ?? (silent ? undefined : `You said: ${call.last.slice(0, MAX_ECHO)}`);
  if (answer.size_mb !== undefined) text = (text ?? '').padEnd(Math.round(answer.size_mb * MEBIBYTE), 'x');
  return {
    id,
    model,
    text,
    thinking: answer.thinking,
    refusal: answer.refusal,
    toolCalls,
    finish: answer.finish_reason ?? (called ? 'tool_calls' : 'stop'),
    usage: usageOf(answer, requestBytes, (text?.length ?? 0) + (called ? TOOL_CALL_SIZE : 0)),
    chunks: answer.chunks ?? DEFAULT_CHUNKS,
  };
}

function usageOf(answer: ScriptedAnswer, requestBytes: number, answerBytes: number): Usage | undefined {
  const { usage } = answer;
  if (usage === false) return undefined;
  return {
    input: usage?.prompt_tokens ?? Math.ceil(requestBytes / 4),
    output: usage?.completion_tokens ?? Math.ceil(answerBytes / 4),
    cached: usage?.cached_tokens ?? 0,
    cacheCreated: usage?.cache_creation_tokens ?? 0,
    reasoning: usage?.reasoning_tokens ?? 0,
  };
}

/** Tokens of the input that were neither read from a cache nor written to one. */
export function freshInput({ input, cached, cacheCreated }: Usage): number {
  return Math.max(0, input - cached - cacheCreated);
}

/** The id of a tool call: as scripted, else made from the request. */
export function toolCallId(reply: Reply, index: number, prefix = 'call_'): string {
  return reply.toolCalls[index]?.id ?? `${prefix}${reply.id}_${index}`;
}

/** Arguments for APIs that send them as an object. What the script has broken stays a text. */
export function argumentsObject(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    return json;
  }
}

/** A text in at most `count` pieces of equal length; none when it is empty. */
export function pieces(text: string, count: number): string[] {
  const size = Math.max(1, Math.ceil(text.length / count));
  const found: string[] = [];
  for (let at = 0; at < text.length; at += size) found.push(text.slice(at, at + size));
  return found;
}
