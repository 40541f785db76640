import { pause } from '../pause.js';
import type { AgentAnswer } from './script.js';
import type { AgentSession } from './sessions.js';
import type { AgentStats } from './stats.js';
import { ToolDesk, type ToolOutcome } from './tool-desk.js';

/** What a turn needs of its connection. */
export interface TurnSide {
  /** Resolves when the frame has left; `session` is added. */
  send(frame: object): Promise<void>;
  /** Sends a text as it stands. */
  sendRaw(text: string): Promise<void>;
  cut(closeCode: number | undefined): void;
  /** The turn's slot is free again after that time, in milliseconds; 0: with what was sent last. */
  freeSlot(afterMs: number): void;
}

export interface TurnTimes {
  latencyMs: number;
  slotLagMs: number;
  stuckSlotMs: number;
  toolAnswerMs: number;
  toolResultMs: number;
}

const MEGABYTE = 1_048_576;

/** One turn, from the message to `done`, `error`, or whatever the script has in mind. */
export class AgentTurn {
  readonly tools: ToolDesk;
  private readonly ending = new AbortController();

  constructor(
    readonly content: string,
    private readonly session: AgentSession,
    private readonly answer: AgentAnswer,
    private readonly side: TurnSide,
    private readonly times: TurnTimes,
    private readonly stats: AgentStats,
  ) {
    this.tools = new ToolDesk({
      answerMs: times.toolAnswerMs,
      resultMs: times.toolResultMs,
      send: (frame) => void this.side.send(frame).catch(() => undefined),
    });
  }

  get showOnly(): boolean {
    return this.answer.show_only === true;
  }

  /** The connection is gone. */
  abort(): void {
    if (!this.ending.signal.aborted) this.ending.abort(new Error('the connection is gone'));
    this.tools.close();
  }

  /** Never rejects. */
  async run(): Promise<void> {
    this.session.busy = true;
    try {
      await this.play();
    } catch {
      // The connection went away in the middle: nobody is left to tell.
      this.stats.count.turns.lost += 1;
    } finally {
      this.session.busy = false;
    }
  }

  private async play(): Promise<void> {
    const { answer, side } = this;
    await this.wait(answer.delay_ms ?? this.times.latencyMs);
    if (answer.cut === 'before_frames') return this.cut();
    for (const frame of answer.frames ?? []) {
      await side.sendRaw(typeof frame === 'string' ? frame : JSON.stringify(frame));
    }
    if (answer.error !== undefined && !answer.error.after_chunks && (await this.fail())) return;
    const results = await this.callTools();
    if (results === undefined) return;
    const text = this.textOf(results);
    if (!(await this.stream(answer.streamed ?? text))) return;
    if (answer.error?.after_chunks === true && (await this.fail())) return;
    if (answer.silent === true) return;
    await this.finish(text);
  }

  private async finish(text: string): Promise<void> {
    const { answer, side, session } = this;
    const said = answer.parts === undefined ? { content: text } : { parts: answer.parts };
    await side.send({ type: 'done', ...(answer.done_without_text === true ? {} : said) });
    session.said.push(this.content);
    this.stats.done(this.content);
    if (answer.cut === 'after_done') side.cut(answer.close_code);
    else side.freeSlot(this.times.slotLagMs);
  }

  /** True when the turn is over. */
  private async fail(): Promise<boolean> {
    const { error } = this.answer;
    if (error === undefined) return false;
    const { code, message, with_session: withSession } = error;
    const frame = { type: 'error', error: { code, message } };
    await (withSession ? this.side.send(frame) : this.side.sendRaw(JSON.stringify(frame)));
    if (error.goes_on) return false;
    this.stats.count.turns.failed += 1;
    if (error.then_done) await this.side.send({ type: 'done', content: 'It is done all the same.' });
    this.side.freeSlot(error.keeps_slot ? this.times.stuckSlotMs : this.times.slotLagMs);
    return true;
  }

  private cut(): void {
    this.stats.count.turns.lost += 1;
    this.side.cut(this.answer.close_code);
  }

  /** What the tools answered, in order; undefined when the turn failed over them. */
  private async callTools(): Promise<ToolOutcome[] | undefined> {
    const { tool_calls: only = [], tool_rounds: rounds = [only] } = this.answer;
    const { toolCalls, turns } = this.stats.count;
    const results: ToolOutcome[] = [];
    for (const round of rounds) {
      const asked = round.map((call) => {
        toolCalls.sent += 1;
        return this.tools.ask(call, () => this.stats.violation('late_tool_answer'));
      });
      if (this.showOnly) continue;
      for (const outcome of await Promise.all(asked)) {
        this.ending.signal.throwIfAborted();
        if (outcome === undefined) {
          turns.failed += 1;
          await this.side.send({ type: 'error', error: { code: 'INTERNAL_ERROR', message: 'internal server error' } });
          this.side.freeSlot(this.times.slotLagMs);
          return undefined;
        }
        results.push(outcome);
      }
    }
    if (this.showOnly) this.tools.close();
    return results;
  }

  /** False when the connection was cut over it. */
  private async stream(text: string): Promise<boolean> {
    const { chunks = 0, chunk_delay_ms: delayMs = 0, cut } = this.answer;
    const pieces = Math.min(cut === 'mid_turn' ? Math.max(2, chunks) : chunks, Math.max(1, text.length));
    for (let index = 0; index < pieces; index += 1) {
      if (index > 0) await this.wait(delayMs);
      const [from, to] = [index, index + 1].map((edge) => Math.floor((edge * text.length) / pieces));
      await this.side.send({ type: 'chunk', content: text.slice(from, to) });
      if (cut === 'mid_turn' && index + 1 >= pieces / 2) {
        this.cut();
        return false;
      }
    }
    return true;
  }

  private textOf(results: readonly ToolOutcome[]): string {
    const { session, content, answer } = this;
    const values: { [name: string]: string } = {
      content,
      turn: String(session.said.length + 1),
      first: session.said[0] ?? content,
      results: results
        .map((outcome) => ('result' in outcome ? JSON.stringify(outcome.result) : `rejected: ${outcome.rejected}`))
        .join(', '),
    };
    const text = (answer.text ?? 'Echo: {{content}}').replace(/\{\{(\w+)\}\}/g, (whole, name: string) =>
      Object.hasOwn(values, name) ? (values[name] ?? '') : whole,
    );
    return answer.size_mb === undefined ? text : text.padEnd(Math.round(answer.size_mb * MEGABYTE), '.');
  }

  private async wait(ms: number): Promise<void> {
    if (ms > 0) await pause(ms, this.ending.signal);
    this.ending.signal.throwIfAborted();
  }
}
