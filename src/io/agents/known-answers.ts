import { isDeepStrictEqual } from 'node:util';
import type { Message, ToolCall } from '../../core/conversation.js';

export type ToolResult = { result: unknown } | { error: string };

/** The result of a call as a client of an agent sends it. Texts that are JSON lists or maps go as such. */
export function toolResultOf({ content, toolResult }: Message): ToolResult {
  // What a model is told of a failure; the record may say more.
  if (toolResult?.error !== undefined) return { error: content };
  if (!/^\s*[[{]/.test(content)) return { result: content };
  try {
    return { result: JSON.parse(content) };
  } catch {
    return { result: content };
  }
}

/**
 * Tool calls of the newest turn that were answered before the connection was lost: the agent does the turn again, and what
 * a tool has done once is not done again. Each answer is given once.
 */
export class KnownAnswers {
  private readonly known: { call: ToolCall; result: ToolResult }[] = [];

  /** @param round What follows the user's newest message in a request. */
  constructor(round: readonly Message[]) {
    let calls: ToolCall[] = [];
    for (const message of round) {
      if (message.role === 'assistant') calls = [...(message.toolCalls ?? [])];
      if (message.role !== 'tool') continue;
      const call = calls.shift();
      if (call !== undefined) this.known.push({ call, result: toolResultOf(message) });
    }
  }

  /** The answer to a call, if it was made before. */
  take(name: string, args: ToolCall['args']): ToolResult | undefined {
    const at = this.known.findIndex(({ call }) => call.name === name && isDeepStrictEqual(call.args, args));
    return at === -1 ? undefined : this.known.splice(at, 1)[0]?.result;
  }
}
