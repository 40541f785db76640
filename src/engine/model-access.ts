/** How features of a conversation reach its model and its tools themselves. */
import type { ToolCall } from '../core/conversation.js';
import type { CallContext, Completion, CompletionRequest, RequestMessage } from '../core/provider.js';
import type { CheckOutside } from './assertions/check.js';
import type { PreparedPrompt } from './prompt.js';
import type { ToolLoop } from './tools/policy.js';
import type { PreparedTool, ToolAnswer } from './tools/prepared-tool.js';

/** Who asks: the mock provider answers by it. */
export type Speaker = Pick<CallContext, 'step' | 'agent'>;

export interface ModelRequest extends Pick<CompletionRequest, 'tools' | 'toolChoice'> {
  messages: RequestMessage[];
  /** The prompt that asks: its sampling parameters hold. */
  prompt: PreparedPrompt;
  speaker: Speaker;
}

export interface ModelAccess {
  /** An answer of the conversation's provider with the parameters of the current turn; counted as the conversation's. */
  ask(request: ModelRequest): Promise<Completion>;
  /** Carries out a round of tool calls as the turn has it: consent, bounds. Answers in the order of the calls. */
  callTools(
    speaker: Speaker,
    calls: readonly ToolCall[],
    loop: ToolLoop,
    tools: ReadonlyMap<string, PreparedTool>,
  ): Promise<ToolAnswer[]>;
  /** For the guardrails of prompts, and for tools. */
  outside: CheckOutside;
}
