/** A recorded conversation as checks see it: whole, or as far as one of its answers. */
import type { Message, Usage } from '../core/conversation.js';
import { type CallView, ConversationView } from './assertions/view.js';
import { Spending } from './spending.js';
import { NO_TRACE, type StageTrace } from './stage.js';

/** A call with the number of the message that made it. */
interface PlacedCall {
  place: number;
  call: CallView;
}

export class RecordedViews {
  private readonly calls: PlacedCall[];
  /** Most recordings know nothing of states, and each of thousands of answers has a view. */
  private readonly hasStates: boolean;

  /** `isTerminal`: whether the bundle's workflow ends in a state. */
  constructor(
    private readonly messages: readonly Message[],
    private readonly isTerminal: (state: string) => boolean,
  ) {
    this.calls = callsOf(messages);
    this.hasStates = messages.some(({ state }) => state !== undefined);
  }

  /** Numbers of the assistant messages. */
  get answers(): number[] {
    return this.messages.flatMap(({ role }, place) => (role === 'assistant' ? [place] : []));
  }

  /** Calls of tools in all, by tool. */
  get toolStats(): { total: number; byTool: { [tool: string]: number } } | undefined {
    if (this.calls.length === 0) return undefined;
    const byTool = new Map<string, number>();
    for (const { call } of this.calls) byTool.set(call.name, (byTool.get(call.name) ?? 0) + 1);
    return { total: this.calls.length, byTool: Object.fromEntries(byTool) };
  }

  /** The conversation up to an answer, with what came of the tools that this answer calls. */
  upTo(place: number): ConversationView {
    const messages = this.messages.slice(0, place + 1);
    const from = messages.findLastIndex(({ role }) => role === 'user');
    return this.view(messages, Math.max(0, from));
  }

  whole(): ConversationView {
    return this.view(this.messages, 0);
  }

  private view(messages: readonly Message[], from: number): ConversationView {
    const calls = this.calls.filter(({ place }) => place < messages.length).map(({ call }) => call);
    return new ConversationView({ messages, calls, from, ...spentOn(messages), trace: this.trace(messages) });
  }

  private trace(messages: readonly Message[]): StageTrace {
    if (!this.hasStates) return NO_TRACE;
    const states = messages.flatMap(({ state }) => (state === undefined ? [] : [state]));
    const entered = states.filter((state, index) => state !== states[index - 1]);
    const state = entered.at(-1);
    if (state === undefined) return NO_TRACE;
    return { ...NO_TRACE, state, entered, complete: this.isTerminal(state) };
  }
}

function callsOf(messages: readonly Message[]): PlacedCall[] {
  const made: PlacedCall[] = [];
  // Ids may come again in a later round: a result belongs to the newest call of its id.
  const open = new Map<string, CallView>();
  for (const [place, message] of messages.entries()) {
    for (const { id, name, args } of message.toolCalls ?? []) {
      const call: CallView = { name, args, result: '', parts: [], state: message.state };
      open.set(id, call);
      made.push({ place, call });
    }
    const { toolResult } = message;
    if (toolResult === undefined) continue;
    let call = open.get(toolResult.id);
    if (call === undefined) {
      call = { name: toolResult.name, args: {}, result: '', parts: [], state: message.state };
      made.push({ place, call });
    }
    open.delete(toolResult.id);
    const { content: result, parts = [] } = message;
    Object.assign(call, { result, parts, error: toolResult.error });
  }
  return made;
}

/**
 * What the recorded calls had used by then, those that a cache saved included; the cost is unknown where no message
 * tells any.
 */
function spentOn(messages: readonly Message[]): { usage: Usage; costUsd?: number } {
  const spending = new Spending();
  for (const { usage, costUsd = 0, savedUsd = 0 } of messages) {
    spending.add({ usage, costUsd: costUsd + savedUsd, latencyMs: 0 });
  }
  const known = messages.some(({ costUsd }) => costUsd !== undefined);
  return { usage: spending.usage, ...(known ? { costUsd: spending.costUsd } : {}) };
}
