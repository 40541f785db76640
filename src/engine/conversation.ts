/** Holds one conversation from its first turn to its verdict. */
import type { ConversationRecord, ToolCall } from '../core/conversation.js';
import { ArenaError, toFailure } from '../core/errors.js';
import type { PlanItem } from '../core/plan.js';
import type { Completion, CompletionRequest } from '../core/provider.js';
import { callParameters } from './call-parameters.js';
import { type ConversationEnd, recordOf } from './conversation-record.js';
import { guard } from './guardrails.js';
import { Judging } from './judging.js';
import type { EnginePorts } from './ports.js';
import type { PreparedBundle, PreparedScenario } from './prepare.js';
import { personaRequest, readPersona, type SelfPlay } from './self-play.js';
import type { Stage } from './stage.js';
import { consentRefusal } from './tools/consent.js';
import { ToolLoop } from './tools/policy.js';
import type { PreparedTool, ToolAnswer } from './tools/prepared-tool.js';
import { Transcript } from './transcript.js';
import type { PreparedTurn } from './turn.js';

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
  const startedAt = ports.now();
  const end: ConversationEnd = { startedAt, transcript: new Transcript(), calls: 0, waitMs: 0 };
  const attempt = async (part: () => Promise<void>) => {
    try {
      await part();
    } catch (error) {
      if (ports.signal.aborted) throw ports.signal.reason;
      end.failure ??= toFailure(error);
    }
  };
  await attempt(async () => {
    const scenario = prepared.scenario(item);
    end.scenario = scenario;
    const conversation = new Conversation(prepared, item, ports, scenario, end);
    end.judging = conversation.judging;
    end.stage = conversation.stage;
    await attempt(() => conversation.play());
    await conversation.judgeWhole();
  });
  return recordOf(prepared, item, end, ports.now());
}

class Conversation {
  readonly judging: Judging;
  readonly stage: Stage;
  private exchanges = 0;
  private readonly transcript: Transcript;

  constructor(
    private readonly prepared: PreparedBundle,
    private readonly item: PlanItem,
    private readonly ports: EnginePorts,
    private readonly scenario: PreparedScenario,
    private readonly end: ConversationEnd,
  ) {
    this.stage = scenario.openStage();
    this.transcript = end.transcript;
    const { now, signal } = ports;
    this.judging = new Judging({
      complete: (provider, request) => this.complete(provider, request),
      perform: (what, input, action) => ports.perform(what, input, action),
      now,
      signal,
      services: prepared.surroundings.services,
      tools: scenario.opening.tools,
      scenario: item.scenario,
    });
  }

  /** Plays the turns up to the first one whose checks fail. */
  async play(): Promise<void> {
    this.checkProvider();
    this.checkGuardrails();
    this.transcript.state = this.stage.trace.state;
    this.transcript.addSystem(this.stage.promptText());
    for (const turn of this.scenario.turns) {
      if (turn.role === 'assistant') this.transcript.addScripted(turn);
      else if (turn.selfPlay !== undefined) {
        if (!(await this.selfPlay(turn, turn.selfPlay))) return;
      } else {
        const from = this.transcript.messages.length;
        this.transcript.addScripted(turn);
        if (!(await this.exchange(turn, from))) return;
      }
    }
  }

  /** Checks of the whole conversation run on what there is, also after a failure. */
  async judgeWhole(): Promise<void> {
    await this.judging.judge(this.scenario.assertions, this.transcript.view(0, this.stage.trace));
  }

  private checkProvider(): void {
    const { providers } = this.prepared.bundle;
    if (providers.has(this.item.provider)) return;
    throw new ArenaError({
      code: 'provider_not_found',
      message: `there is no provider "${this.item.provider}" in the bundle`,
      hint: `there are: ${[...providers.keys()].join(', ')}`,
    });
  }

  /** A prompt with a guardrail that does not exist answers nothing. */
  private checkGuardrails(): void {
    const { failure } = this.stage.prompt.guardrails;
    if (failure !== undefined) throw new ArenaError(failure);
  }

