/** What checks look at: the conversation so far, with the parts that many checks need worked out once. */
import type { ContentPart, Message, Usage, Violation } from '../../core/conversation.js';
import type { ToolArguments } from '../../core/tool.js';
import { NO_TRACE, type StageTrace } from '../stage.js';

/** A tool call and what came of it. */
export interface CallView {
  name: string;
  args: ToolArguments;
  /** What the model was told. */
  result: string;
  parts: readonly ContentPart[];
  /** Why the call failed. */
  error?: string;
  /** True when it failed because the arguments did not fit the tool's schema. */
  invalidArgs?: boolean;
  /** Workflow state in which it was made. */
  state?: string;
}

export interface ViewSource {
  messages: readonly Message[];
  calls: readonly CallView[];
  /** Index of the first message of the turn; 0 at the end of a conversation. */
  from: number;
  usage: Usage;
  costUsd?: number;
  /** What a workflow, skills and the like did so far. Default: nothing of the kind. */
  trace?: StageTrace;
}

export class ConversationView {
  readonly messages: readonly Message[];
  /** Every call of the conversation so far, of earlier turns too. */
  readonly calls: readonly CallView[];
  readonly usage: Usage;
  readonly costUsd?: number;
  readonly trace: StageTrace;
  private readonly from: number;
  private answers?: readonly string[];

  constructor(source: ViewSource) {
    this.messages = source.messages;
    this.calls = source.calls;
    this.usage = source.usage;
    this.costUsd = source.costUsd;
    this.trace = source.trace ?? NO_TRACE;
    this.from = source.from;
  }

  /** A conversation of which only one text is known: what guardrails judge. */
  static ofText(text: string): ConversationView {
    // Checks look at assistant messages, so a user's text, too, stands in the place of an answer.
    const messages: Message[] = [{ role: 'assistant', content: text }];
    return new ConversationView({ messages, calls: [], from: 0, usage: {} });
  }

  /** The newest assistant message. */
  get lastMessage(): Message | undefined {
    return this.messages.findLast((message) => message.role === 'assistant');
  }

  /** Text of the newest assistant message. */
  get last(): string {
    return this.lastMessage?.content ?? '';
  }

  /** Texts of all assistant messages, oldest first. */
  get all(): readonly string[] {
    this.answers ??= this.messages.filter(({ role }) => role === 'assistant').map(({ content }) => content);
    return this.answers;
  }

  /** Guardrails that fired since the judged part began, newest last. */
  get violations(): readonly Violation[] {
    return this.messages.slice(this.from).flatMap((message) => message.violations ?? []);
  }
}
