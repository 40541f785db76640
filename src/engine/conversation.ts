/** A conversation while it is held: its turns, and the checks of what was said. */
import type { ToolCall } from '../core/conversation.js';
import { ArenaError } from '../core/errors.js';
import type { PlanItem } from '../core/plan.js';
import type { CallParameters, Completion, CompletionRequest } from '../core/provider.js';
import { callParameters } from './call-parameters.js';
import { constraintEvals } from './constraint-evals.js';
import { type ContextOutside, type ContextWindow, EVERYTHING } from './context-policy.js';
import { ConversationAccess } from './conversation-access.js';
import type { ConversationEnd } from './conversation-record.js';
import { guard } from './guardrails.js';
import { checkOutside, Judging } from './judging.js';
import { ConversationEvals } from './pack-evals.js';
import type { EnginePorts } from './ports.js';
import type { PreparedBundle, PreparedScenario } from './prepare.js';
import type { PreparedPrompt } from './prompt.js';
import { personaRequest, type SelfPlay } from './self-play.js';
import { escalation, MAX_TURNS_REACHED, readPersona } from './self-play-ending.js';
import type { Responder, Stage } from './stage.js';
import { ToolLoop } from './tools/policy.js';
import type { PreparedTool, ToolAnswer } from './tools/prepared-tool.js';
import { callTools } from './tools/tool-round.js';
import type { Transcript } from './transcript.js';
import type { PreparedTurn } from './turn.js';

export class Conversation {
  readonly judging: Judging;
  private readonly evals: ConversationEvals;
  readonly stage: Stage;
  private readonly transcript: Transcript;
  private readonly context: ContextWindow;
  /** The turn that is being played. */
  private turn: PreparedTurn = { spec: { role: 'user' }, role: 'user', content: '', stream: false, assertions: [] };
  /** Messages of the user that were answered. */
  private exchanges = 0;
  /** Tool calls that the models of this conversation made. */
  private toolCalls = 0;

  constructor(
    private readonly prepared: PreparedBundle,
    private readonly item: PlanItem,
    private readonly ports: EnginePorts,
    private readonly scenario: PreparedScenario,
    private readonly end: ConversationEnd,
  ) {
    this.transcript = end.transcript;
    this.context = prepared.contextOf(scenario, item);
    this.judging = new Judging(checkOutside(prepared, item, ports, (...call) => this.complete(...call)));
    this.evals = new ConversationEvals(item.id, prepared.packEvals, this.judging.outside);
    this.stage = scenario.openStage(() => this.access());
  }

  private access(): ConversationAccess {
    return new ConversationAccess({
      item: this.item,
      ports: this.toolPorts(),
      outside: this.judging.outside,
      turn: () => ({ turn: this.turn, number: this.exchanges }),
      parametersOf: (turn, prompt) => this.parametersOf(turn, prompt),
      cachePrompt: this.scenario.cachePrompt,
      spend: (request) => this.spend(request),
    });
  }

  /** What tools reach: a provider that one of them asks counts as the conversation's. */
  private toolPorts(): EnginePorts {
    return { ...this.ports, complete: (provider, request) => this.spend(request, provider) };
  }

  private contextOutside(): ContextOutside {
    const { item, ports, prepared } = this;
    return {
      // The conversation's own model keeps the notes of what is dropped.
      summarize: (request) => this.spend({ ...request, context: { scenario: item.scenario, provider: item.provider } }),
      perform: (what, input, action) => ports.perform(what, input, action),
      embed: (...question) => prepared.surroundings.services.embed(...question),
    };
  }

  /** Plays the turns up to the first one whose checks fail. */
  async play(): Promise<void> {
    this.prepared.expectProvider(this.item.provider);
    this.checkGuardrails();
    await this.stage.start(this.ports);
    this.transcript.state = this.stage.trace.state;
    this.transcript.addSystem(this.stage.promptText());
    for (const turn of this.scenario.turns) if (!(await this.playTurn(turn))) return;
  }

