/** Deployed agents as providers: assistants, personas in the place of the user, judges. */
import type { Message } from '../../core/conversation.js';
import type { CompleteOptions, Completion, CompletionRequest, Conversation, Provider } from '../../core/provider.js';
import type { AgentDoor } from './door.js';
import { AgentThread, type ThreadOptions } from './thread.js';

export interface AgentProviderOptions {
  id: string;
  door: AgentDoor;
  timeoutMs: number;
  metadata: { [name: string]: string } | undefined;
  keepRaw: boolean;
}

/** What one conversation of ours is to an agent: several, one for each who speaks through it. */
class Talk {
  /** Those that last: the assistant's, and each persona's by its name. */
  readonly lasting = new Map<string, AgentThread>();
  /** Those for one answer, by the message that began them, while tools run. */
  readonly passing = new Map<Message, AgentThread>();

  close(): void {
    for (const thread of [...this.lasting.values(), ...this.passing.values()]) thread.close();
  }
}

export class AgentProvider implements Provider {
  readonly id: string;
  readonly local = false;
  private readonly talks = new WeakMap<Conversation, Talk>();

  constructor(private readonly options: AgentProviderOptions) {
    this.id = options.id;
  }

  async complete(request: CompletionRequest, { signal, conversation, untimed }: CompleteOptions): Promise<Completion> {
    const talk = conversation === undefined ? new Talk() : this.talkOf(conversation);
    const lasting = conversation === undefined ? undefined : this.lasting(request, talk);
    if (lasting !== undefined) return lasting.complete(request, { signal, untimed });
    // What waits here may be part of a turn that holds a connection itself: the time limit ends it when there is no other.
    return this.inPassing(request, talk, conversation !== undefined, signal);
  }

  recall(request: CompletionRequest, answer: Completion, conversation: Conversation): void {
    this.lasting(request, this.talkOf(conversation))?.recall(request, answer);
  }

  private talkOf(conversation: Conversation): Talk {
    const known = this.talks.get(conversation);
    if (known !== undefined) return known;
    const talk = new Talk();
    this.talks.set(conversation, talk);
    conversation.onEnd(() => talk.close());
    return talk;
  }

  /** The thread of whoever speaks in the conversation itself; undefined for judges, steps and members of a team. */
  private lasting({ context }: CompletionRequest, { lasting }: Talk): AgentThread | undefined {
    const { judge, step, agent, tool } = context;
    if ([judge, step, agent, tool].some((name) => name !== undefined)) return undefined;
    const name = context.persona === undefined ? 'assistant' : `persona ${context.persona}`;
    const thread = lasting.get(name) ?? this.thread({ plays: context.persona !== undefined, takesTools: true });
    lasting.set(name, thread);
    return thread;
  }

  /** An answer in a session of its own, to which everything is told at once. */
  private async inPassing(
    request: CompletionRequest,
    { passing }: Talk,
    takesTools: boolean,
    signal: AbortSignal,
  ): Promise<Completion> {
    const first = request.messages.find(({ role }) => role === 'user');
    const known = first === undefined ? undefined : passing.get(first);
    const thread = known ?? this.thread({ plays: true, takesTools });
    if (first !== undefined) passing.set(first, thread);
    try {
      const { session: _, ...completion } = await thread.complete(request, { signal });
      return completion;
    } finally {
      if (!thread.isUnderWay) {
        if (first !== undefined) passing.delete(first);
        thread.close();
      }
    }
  }

  private thread(how: Pick<ThreadOptions, 'plays' | 'takesTools'>): AgentThread {
    const { door, timeoutMs, metadata, keepRaw } = this.options;
    return new AgentThread({ door, timeoutMs, metadata, keepRaw, ...how });
  }
}
