/** What has been said and used so far in one conversation. */
import type { Message, ToolCall, Violation } from '../core/conversation.js';
import type { Completion, RequestMessage } from '../core/provider.js';
import { type CallView, ConversationView } from './assertions/view.js';
import { recordPart } from './media.js';
import { Spending } from './spending.js';
import type { Reply, StageTrace } from './stage.js';
import type { ToolAnswer } from './tools/prepared-tool.js';
import type { PreparedTurn } from './turn.js';

export class Transcript {
  /** As records keep it. */
  readonly messages: Message[] = [];
  /**
   * As providers get it: without anything that differs from one try to the next, so that a replayed conversation makes
   * the very same requests, and with the content of files.
   */
  readonly wire: RequestMessage[] = [];
  readonly calls: CallView[] = [];
  readonly spending = new Spending();
  /** Workflow state in which messages are written from now on. */
  state: string | undefined;

  addSystem(content: string): void {
    if (content !== '') this.add({ role: 'system', content });
  }

  /** Records show the prompt as it stood when the first turn was over. */
  restateSystem(content: string): void {
    const [first] = this.messages;
    if (first?.role === 'system' && content !== '') first.content = content;
  }

  /** A scripted message of either side. */
  addScripted(turn: PreparedTurn): void {
    const message: Message = { role: turn.role, content: turn.content };
    if (turn.parts !== undefined) message.parts = turn.parts;
    this.add(message);
  }

  /** A user's message that a persona wrote; `exit` is why it was the last one. */
  addPersona(completion: Completion, content: string, persona: string, exit: string | undefined): void {
    this.wire.push({ role: 'user', content });
    this.keep({ role: 'user', content, persona, exit, ...figuresOf(completion), raw: completion.raw });
    this.spending.add(completion);
  }

  /** An answer that a guardrail gave in the model's place. */
  addRefusal(content: string, violations: Violation[]): void {
    this.wire.push({ role: 'assistant', content });
    this.keep({ role: 'assistant', content, violations });
  }

  /** An answer that a composition gave. Its calls have been counted when they were made. */
  addReply({ text: content, parts, violations, composition }: Reply): void {
    const message: Message =
      parts === undefined ? { role: 'assistant', content } : { role: 'assistant', content, parts };
    this.wire.push(message);
    const known = violations.length > 0 ? violations : undefined;
    this.keep({ ...message, violations: known, composition });
  }

  /** `content` is the model's text after the guardrails. */
  addAnswer(completion: Completion, content: string, violations: Violation[]): void {
    const message: Message = { role: 'assistant', content };
    if (completion.parts !== undefined) message.parts = completion.parts;
    if (completion.toolCalls !== undefined && completion.toolCalls.length > 0) message.toolCalls = completion.toolCalls;
    const { opaque } = completion;
    this.wire.push(opaque === undefined ? message : { ...message, opaque });
    const { finishReason, usage, latencyMs, ttftMs, cached, raw } = completion;
    // Member by member: spreading costs more than all else here.
    this.keep({
      role: 'assistant',
      content,
      parts: message.parts,
      toolCalls: message.toolCalls,
      finishReason,
      usage,
      costUsd: cached ? 0 : completion.costUsd,
      latencyMs,
      ttftMs,
      cached: cached || undefined,
      savedUsd: cached ? completion.costUsd : undefined,
      violations: violations.length > 0 ? violations : undefined,
      raw,
    });
    this.spending.add(completion);
  }

  addToolAnswer(call: ToolCall, { text, parts, error, invalidArgs, violations }: ToolAnswer): void {
    const message: Message = { role: 'tool', content: text, toolResult: { id: call.id, name: call.name } };
    if (error !== undefined) message.toolResult = { id: call.id, name: call.name, error };
    if (parts !== undefined) message.parts = parts;
    this.add(message, violations);
    const { state } = this;
    this.calls.push({ name: call.name, args: call.args, result: text, parts: parts ?? [], error, invalidArgs, state });
  }

  /** What a provider gets now, below the system message that holds now. */
  history(system: string): RequestMessage[] {
    const [first] = this.wire;
    if (first?.role === 'system' && first.content === system) return [...this.wire];
    const said = first?.role === 'system' ? this.wire.slice(1) : this.wire;
    return system === '' ? [...said] : [{ role: 'system', content: system }, ...said];
  }

  /** What checks see; `from` is the index of the first message of the judged part. */
  view(from: number, trace: StageTrace): ConversationView {
    const { messages, calls, spending } = this;
    const { usage, costUsd } = spending.worth;
    return new ConversationView({ messages, calls, from, usage, costUsd, trace });
  }

  private add(message: Message, violations?: Violation[]): void {
    this.wire.push(message);
    const kept = message.parts === undefined ? { ...message } : { ...message, parts: message.parts.map(recordPart) };
    if (violations !== undefined) kept.violations = violations;
    this.keep(kept);
  }

  private keep(message: Message): void {
    if (this.state !== undefined) message.state = this.state;
    this.messages.push(message);
  }
}

/** What a message tells of the call that made it. */
function figuresOf({ finishReason, usage, costUsd, latencyMs, ttftMs, cached }: Completion): Partial<Message> {
  const figures = { finishReason, usage, costUsd, latencyMs, ttftMs };
  return cached ? { ...figures, costUsd: 0, cached, savedUsd: costUsd } : figures;
}
