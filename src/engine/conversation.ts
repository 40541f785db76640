/** Holds one conversation from its first turn to its verdict. */
import type { AssertionResult, ConversationRecord, ToolCall } from '../core/conversation.js';
import { ArenaError, type Failure, toFailure } from '../core/errors.js';
import type { PlanItem } from '../core/plan.js';
import type { Completion, CompletionRequest } from '../core/provider.js';
import { type Assertion, evaluateAll } from './assertions/assertion.js';
import { callParameters } from './call-parameters.js';
import { guard } from './guardrails.js';
import type { PreparedBundle, PreparedScenario } from './prepare.js';
import { personaRequest, readPersona, type SelfPlay } from './self-play.js';
import { consentRefusal } from './tools/consent.js';
import { ToolLoop } from './tools/policy.js';
import type { ToolAnswer } from './tools/prepared-tool.js';
import { Transcript } from './transcript.js';
import type { PreparedTurn } from './turn.js';

/** What a conversation needs of the outside. It awaits nothing else, and has no clock and no chance of its own. */
export interface EnginePorts {
  /**
   * One answer of a provider of the bundle. The caller adds permits, retries and records. Throws an `ArenaError`, or
   * the signal's reason when it was aborted.
   */
  complete(provider: string, request: CompletionRequest): Promise<Completion>;
  /** Milliseconds since the epoch. */
  now(): number;
  signal: AbortSignal;
}

/** Tools of one round that run at the same time. */
const PARALLEL_TOOLS = 10;

/**
 * Never throws for a failure: the record then says `errored` and why. Throws the signal's reason when it was aborted.
 * Given the same answers it makes the same requests and comes to the same record, times apart.
 */
export async function holdConversation(
  prepared: PreparedBundle,
  item: PlanItem,
  ports: EnginePorts,
): Promise<ConversationRecord> {
  const conversation = new Conversation(prepared, item, ports);
  try {
    await conversation.play();
  } catch (error) {
    if (ports.signal.aborted) throw ports.signal.reason;
    conversation.failure = toFailure(error);
  }
  return conversation.record();
}

class Conversation {
  failure: Failure | undefined;
  private readonly transcript = new Transcript();
  private readonly results: AssertionResult[] = [];
  private readonly startedAt: number;
  private scenario: PreparedScenario | undefined;
  private calls = 0;
  private waitMs = 0;

  constructor(
    private readonly prepared: PreparedBundle,
    private readonly item: PlanItem,
    private readonly ports: EnginePorts,
  ) {
    this.startedAt = ports.now();
  }

  /** Plays the turns up to the first one whose checks fail. */
  async play(): Promise<void> {
    const scenario = this.prepared.scenario(this.item);
    this.scenario = scenario;
    if (!this.prepared.bundle.providers.has(this.item.provider)) {
      throw new ArenaError({
        code: 'provider_not_found',
        message: `there is no provider "${this.item.provider}" in the bundle`,
        hint: `there are: ${[...this.prepared.bundle.providers.keys()].join(', ')}`,
      });
    }
    if (scenario.guardrails.failure !== undefined) throw new ArenaError(scenario.guardrails.failure);
    this.transcript.addSystem(scenario.system);
    for (const turn of scenario.turns) {
      if (turn.role === 'assistant') this.transcript.addScripted(turn);
      else if (turn.selfPlay !== undefined) {
        if (!(await this.selfPlay(scenario, turn, turn.selfPlay))) return;
      } else {
        const from = this.transcript.messages.length;
        this.transcript.addScripted(turn);
        if (!(await this.exchange(scenario, turn, from))) return;
      }
    }
  }

  /** As many exchanges as the turn asks for, or until the persona is done. False when a check fails. */
  private async selfPlay(scenario: PreparedScenario, turn: PreparedTurn, selfPlay: SelfPlay): Promise<boolean> {
    for (let count = 0; count < selfPlay.exchanges; count += 1) {
      const from = this.transcript.messages.length;
      const request = personaRequest(selfPlay, this.transcript.wire, this.item.scenario);
      const completion = await this.complete(selfPlay.provider, request);
      const { text, done } = readPersona(completion.content);
      // A persona that has nothing left to say but the marker has nothing to be answered either.
      if (text === '' && done && selfPlay.mayEnd) return true;
      if (text === '') {
        throw new ArenaError({ code: 'empty_answer', message: `persona "${selfPlay.persona}" wrote an empty message` });
      }
      this.transcript.addPersona(completion, text, selfPlay.persona);
      if (!(await this.exchange(scenario, turn, from))) return false;
      if (done && selfPlay.mayEnd) return true;
    }
    return true;
  }

  /** The answer to the user's message at `from`. False when a check of it fails. */
  private async exchange(scenario: PreparedScenario, turn: PreparedTurn, from: number): Promise<boolean> {
    const said = this.transcript.messages[from]?.content ?? '';
    const input = guard(scenario.guardrails, 'input', said);
    if (input.violations.length > 0) this.transcript.addRefusal(input.text, input.violations);
    else await this.answer(scenario, turn);
    const messageIndex = this.transcript.messages.length - 1;
    const results = this.judge(turn.assertions, from);
    for (const result of results) result.messageIndex = messageIndex;
    return results.every((result) => result.passed);
  }

