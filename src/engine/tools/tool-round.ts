/** The calls of one answer of the model: carried out side by side, answered in their order. */
import type { ToolCall } from '../../core/conversation.js';
import type { PlanItem } from '../../core/plan.js';
import type { TurnSpec } from '../../schema/scenario.js';
import { allEnded } from '../all-ended.js';
import type { EnginePorts } from '../ports.js';
import { drawChaos } from './chaos.js';
import { consentRefusal } from './consent.js';
import type { ToolLoop } from './policy.js';
import type { PreparedTool, ToolAnswer } from './prepared-tool.js';

/** Tools of one round that run at the same time. */
const PARALLEL_TOOLS = 10;

export interface ToolRound {
  item: PlanItem;
  turn: TurnSpec;
  loop: ToolLoop;
  /** What can be called now, by name. */
  tools: ReadonlyMap<string, PreparedTool>;
  /** Tool calls of the conversation before this round. */
  earlier: number;
  /** Seed of the answer that calls, where there is one. */
  seed: number | undefined;
  /** By what faults are drawn in place of the scenario: two that speak at once have draws of their own. */
  draws?: string;
  /** What providers are asked by a tool counts as the conversation's. */
  ports: EnginePorts;
}

/** Answers in the order of the calls. */
export async function callTools(round: ToolRound, calls: readonly ToolCall[]): Promise<ToolAnswer[]> {
  const answers: ToolAnswer[] = [];
  for (let first = 0; first < calls.length; first += PARALLEL_TOOLS) {
    const batch = calls.slice(first, first + PARALLEL_TOOLS);
    const given = await allEnded(batch.map((call, index) => callTool(round, call, round.earlier + first + index)));
    for (const [index, { error }] of given.entries()) {
      if (error !== undefined) round.loop.countError(batch[index]?.name ?? '');
    }
    answers.push(...given);
  }
  return answers;
}

/** `number` is the call's place among all calls of the conversation. */
async function callTool(round: ToolRound, call: ToolCall, number: number): Promise<ToolAnswer> {
  const { item, turn, loop, tools, seed, draws, ports } = round;
  const tool = tools.get(call.name);
  const refusal = loop.refuse(call) ?? (tool === undefined ? `there is no tool ${call.name}` : undefined);
  if (tool === undefined || refusal !== undefined) return { text: `Error: ${refusal}`, error: refusal };
  const chaos = drawChaos(turn, call.name, number, { ...item, scenario: draws ?? item.scenario }, seed);
  const blocked = consentRefusal(call.name, turn, tool.client) ?? chaos.answer;
  if (blocked !== undefined) return blocked;
  if (chaos.delayMs !== undefined) await ports.waitUntil(ports.now() + chaos.delayMs);
  return tool.call(call.args, { ...ports, scenario: item.scenario });
}
