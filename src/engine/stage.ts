/** What answers in one conversation, round by round: the prompt, and the features that come and go with it. */
import type { CompositionRecord, ContentPart, Message, Violation, WorkflowRecord } from '../core/conversation.js';
import type { EnginePorts } from './ports.js';
import type { PreparedPrompt } from './prompt.js';
import type { PreparedTool } from './tools/prepared-tool.js';

/** What checks see of workflow, skills and the like. */
export interface StageTrace {
  /** Current workflow state; absent without a workflow. */
  state?: string;
  /** States in the order in which they were entered, the first one included. */
  entered: readonly string[];
  /** A terminal state was reached. */
  complete: boolean;
  /** As records keep it; absent without a workflow. */
  workflow?: WorkflowRecord;
  /** Compositions that have answered, oldest first. */
  compositions?: readonly CompositionRecord[];
}

/** An answer that is not the model's own. */
export interface Reply {
  text: string;
  parts?: ContentPart[];
  violations: Violation[];
  composition?: CompositionRecord;
  /** What has happened, where the answer says so; a workflow may move on by it. */
  event?: string;
}

/** Answers the user's message. Throws an `ArenaError` when it cannot. */
export type Responder = (message: Message) => Promise<Reply>;

/** What a conversation has used so far. */
export interface Used {
  /** Tool calls, those that the newest answer asks for included. */
  toolCalls: number;
  /** Milliseconds that models took for their answers, as recorded: the same when the conversation is replayed. */
  callMs: number;
}

export const NO_TRACE: StageTrace = { entered: [], complete: false };

/** Something that a conversation has beside its prompt: a workflow, skills, a memory, agents. One per conversation. */
export interface Feature {
  /** The prompt that answers now; absent: the scenario's. */
  prompt?(): PreparedPrompt;
  /** Once, before anything is said. Throws an `ArenaError` when something outside is not there. */
  start?(ports: Pick<EnginePorts, 'perform'>): Promise<void>;
  /** Tools offered beside those of the prompt that answers now. */
  tools(prompt: PreparedPrompt): Iterable<PreparedTool>;
  /** Answers in place of the prompt, now; absent: the prompt's model does. */
  responder?(): Responder | undefined;
  /** Text below the system prompt, now; empty: none. */
  instructions?(): string;
  /** Template variables of its own, now, e.g. `artifacts.NAME`. Models may have written them: nothing in them is replaced. */
  variables?(): Iterable<readonly [string, string]>;
  /** What checks see of it. */
  trace?(): Partial<StageTrace>;
  /** After each answer of the model. Throws an `ArenaError` at a used-up budget. */
  limit?(used: Used): void;
  /** Something that is no call of a tool has happened. Throws an `ArenaError` when it cannot take effect. */
  happened?(event: string): void;
  /** After a round of tool calls: what they asked for takes effect. Throws an `ArenaError` at a used-up budget. */
  settle?(): void;
}

export class Stage {
  constructor(
    private readonly opening: PreparedPrompt,
    private readonly features: readonly Feature[],
  ) {}

  async start(ports: Pick<EnginePorts, 'perform'>): Promise<void> {
    for (const feature of this.features) await feature.start?.(ports);
  }

  /** Who answers now in place of the prompt's model. */
  get responder(): Responder | undefined {
    for (const feature of this.features) {
      const responder = feature.responder?.();
      if (responder !== undefined) return responder;
    }
    return undefined;
  }

  get prompt(): PreparedPrompt {
    for (const feature of this.features) {
      const prompt = feature.prompt?.();
      if (prompt !== undefined) return prompt;
    }
    return this.opening;
  }

  /** The prompt's own text as it has to stand now. Throws an `ArenaError` when nothing fills one of its placeholders. */
  promptText(): string {
    if (this.features.length === 0) return this.opening.system([]);
    return this.prompt.system(this.features.flatMap((feature) => [...(feature.variables?.() ?? [])]));
  }

  /** The system message as models get it now: the prompt's text and what the features add below it. */
  system(): string {
    const texts = [this.promptText()];
    for (const feature of this.features) texts.push(feature.instructions?.() ?? '');
    return texts.filter((text) => text !== '').join('\n\n');
  }

  /** Everything that can be called now, by name. */
  tools(): ReadonlyMap<string, PreparedTool> {
    const { prompt } = this;
    if (this.features.length === 0) return prompt.tools;
    const all = new Map(prompt.tools);
    for (const feature of this.features) for (const tool of feature.tools(prompt)) all.set(tool.descriptor.name, tool);
    return all;
  }

  get trace(): StageTrace {
    if (this.features.length === 0) return NO_TRACE;
    return Object.assign({ ...NO_TRACE }, ...this.features.map((feature) => feature.trace?.()));
  }

  limit(used: Used): void {
    for (const feature of this.features) feature.limit?.(used);
  }

  happened(event: string): void {
    for (const feature of this.features) feature.happened?.(event);
  }

  settle(): void {
    for (const feature of this.features) feature.settle?.();
  }
}