  /** The model's answer, after as many rounds of tool calls as it asks for. */
  private async answer(scenario: PreparedScenario, turn: PreparedTurn): Promise<void> {
    const loop = new ToolLoop(scenario.toolPolicy, this.transcript.calls.length);
    for (;;) {
      const completion = await this.complete(this.item.provider, this.request(scenario, turn, loop));
      const { toolCalls = [], content } = completion;
      // A message that only calls tools has no text to judge.
      const judged = content !== '' || toolCalls.length === 0;
      const { text, violations } = judged
        ? guard(scenario.guardrails, 'output', content)
        : { text: '', violations: [] };
      this.transcript.addAnswer(completion, text, violations);
      if (toolCalls.length === 0) return;
      loop.startRound(completion.costUsd);
      await this.callTools(scenario, turn, toolCalls, loop);
    }
  }

  private request(scenario: PreparedScenario, turn: PreparedTurn, loop: ToolLoop): CompletionRequest {
    const { item, prepared } = this;
    const request: CompletionRequest = {
      messages: scenario.contextPolicy([...this.transcript.wire]),
      parameters: callParameters(prepared.bundle, item.provider, turn.spec, prepared.settings),
      context: { scenario: item.scenario, provider: item.provider },
    };
    const offered = [...scenario.tools.values()].filter(({ descriptor }) => loop.isOffered(descriptor.name));
    if (offered.length > 0) {
      request.tools = offered.map(({ descriptor }) => descriptor);
      request.toolChoice = loop.choice;
    }
    if (turn.stream) request.stream = true;
    return request;
  }

  private async complete(provider: string, request: CompletionRequest): Promise<Completion> {
    this.calls += 1;
    const before = this.ports.now();
    const completion = await this.ports.complete(provider, request);
    // A replayed answer comes at once but carries the time that it once took.
    this.waitMs += Math.max(0, this.ports.now() - before - completion.latencyMs);
    return completion;
  }

  private async callTools(
    scenario: PreparedScenario,
    turn: PreparedTurn,
    calls: readonly ToolCall[],
    loop: ToolLoop,
  ): Promise<void> {
    for (let first = 0; first < calls.length; first += PARALLEL_TOOLS) {
      const batch = calls.slice(first, first + PARALLEL_TOOLS);
      const answers = await Promise.all(batch.map((call) => this.callTool(scenario, turn, call, loop)));
      for (const [index, call] of batch.entries()) {
        const answer = answers[index];
        if (answer === undefined) continue;
        if (answer.error !== undefined) loop.countError(call.name);
        this.transcript.addToolAnswer(call, answer);
      }
    }
  }

  private async callTool(
    scenario: PreparedScenario,
    turn: PreparedTurn,
    call: ToolCall,
    loop: ToolLoop,
  ): Promise<ToolAnswer> {
    const tool = scenario.tools.get(call.name);
    const refusal = loop.refuse(call) ?? (tool === undefined ? `there is no tool ${call.name}` : undefined);
    if (tool === undefined || refusal !== undefined) return { text: `Error: ${refusal}`, error: refusal };
    return consentRefusal(call.name, turn.spec) ?? (await tool.call(call.args, this.ports.signal));
  }

  private judge(assertions: readonly Assertion[], from: number): AssertionResult[] {
    if (assertions.length === 0) return [];
    const results = evaluateAll(assertions, this.transcript.view(from));
    this.results.push(...results);
    return results;
  }

  /** The verdict and everything that led to it; checks of the whole conversation run on what there is. */
  record(): ConversationRecord {
    const { item, transcript, scenario, results } = this;
    if (scenario !== undefined) this.judge(scenario.assertions, 0);
    const violations = transcript.messages.flatMap((message) => message.violations ?? []);
    return {
      schemaVersion: 1,
      id: item.id,
      index: item.index,
      scenario: item.scenario,
      provider: item.provider,
      region: item.region === 'default' ? undefined : item.region,
      trial: item.trial,
      perturbation: scenario === undefined || isEmpty(scenario.variant) ? undefined : scenario.variant,
      promptTask: this.prepared.bundle.scenarios.get(item.scenario)?.spec.task_type,
      labels: scenario === undefined || isEmpty(scenario.labels) ? undefined : scenario.labels,
      verdict: verdictOf(this.failure, results, violations.length),
      error: this.failure,
      messages: transcript.messages,
      assertions: results,
      violations,
      toolStats: this.toolStats(),
      usage: transcript.usage,
      costUsd: transcript.costUsd,
      timing: {
        startedAt: this.startedAt,
        durationMs: Math.max(0, this.ports.now() - this.startedAt),
        callMs: transcript.callMs,
        waitMs: this.waitMs,
      },
      calls: this.calls,
      attempt: 1,
    };
  }

  private toolStats(): ConversationRecord['toolStats'] {
    const { calls } = this.transcript;
    if (calls.length === 0) return undefined;
    const byTool = new Map<string, number>();
    for (const { name } of calls) byTool.set(name, (byTool.get(name) ?? 0) + 1);
    return { total: calls.length, byTool: Object.fromEntries(byTool) };
  }
}

const isEmpty = (map: object): boolean => Object.keys(map).length === 0;

/** A guardrail that fired counts against a conversation only when nothing was asserted about it. */
function verdictOf(
  failure: Failure | undefined,
  results: readonly AssertionResult[],
  violations: number,
): ConversationRecord['verdict'] {
  if (failure !== undefined) return 'errored';
  if (results.length === 0) return violations > 0 ? 'failed' : 'passed';
  return results.every((result) => result.passed) ? 'passed' : 'failed';
}