  /** False when the conversation ends with this turn. */
  private async playTurn(turn: PreparedTurn): Promise<boolean> {
    if (turn.role === 'assistant') {
      this.transcript.addScripted(turn);
      return true;
    }
    if (turn.selfPlay !== undefined) return this.selfPlay(turn, turn.selfPlay);
    if (this.isUsedUp()) return false;
    const from = this.transcript.messages.length;
    this.transcript.addScripted(turn);
    return this.exchange(turn, from);
  }

  /** The scenario allows no further exchange. */
  private isUsedUp(): boolean {
    const most = this.scenario.document.spec.constraints?.max_turns ?? Infinity;
    if (this.exchanges < most) return false;
    this.end.warnings.push(`ended after ${most} exchanges (constraints.max_turns): what follows was not played`);
    return true;
  }

  /** Checks of the whole conversation run on what there is, also after a failure. */
  async judgeWhole(): Promise<void> {
    const view = this.transcript.view(0, this.stage.trace);
    const judging = this.judging.judge(this.scenario.assertions, view);
    if (judging instanceof Promise) await judging;
    const reporting = this.evals.atTheEnd(this.scenario.opening.evals, view);
    if (reporting !== undefined) await reporting;
    this.end.evals.push(...this.evals.results, ...constraintEvals(this.scenario.document, view));
  }

  /** A prompt with a guardrail that does not exist answers nothing. */
  private checkGuardrails(): void {
    const { failure } = this.stage.prompt.guardrails;
    if (failure !== undefined) throw new ArenaError(failure);
  }

  /** As many exchanges as the turn asks for, or until the persona is done. False when the conversation ends. */
  private async selfPlay(turn: PreparedTurn, selfPlay: SelfPlay): Promise<boolean> {
    const { persona, provider, ending } = selfPlay;
    for (let count = 1; count <= selfPlay.exchanges; count += 1) {
      if (this.isUsedUp()) return false;
      const from = this.transcript.messages.length;
      const request = personaRequest(selfPlay, this.transcript.wire, this.item);
      const completion = await this.complete(provider, request);
      const { text, done, exit } = readPersona(completion.content, ending);
      const gaveUp = escalation(persona, exit);
      if (text === '' && !done) {
        throw new ArenaError({ code: 'empty_answer', message: `persona "${persona}" wrote an empty message` });
      }
      // A persona that has nothing left to say but the marker has nothing to be answered either.
      if (text === '') this.transcript.spending.add(completion);
      else {
        const isLast = !done && count === selfPlay.exchanges && (ending.natural || ending.conditions.size > 0);
        const reason = exit ?? (isLast ? MAX_TURNS_REACHED : undefined);
        this.transcript.addPersona(completion, text, persona, reason);
        if (!(await this.exchange(turn, from))) return false;
      }
      if (gaveUp !== undefined) this.judging.results.push(gaveUp);
      if (done) return gaveUp === undefined;
    }
    return true;
  }

  /** The answer to the user's message at `from`. False when a check of it fails. */
  private async exchange(turn: PreparedTurn, from: number): Promise<boolean> {
    this.turn = turn;
    const { responder } = this.stage;
    if (responder !== undefined) await this.reply(responder, from);
    else {
      const said = this.transcript.messages[from]?.content ?? '';
      const guarding = guard(this.stage.prompt.guardrails, 'input', said, this.judging.outside);
      const input = guarding instanceof Promise ? await guarding : guarding;
      if (input.violations.length > 0) this.transcript.addRefusal(input.text, input.violations);
      else await this.answer(turn);
    }
    if (this.exchanges === 0) this.transcript.restateSystem(this.stage.promptText());
    this.exchanges += 1;
    const messageIndex = this.transcript.messages.length - 1;
    const view = this.transcript.view(from, this.stage.trace);
    const judging = this.judging.judge(turn.assertions, view, messageIndex);
    const results = judging instanceof Promise ? await judging : judging;
    const reporting = this.evals.afterAnswer(this.stage.prompt.evals, view, messageIndex);
    if (reporting !== undefined) await reporting;
    return results.every((result) => result.passed);
  }