  /** As many exchanges as the turn asks for, or until the persona is done. False when a check fails. */
  private async selfPlay(turn: PreparedTurn, selfPlay: SelfPlay): Promise<boolean> {
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
      if (!(await this.exchange(turn, from))) return false;
      if (done && selfPlay.mayEnd) return true;
    }
    return true;
  }

  /** The answer to the user's message at `from`. False when a check of it fails. */
  private async exchange(turn: PreparedTurn, from: number): Promise<boolean> {
    const said = this.transcript.messages[from]?.content ?? '';
    const input = await guard(this.stage.prompt.guardrails, 'input', said, this.judging.outside);
    if (input.violations.length > 0) this.transcript.addRefusal(input.text, input.violations);
    else await this.answer(turn);
    if (this.exchanges === 0) this.transcript.restateSystem(this.stage.promptText());
    this.exchanges += 1;
    const messageIndex = this.transcript.messages.length - 1;
    const view = this.transcript.view(from, this.stage.trace);
    const results = await this.judging.judge(turn.assertions, view, messageIndex);
    return results.every((result) => result.passed);
  }

  /** The model's answer, after as many rounds of tool calls as it asks for. */
  private async answer(turn: PreparedTurn): Promise<void> {
    const { stage, transcript } = this;
    const loop = new ToolLoop(stage.prompt.toolPolicy, transcript.calls.length);
    for (;;) {
      const tools = stage.tools();
      const completion = await this.complete(this.item.provider, this.request(turn, loop, tools));
      const { toolCalls = [], content } = completion;
      // A message that only calls tools has no text to judge.
      const judged = content !== '' || toolCalls.length === 0;
      const { text, violations } = judged
        ? await guard(stage.prompt.guardrails, 'output', content, this.judging.outside)
        : { text: '', violations: [] };
      transcript.addAnswer(completion, text, violations);
      const { callMs } = transcript.spending;
      stage.limit({ toolCalls: transcript.calls.length + toolCalls.length, callMs });
      if (toolCalls.length === 0) return;
      loop.startRound(completion.costUsd);
      await this.callTools(turn, toolCalls, loop, tools);
      stage.settle();
      this.checkGuardrails();
      transcript.state = stage.trace.state;
    }
  }

  private request(turn: PreparedTurn, loop: ToolLoop, tools: ReadonlyMap<string, PreparedTool>): CompletionRequest {
    const { item, prepared } = this;
    const request: CompletionRequest = {
      messages: this.scenario.contextPolicy(this.transcript.history(this.stage.system())),
      parameters: callParameters(prepared.bundle, item.provider, turn.spec, prepared.settings),
      context: { scenario: item.scenario, provider: item.provider },
    };
    const offered = [...tools.values()].filter(({ descriptor }) => loop.isOffered(descriptor.name));
    if (offered.length > 0) {
      request.tools = offered.map(({ descriptor }) => descriptor);
      request.toolChoice = loop.choice;
    }
    if (turn.stream) request.stream = true;
    return request;
  }

  private async complete(provider: string, request: CompletionRequest): Promise<Completion> {
    this.end.calls += 1;
    const before = this.ports.now();
    const completion = await this.ports.complete(provider, request);
    // A replayed answer comes at once but carries the time that it once took.
    this.end.waitMs += Math.max(0, this.ports.now() - before - completion.latencyMs);
    return completion;
  }

  private async callTools(
    turn: PreparedTurn,
    calls: readonly ToolCall[],
    loop: ToolLoop,
    tools: ReadonlyMap<string, PreparedTool>,
  ): Promise<void> {
    for (let first = 0; first < calls.length; first += PARALLEL_TOOLS) {
      const batch = calls.slice(first, first + PARALLEL_TOOLS);
      const answers = await Promise.all(batch.map((call) => this.callTool(turn, call, loop, tools.get(call.name))));
      for (const [index, call] of batch.entries()) {
        const answer = answers[index];
        if (answer === undefined) continue;
        if (answer.error !== undefined) loop.countError(call.name);
        this.transcript.addToolAnswer(call, answer);
      }
    }
  }

  private async callTool(
    turn: PreparedTurn,
    call: ToolCall,
    loop: ToolLoop,
    tool: PreparedTool | undefined,
  ): Promise<ToolAnswer> {
    const refusal = loop.refuse(call) ?? (tool === undefined ? `there is no tool ${call.name}` : undefined);
    if (tool === undefined || refusal !== undefined) return { text: `Error: ${refusal}`, error: refusal };
    return consentRefusal(call.name, turn.spec) ?? (await tool.call(call.args, this.ports));
  }
}
