/** Bounds of the tool loop and what a turn has used of them. */
import type { ToolCall } from '../../core/conversation.js';
import { ArenaError } from '../../core/errors.js';
import type { CompletionRequest } from '../../core/provider.js';
import type { ToolPolicySpec } from '../../schema/tool-policy.js';
import { sortKeys } from '../json.js';
import type { PreparedTool } from './prepared-tool.js';

/** A tool that failed so often in a turn is no longer offered in it. */
const ERRORS_UNTIL_WITHDRAWN = 2;

export interface ToolPolicy {
  choice: NonNullable<CompletionRequest['toolChoice']>;
  blocklist: ReadonlySet<string>;
  maxRounds: number;
  maxIdentical: number;
  maxCostUsd: number;
  maxPerTurn: number;
  maxTotal: number;
}

/** Field by field: the scenario's policy, then the prompt's, then the defaults. 0 stands for the default. */
export function toolPolicyOf(scenario: ToolPolicySpec | undefined, prompt: ToolPolicySpec | undefined): ToolPolicy {
  const limit = (name: 'max_rounds' | 'max_identical_tool_calls' | 'max_cost_usd' | LimitName, otherwise: number) =>
    scenario?.[name] || prompt?.[name] || otherwise;
  const choice = scenario?.tool_choice ?? prompt?.tool_choice ?? 'auto';
  return {
    choice: choice === 'auto' || choice === 'required' || choice === 'none' ? choice : { tool: choice },
    blocklist: new Set(scenario?.blocklist ?? prompt?.blocklist),
    maxRounds: limit('max_rounds', 50),
    maxIdentical: limit('max_identical_tool_calls', 3),
    maxCostUsd: limit('max_cost_usd', 2),
    maxPerTurn: limit('max_tool_calls_per_turn', Infinity),
    maxTotal: limit('max_total_tool_calls', Infinity),
  };
}

type LimitName = 'max_tool_calls_per_turn' | 'max_total_tool_calls';

/** What one turn has used. */
export class ToolLoop {
  private rounds = 0;
  private calls = 0;
  private costUsd = 0;
  private readonly identical = new Map<string, number>();
  private readonly errors = new Map<string, number>();

  constructor(
    private readonly policy: ToolPolicy,
    /** Calls made in earlier turns. */
    private readonly earlierCalls: number,
  ) {}

  /** A forced choice holds for the first round only: else no turn would ever end in an answer. */
  private get choice(): ToolPolicy['choice'] {
    const { choice } = this.policy;
    return this.rounds > 0 && choice !== 'none' ? 'auto' : choice;
  }

  /** What a request says of tools; nothing when none may be called any more. */
  offer(tools: ReadonlyMap<string, PreparedTool>): Pick<CompletionRequest, 'tools' | 'toolChoice'> {
    const descriptors = [...tools.values()].map(({ descriptor }) => descriptor);
    const offered = descriptors.filter(({ name }) => this.isOffered(name));
    return offered.length === 0 ? {} : { tools: offered, toolChoice: this.choice };
  }

  private isOffered(tool: string): boolean {
    return (
      !this.policy.blocklist.has(tool) &&
      (this.errors.get(tool) ?? 0) < ERRORS_UNTIL_WITHDRAWN &&
      this.calls < this.policy.maxPerTurn &&
      this.earlierCalls + this.calls < this.policy.maxTotal
    );
  }

  /** Throws when the turn may not go on with another round of calls. */
  startRound(costUsd: number | undefined): void {
    this.rounds += 1;
    this.costUsd += costUsd ?? 0;
    if (this.rounds > this.policy.maxRounds) {
      throw new ArenaError({
        code: 'tool_loop',
        message: `the model still calls tools after ${this.policy.maxRounds} rounds of one turn`,
        hint: 'raise tool_policy.max_rounds, or make the tool results say what the model waits for',
      });
    }
    if (this.costUsd > this.policy.maxCostUsd) {
      throw new ArenaError({
        code: 'cost_limit',
        message: `the tool rounds of one turn cost $${this.costUsd.toFixed(4)}, more than $${this.policy.maxCostUsd}`,
        hint: 'raise tool_policy.max_cost_usd',
      });
    }
  }

  /** Counts a call. Returns why it is not carried out, or nothing. Throws when the model does not stop repeating it. */
  refuse(call: ToolCall): string | undefined {
    if (this.policy.blocklist.has(call.name)) return `tool ${call.name} is blocked by policy`;
    if ((this.errors.get(call.name) ?? 0) >= ERRORS_UNTIL_WITHDRAWN) {
      return `tool ${call.name} is no longer available: it failed ${ERRORS_UNTIL_WITHDRAWN} times in this turn`;
    }
    if (this.calls >= this.policy.maxPerTurn) return `no more than ${this.policy.maxPerTurn} tool calls in one turn`;
    if (this.earlierCalls + this.calls >= this.policy.maxTotal) {
      return `no more than ${this.policy.maxTotal} tool calls in this conversation`;
    }
    this.calls += 1;
    return this.refuseRepetition(call);
  }

  private refuseRepetition(call: ToolCall): string | undefined {
    const key = JSON.stringify([call.name, sortKeys(call.args)]);
    const count = (this.identical.get(key) ?? 0) + 1;
    this.identical.set(key, count);
    const { maxIdentical } = this.policy;
    if (count < maxIdentical) return undefined;
    if (count === maxIdentical) {
      return `${call.name} was called ${count} times with the same arguments: use the result, or call it differently`;
    }
    throw new ArenaError({
      code: 'tool_loop',
      message: `the model called ${call.name} ${count} times with the same arguments in one turn`,
      hint: 'raise tool_policy.max_identical_tool_calls, or let the tool result differ',
    });
  }

  countError(tool: string): void {
    this.errors.set(tool, (this.errors.get(tool) ?? 0) + 1);
  }
}