  /** The answer of whoever stands in for the prompt now. */
  private async reply(responder: Responder, from: number): Promise<void> {
    const { stage, transcript } = this;
    const message = transcript.messages[from];
    if (message === undefined) throw new RangeError(`there is no message ${from} to answer`);
    const reply = await responder(message);
    transcript.addReply(reply);
    if (reply.event !== undefined) stage.happened(reply.event);
    stage.limit({ toolCalls: transcript.calls.length, callMs: transcript.spending.callMs });
    stage.settle();
    transcript.state = stage.trace.state;
  }

  /** The model's answer, after as many rounds of tool calls as it asks for. */
  private async answer(turn: PreparedTurn): Promise<void> {
    const { stage, transcript } = this;
    const loop = new ToolLoop(stage.prompt.toolPolicy, transcript.calls.length);
    for (;;) {
      const tools = stage.tools();
      const request = this.request(turn, loop, tools);
      if (this.context !== EVERYTHING) {
        const fitted = this.context.fit(request.messages, this.contextOutside());
        request.messages = fitted instanceof Promise ? await fitted : fitted;
      }
      const completion = await this.complete(this.item.provider, request);
      const { toolCalls = [], content } = completion;
      // A message that only calls tools has no text to judge.
      const judged = content !== '' || toolCalls.length === 0;
      const guarding = judged
        ? guard(stage.prompt.guardrails, 'output', content, this.judging.outside)
        : { text: '', violations: [] };
      const { text, violations } = guarding instanceof Promise ? await guarding : guarding;
      transcript.addAnswer(completion, text, violations);
      const { callMs } = transcript.spending;
      stage.limit({ toolCalls: transcript.calls.length + toolCalls.length, callMs });
      if (toolCalls.length === 0) return;
      loop.startRound(completion.costUsd);
      const answers = await this.callTools(turn, toolCalls, loop, tools);
      for (const [index, answer] of answers.entries()) {
        const call = toolCalls[index];
        if (call !== undefined) transcript.addToolAnswer(call, answer);
      }
      stage.settle();
      this.checkGuardrails();
      transcript.state = stage.trace.state;
    }
  }

  private request(turn: PreparedTurn, loop: ToolLoop, tools: ReadonlyMap<string, PreparedTool>): CompletionRequest {
    const { item } = this;
    const request: CompletionRequest = {
      messages: this.transcript.history(this.stage.system()),
      parameters: this.parametersOf(turn),
      context: { scenario: item.scenario, provider: item.provider },
      ...loop.offer(tools),
    };
    if (turn.stream) request.stream = true;
    if (this.scenario.cachePrompt) request.cachePrompt = true;
    return request;
  }

  private async complete(provider: string, request: CompletionRequest): Promise<Completion> {
    this.end.calls += 1;
    const before = this.ports.now();
    const completion = await this.ports.complete(provider, request);
    if (completion.cached) this.end.calls -= 1;
    // A replayed answer comes at once but carries the time that it once took.
    this.end.waitMs += Math.max(0, this.ports.now() - before - completion.latencyMs);
    return completion;
  }

  private parametersOf(turn: PreparedTurn, prompt: PreparedPrompt = this.stage.prompt): CallParameters {
    const { prepared, item, scenario } = this;
    return callParameters({
      bundle: prepared.bundle,
      item,
      turn: turn.spec,
      prompt: prompt.parameters,
      job: prepared.settings,
      tokensPerTurn: scenario.document.spec.constraints?.max_tokens_per_turn,
    });
  }

  private async callTools(
    turn: PreparedTurn,
    calls: readonly ToolCall[],
    loop: ToolLoop,
    tools: ReadonlyMap<string, PreparedTool>,
  ): Promise<ToolAnswer[]> {
    const { item, toolCalls: earlier } = this;
    const ports = this.toolPorts();
    this.toolCalls += calls.length;
    const { seed } = this.parametersOf(turn);
    return callTools({ item, turn: turn.spec, loop, tools, earlier, seed, ports }, calls);
  }

  /** An answer that is no message of the conversation, but counts in it. */
  private async spend(request: CompletionRequest, provider = this.item.provider): Promise<Completion> {
    const completion = await this.complete(provider, request);
    this.transcript.spending.add(completion);
    return completion;
  }
}
