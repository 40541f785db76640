/** One conversation with an agent, over as many connections as it takes. */
import type { ContentPart, Message, ToolCall } from '../../core/conversation.js';
import type { Completion, CompletionRequest } from '../../core/provider.js';
import type { AgentConnection } from './connection.js';
import type { AgentDoor, OpenConnection, Opening } from './door.js';
import { emptyReply, failedTurn, sessionLost } from './failures.js';
import { KnownAnswers, toolResultOf } from './known-answers.js';
import { heardUntilNow, tell, unheard } from './said.js';
import { AgentTurn, SessionExpired, type TurnStep } from './turn.js';

export interface ThreadOptions {
  door: AgentDoor;
  /** Time of one turn, or of what follows on the results of tools, in milliseconds. */
  timeoutMs: number;
  /** Sent with every message, for the agent's own records. */
  metadata: { [name: string]: string } | undefined;
  keepRaw: boolean;
  /** The agent is to play a part: the system message goes before the first one. Else it has instructions of its own. */
  plays: boolean;
  /** Whether calls of this thread may ask for tools, whose results come with another call. */
  takesTools: boolean;
}

export class AgentThread {
  private open: OpenConnection | undefined;
  /** By what name the agent remembers the conversation. */
  private session: string | undefined;
  /** The agent has answered in it, be it to another process. */
  private hasAnswered = false;
  /** The last message of the request that was answered last. */
  private told: Message | undefined;
  /** A turn that waits for the results of tools. */
  private turn: AgentTurn | undefined;
  private asked: readonly ToolCall[] = [];

  constructor(private readonly options: ThreadOptions) {}

  /** A turn that waits for the results of tools is under way. */
  get isUnderWay(): boolean {
    return this.turn !== undefined;
  }

  /** Rejects with an `ArenaError`, or the signal's reason. The next call then goes over another connection. */
  async complete(request: CompletionRequest, opening: Opening): Promise<Completion> {
    const calledAt = performance.now();
    try {
      const step = (await this.goOn(request, opening.signal)) ?? (await this.begin(request, opening));
      return this.completionOf(request, step, calledAt);
    } catch (error) {
      this.close();
      throw error;
    }
  }

  /** An answer of this conversation that another process has recorded. */
  recall(request: CompletionRequest, { session, toolCalls = [] }: Completion): void {
    this.session = session ?? this.session;
    if (toolCalls.length === 0) this.answered(request);
  }

  /** Gives up the connection. The agent remembers the conversation. */
  close(): void {
    this.turn?.stop();
    this.turn = undefined;
    this.asked = [];
    this.open?.connection.close();
    this.open = undefined;
  }

  private answered({ messages }: CompletionRequest): void {
    this.hasAnswered = true;
    this.told = messages.at(-1);
  }

  /** Goes on with the turn whose tools have run; undefined when there is none that waits for these results. */
  private async goOn(request: CompletionRequest, signal: AbortSignal): Promise<TurnStep | undefined> {
    const { turn, asked } = this;
    if (turn === undefined) return undefined;
    const round = request.messages.slice(request.messages.findLastIndex(({ role }) => role === 'assistant') + 1);
    const fits = round.length === asked.length && asked.every(({ id }, index) => round[index]?.toolResult?.id === id);
    if (!fits) return undefined;
    const results = round.map((message, index) => ({ id: asked[index]?.id ?? '', result: toolResultOf(message) }));
    turn.goOn(results, this.offered(request));
    return turn.next(this.options.timeoutMs, signal);
  }

  private async begin(request: CompletionRequest, opening: Opening): Promise<TurnStep> {
    // One that was left in the middle is not waited for: the agent takes no other before its end.
    if (this.turn !== undefined) this.close();
    for (;;) {
      const connection = await this.connect(opening);
      const session = this.session ?? connection.session;
      this.session = session;
      try {
        this.turn = new AgentTurn(
          connection,
          this.message(request, session),
          this.offered(request),
          new KnownAnswers(request.messages.slice(request.messages.findLastIndex(({ role }) => role === 'user') + 1)),
        );
        return await this.turn.next(this.options.timeoutMs, opening.signal);
      } catch (error) {
        if (!(error instanceof SessionExpired)) throw error;
        if (this.hasAnswered) throw sessionLost(connection.names);
        if (session === connection.session) throw failedTurn('SESSION_EXPIRED', error.message, connection.names);
        // Nothing was said in it: the connection's own is as good.
        this.session = undefined;
      }
    }
  }

  private async connect(opening: Opening): Promise<AgentConnection> {
    if (this.open?.connection.isOpen !== true) this.open = await this.options.door.open(opening);
    this.open.slot.busy();
    return this.open.connection;
  }

  private message({ messages }: CompletionRequest, session: string): object {
    const { plays, metadata } = this.options;
    const unsaid = unheard(heardUntilNow(messages), this.told);
    const system = plays && !this.hasAnswered ? (messages.find(({ role }) => role === 'system')?.content ?? '') : '';
    const extra = metadata === undefined ? {} : { metadata };
    return { type: 'message', session_id: session, ...tell(unsaid, system), ...extra };
  }

  private offered({ tools = [], toolChoice }: CompletionRequest): Set<string> {
    if (!this.options.takesTools || toolChoice === 'none') return new Set();
    return new Set(tools.map(({ name }) => name));
  }

  private completionOf(request: CompletionRequest, step: TurnStep, calledAt: number): Completion {
    const { calls, reply, sentAt, firstAt, lastAt } = step;
    const { open, session } = this;
    const completion: Completion = {
      content: '',
      latencyMs: lastAt - sentAt,
      // The connection, refusals of a message that came too early, and a moment for further calls of tools.
      waitMs: Math.max(0, performance.now() - calledAt - (lastAt - sentAt)),
      ttftMs: firstAt - sentAt,
      session,
    };
    if (calls.length > 0) {
      this.asked = calls;
      completion.toolCalls = calls;
    } else {
      this.turn = undefined;
      this.asked = [];
      if (open !== undefined) open.slot.idle(() => open.connection.close());
      this.answered(request);
      const { text = '', parts = [], raw } = reply ?? {};
      if (text === '' && parts.length === 0) throw emptyReply();
      completion.content = text;
      const said: ContentPart[] = text === '' ? [] : [{ type: 'text', text }];
      if (parts.length > 0) completion.parts = [...said, ...parts];
      if (this.options.keepRaw) completion.raw = raw;
    }
    return open === undefined ? completion : open.scrubAnswer(completion);
  }
}
