/** Bodies of the mock server in the wire form of OpenAI's chat completions: one JSON document, or a stream of events. */
import type { ChatCall } from './chat-call.js';
import type { ScriptedAnswer } from './script.js';

/** Creation time stamped on every answer, so that equal requests get equal bytes. */
const CREATED = 1_700_000_000;

const MEBIBYTE = 1024 * 1024;
const DEFAULT_CHUNKS = 4;

/** Longest part of the last message that the default answer repeats. */
const MAX_ECHO = 2000;

interface Parts {
  text: string | null;
  toolCalls: { id: string; type: 'function'; function: { name: string; arguments: string } }[];
  finish: string;
  usage: { [name: string]: unknown } | undefined;
}

function parts(call: ChatCall, answer: ScriptedAnswer, hash: string, requestBytes: number): Parts {
  const toolCalls = (answer.tool_calls ?? []).map(({ id, name, arguments: args }, index) => ({
    id: id ?? `call_${hash}_${index}`,
    type: 'function' as const,
    function: { name, arguments: typeof args === 'string' ? args : JSON.stringify(args) },
  }));
  const called = toolCalls.length > 0;
  let text = answer.text ?? (called ? null : `You said: ${call.last.slice(0, MAX_ECHO)}`);
  if (answer.size_mb !== undefined) text = (text ?? '').padEnd(Math.round(answer.size_mb * MEBIBYTE), 'x');
  return {
    text,
    toolCalls,
    finish: answer.finish_reason ?? (called ? 'tool_calls' : 'stop'),
    usage: usage(answer, requestBytes, (text?.length ?? 0) + (called ? 80 : 0)),
  };
}

function usage(answer: ScriptedAnswer, requestBytes: number, answerBytes: number): Parts['usage'] {
  if (answer.usage === false) return undefined;
  const prompt = answer.usage?.prompt_tokens ?? Math.ceil(requestBytes / 4);
  const completion = answer.usage?.completion_tokens ?? Math.ceil(answerBytes / 4);
  return {
    prompt_tokens: prompt,
    completion_tokens: completion,
    total_tokens: prompt + completion,
    prompt_tokens_details: { cached_tokens: answer.usage?.cached_tokens ?? 0 },
  };
}

/** The answer as one document. */
export function completionBody(call: ChatCall, answer: ScriptedAnswer, hash: string, requestBytes: number): string {
  const { text, toolCalls, finish, usage: used } = parts(call, answer, hash, requestBytes);
  const message = { role: 'assistant', content: text, tool_calls: toolCalls.length > 0 ? toolCalls : undefined };
  return JSON.stringify({
    id: `chatcmpl-${hash}`,
    object: 'chat.completion',
    created: CREATED,
    model: call.model,
    choices: [{ index: 0, message, finish_reason: finish }],
    usage: used,
  });
}

/** The answer as server-sent events, one per element. */
export function completionEvents(call: ChatCall, answer: ScriptedAnswer, hash: string, requestBytes: number): string[] {
  const { text, toolCalls, finish, usage: used } = parts(call, answer, hash, requestBytes);
  const head = { id: `chatcmpl-${hash}`, object: 'chat.completion.chunk', created: CREATED, model: call.model };
  const event = (delta: object, reason: string | null): string =>
    `data: ${JSON.stringify({ ...head, choices: [{ index: 0, delta, finish_reason: reason }] })}\n\n`;
  const events = [event({ role: 'assistant', content: text === null ? null : '' }, null)];
  for (const piece of pieces(text ?? '', answer.chunks ?? DEFAULT_CHUNKS)) events.push(event({ content: piece }, null));
  toolCalls.forEach((toolCall, index) => {
    const { name, arguments: args } = toolCall.function;
    const start = { index, id: toolCall.id, type: 'function', function: { name, arguments: '' } };
    events.push(event({ tool_calls: [start] }, null));
    for (const piece of pieces(args, 2)) {
      events.push(event({ tool_calls: [{ index, function: { arguments: piece } }] }, null));
    }
  });
  events.push(event({}, finish));
  if (call.includeUsage && used !== undefined) {
    events.push(`data: ${JSON.stringify({ ...head, choices: [], usage: used })}\n\n`);
  }
  events.push('data: [DONE]\n\n');
  return events;
}

function pieces(text: string, count: number): string[] {
  const size = Math.max(1, Math.ceil(text.length / count));
  const found: string[] = [];
  for (let at = 0; at < text.length; at += size) found.push(text.slice(at, at + size));
  return found;
}

/** An error in OpenAI's form. */
export function errorBody(message: string, type: string, code: string | null = null): string {
  return JSON.stringify({ error: { message, type, param: null, code } });
}
