/** What members and steps reach of the conversation that they belong to. */
import type { ToolCall } from '../core/conversation.js';
import type { PlanItem } from '../core/plan.js';
import type { CallParameters, Completion, CompletionRequest } from '../core/provider.js';
import type { CheckOutside } from './assertions/check.js';
import type { ModelAccess, ModelRequest, Speaker } from './model-access.js';
import type { EnginePorts } from './ports.js';
import type { PreparedPrompt } from './prompt.js';
import type { ToolLoop } from './tools/policy.js';
import type { PreparedTool, ToolAnswer } from './tools/prepared-tool.js';
import { callTools } from './tools/tool-round.js';
import type { PreparedTurn } from './turn.js';

/** The conversation as it stands when somebody asks. */
export interface AccessSource {
  item: PlanItem;
  ports: EnginePorts;
  outside: CheckOutside;
  /** The turn that is being played, and its number. */
  turn(): { turn: PreparedTurn; number: number };
  parametersOf(turn: PreparedTurn, prompt: PreparedPrompt): CallParameters;
  /** The stable part of requests is to be marked. */
  cachePrompt: boolean;
  /** Asks the provider under test and counts what it took. */
  spend(request: CompletionRequest): Promise<Completion>;
}

export class ConversationAccess implements ModelAccess {
  readonly outside: CheckOutside;
  /** Tool calls by speaker, in the turn that is being played: two that speak at once do not share a count. */
  private readonly calls = new Map<string, number>();

  constructor(private readonly source: AccessSource) {
    this.outside = source.outside;
  }

  ask({ messages, prompt, speaker, tools, toolChoice }: ModelRequest): Promise<Completion> {
    const { item } = this.source;
    const { turn } = this.source.turn();
    const request: CompletionRequest = {
      messages,
      parameters: this.source.parametersOf(turn, prompt),
      context: { scenario: item.scenario, provider: item.provider, ...speaker },
    };
    if (tools !== undefined) {
      request.tools = tools;
      request.toolChoice = toolChoice;
    }
    if (turn.stream) request.stream = true;
    if (this.source.cachePrompt) request.cachePrompt = true;
    return this.source.spend(request);
  }

  callTools(
    speaker: Speaker,
    calls: readonly ToolCall[],
    loop: ToolLoop,
    tools: ReadonlyMap<string, PreparedTool>,
  ): Promise<ToolAnswer[]> {
    const { item, ports } = this.source;
    const { turn, number } = this.source.turn();
    // Faults are drawn by scenario and number of the call: each speaker has draws of its own.
    const draws = JSON.stringify([item.scenario, number, speaker]);
    const earlier = this.calls.get(draws) ?? 0;
    this.calls.set(draws, earlier + calls.length);
    const { seed } = turn.spec;
    return callTools({ item, turn: turn.spec, loop, tools, earlier, seed, draws, ports }, calls);
  }
}
