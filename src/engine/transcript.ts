/** What has been said and used so far in one conversation. */
import type { Message, ToolCall, Usage, Violation } from '../core/conversation.js';
import type { Completion } from '../core/provider.js';
import { type CallView, ConversationView } from './assertions/view.js';
import { recordPart } from './media.js';
import type { ToolAnswer } from './tools/prepared-tool.js';
import type { PreparedTurn } from './turn.js';

export class Transcript {
  /** As records keep it. */
  readonly messages: Message[] = [];
  /**
   * As providers get it: without anything that differs from one try to the next, so that a replayed conversation makes
   * the very same requests, and with the content of files.
   */
  readonly wire: Message[] = [];
  readonly calls: CallView[] = [];
  readonly usage: Usage = {};
  /** Undefined once the cost of any call is unknown. */
  costUsd: number | undefined = 0;
  /** Milliseconds inside calls. */
  callMs = 0;

  addSystem(content: string): void {
    if (content !== '') this.add({ role: 'system', content });
  }

  /** A scripted message of either side. */
  addScripted(turn: PreparedTurn): void {
    const message: Message = { role: turn.role, content: turn.content };
    if (turn.parts !== undefined) message.parts = turn.parts;
    this.add(message);
  }

  /** A user's message that a persona wrote. */
  addPersona(completion: Completion, content: string, persona: string): void {
    this.wire.push({ role: 'user', content });
    const { finishReason, usage, costUsd, latencyMs, ttftMs, raw } = completion;
    this.messages.push({ role: 'user', content, persona, finishReason, usage, costUsd, latencyMs, ttftMs, raw });
    this.addUsage(completion);
  }

  /** An answer that a guardrail gave in the model's place. */
  addRefusal(content: string, violations: Violation[]): void {
    this.wire.push({ role: 'assistant', content });
    this.messages.push({ role: 'assistant', content, violations });
  }

  /** `content` is the model's text after the guardrails. */
  addAnswer(completion: Completion, content: string, violations: Violation[]): void {
    const message: Message = { role: 'assistant', content };
    if (completion.parts !== undefined) message.parts = completion.parts;
    if (completion.toolCalls !== undefined && completion.toolCalls.length > 0) message.toolCalls = completion.toolCalls;
    this.wire.push(message);
    const { finishReason, usage, costUsd, latencyMs, ttftMs, raw } = completion;
    const known = violations.length > 0 ? violations : undefined;
    this.messages.push({ ...message, finishReason, usage, costUsd, latencyMs, ttftMs, violations: known, raw });
    this.addUsage(completion);
  }

  addToolAnswer(call: ToolCall, { text, parts, error, invalidArgs }: ToolAnswer): void {
    const message: Message = { role: 'tool', content: text, toolResult: { id: call.id, name: call.name } };
    if (error !== undefined) message.toolResult = { id: call.id, name: call.name, error };
    if (parts !== undefined) message.parts = parts;
    this.add(message);
    this.calls.push({ name: call.name, args: call.args, result: text, parts: parts ?? [], error, invalidArgs });
  }

  /** What checks see; `from` is the index of the first message of the judged part. */
  view(from: number): ConversationView {
    const { messages, calls, usage, costUsd } = this;
    return new ConversationView({ messages, calls, from, usage, costUsd });
  }

  private add(message: Message): void {
    this.wire.push(message);
    this.messages.push(message.parts === undefined ? message : { ...message, parts: message.parts.map(recordPart) });
  }

  private addUsage({ usage, costUsd, latencyMs }: Completion): void {
    this.callMs += latencyMs;
    this.costUsd = this.costUsd === undefined || costUsd === undefined ? undefined : this.costUsd + costUsd;
    for (const name of ['inputTokens', 'outputTokens', 'cachedTokens'] as const) {
      const tokens = usage?.[name];
      if (tokens !== undefined) this.usage[name] = (this.usage[name] ?? 0) + tokens;
    }
  }
}
