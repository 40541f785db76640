/** One turn with an agent: the message, what comes of it, and the tools that it wants to have run. */
import type { ContentPart, JsonValue, ToolCall } from '../../core/conversation.js';
import { ArenaError } from '../../core/errors.js';
import { isNestedDeeper, MAX_NESTING } from '../../core/nesting.js';
import { watchAbort } from '../providers/abort-hub.js';
import { tooLarge } from '../providers/too-large.js';
import { MAX_TOOL_CALLS } from '../providers/wires/answer-underway.js';
import type { AgentConnection } from './connection.js';
import { failedTurn, tooManyCalls, turnTimeout, unreadable } from './failures.js';
import type { AgentFrame } from './frames.js';
import type { KnownAnswers, ToolResult } from './known-answers.js';

/** Calls that come one after the other are handed on together when no more than this lies between, in milliseconds. */
const GATHER_MS = 20;

/** First and longest wait before a refused message is sent again, in milliseconds. */
const FIRST_WAIT_MS = 25;
const LONGEST_WAIT_MS = 1000;

/** Longest reply that is put together of pieces, in characters. */
const MAX_STREAMED = 64 * 1_048_576;

/** The agent does not know the session that the message names. */
export class SessionExpired extends Error {
  constructor() {
    super('the agent does not know the session');
  }
}

export interface Reply {
  text: string;
  parts: ContentPart[];
  raw: JsonValue;
}

/** What a turn has come to. Times are milliseconds of `performance.now`. */
export interface TurnStep {
  /** Tools to run before the turn goes on; empty: it is over. */
  calls: ToolCall[];
  reply?: Reply;
  /** When the message that was not refused, or the tools' results, were sent. */
  sentAt: number;
  firstAt: number;
  /** When the last frame of it came. */
  lastAt: number;
}

type Timed = { sentAt: number; firstAt: number | undefined; lastAt: number };

export class AgentTurn {
  private streamed = '';
  /** Asked for and not handed on yet. */
  private calls: ToolCall[] = [];
  private lastCallAt = 0;
  private reply: Reply | undefined;
  private failure: Error | undefined;
  /** A frame of the turn has come. */
  private begun = false;
  /** What was sent since the last frame of the turn; when it is refused it is sent again. */
  private unanswered: object[] = [];
  private waitMs = FIRST_WAIT_MS;
  private resending: NodeJS.Timeout | undefined;
  private time: Timed;
  private change: () => void = () => undefined;

  /** Sends the message. `offered`: names of the tools that can be run now. */
  constructor(
    private readonly connection: AgentConnection,
    message: object,
    private offered: ReadonlySet<string>,
    private readonly known: KnownAnswers,
  ) {
    this.time = { sentAt: performance.now(), firstAt: undefined, lastAt: 0 };
    connection.listener = {
      frame: (frame) => this.take(frame),
      lost: (error) => this.end(error),
    };
    this.send(message);
  }

  /** Nothing is awaited from the agent any more. */
  get isOver(): boolean {
    return this.reply !== undefined || this.failure !== undefined;
  }

  /** Gives the results of tools; the turn goes on from there. */
  goOn(results: readonly { id: string; result: ToolResult }[], offered: ReadonlySet<string>): void {
    this.offered = offered;
    this.time = { sentAt: performance.now(), firstAt: undefined, lastAt: this.time.lastAt };
    // An agent that did not wait for its tools has nothing to do with their results.
    if (this.isOver) return;
    for (const { id, result } of results) this.answer(id, result);
  }

  /**
   * The reply, or the tools that have to be run first. Rejects with an `ArenaError`, with `SessionExpired`, or with the
   * signal's reason. `timeoutMs` counts from the message, or from the results.
   */
  async next(timeoutMs: number, signal: AbortSignal): Promise<TurnStep> {
    signal.throwIfAborted();
    const startedAt = performance.now();
    while (!this.isOver && this.calls.length === 0) {
      const leftMs = startedAt + timeoutMs - performance.now();
      if (leftMs <= 0) throw turnTimeout(this.connection.names, timeoutMs);
      await this.changed(leftMs, signal);
    }
    while (!this.isOver) {
      // Not for longer than the turn may take: an agent may go on asking for ever.
      const leftMs = Math.min(this.lastCallAt + GATHER_MS, startedAt + timeoutMs) - performance.now();
      if (leftMs <= 0) break;
      await this.changed(leftMs, signal);
    }
    if (this.failure !== undefined) throw this.failure;
    const { sentAt, firstAt = this.time.lastAt, lastAt } = this.time;
    const times = { sentAt, firstAt: Math.max(sentAt, firstAt), lastAt: Math.max(sentAt, lastAt) };
    if (this.calls.length > 0) return { calls: this.calls.splice(0), ...times };
    return { calls: [], reply: this.reply, ...times };
  }

  /** Nobody is interested in the rest. */
  stop(): void {
    clearTimeout(this.resending);
    this.connection.listener = undefined;
  }

  /** Waits for news, at most so long. */
  private changed(ms: number, signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const settle = (reason?: unknown) => {
        clearTimeout(timer);
        unwatch();
        this.change = () => undefined;
        if (reason === undefined) resolve();
        else reject(reason);
      };
      const timer = setTimeout(settle, ms);
      const unwatch = watchAbort(signal, settle);
      this.change = () => settle();
    });
  }

  /** Called by the socket, where nobody would catch what is thrown: it ends the turn. */
  private take(frame: AgentFrame | undefined): void {
    try {
      this.takeFrame(frame);
    } catch (error) {
      if (!(error instanceof ArenaError)) throw error;
      this.end(error);
    }
  }

  private takeFrame(frame: AgentFrame | undefined): void {
    switch (frame?.type) {
      case undefined:
        this.end(unreadable(this.connection.names));
        break;
      case 'error':
        this.takeError(frame.code, frame.message);
        break;
      case 'chunk':
        this.progress();
        this.streamed += frame.text;
        if (this.streamed.length > MAX_STREAMED) this.end(tooLarge(MAX_STREAMED));
        break;
      case 'done': {
        this.progress();
        const { text, parts, raw } = frame;
        // The whole reply, not the rest of it. Pieces count where it says nothing.
        const isSaid = text !== '' || parts.length > 0;
        this.reply = { text: isSaid ? text : this.streamed, parts, raw };
        this.stop();
        this.change();
        break;
      }
      case 'tool_call':
        this.progress();
        this.takeCall(frame.id, frame.name, frame.args ?? {});
        break;
      case 'progress':
        this.begin();
        break;
      default:
        break;
    }
  }

  private begin(): void {
    this.begun = true;
    this.time.lastAt = performance.now();
    this.unanswered = [];
    this.waitMs = FIRST_WAIT_MS;
  }

  private progress(): void {
    this.begin();
    this.time.firstAt ??= this.time.lastAt;
  }

  private takeCall(id: string, name: string, args: unknown): void {
    const refuse = (reason: string) => {
      this.send({ type: 'tool_call_nack', tool_call_nack: { call_id: id, reason } });
    };
    if (!isArguments(args)) {
      refuse('the arguments are no JSON object that can be used');
      return;
    }
    const known = this.known.take(name, args);
    if (known !== undefined) this.answer(id, known);
    else if (!this.offered.has(name)) refuse(`there is no client that runs the tool ${name.slice(0, 100)} here`);
    else {
      if (this.calls.length >= MAX_TOOL_CALLS) throw tooManyCalls(this.connection.names, MAX_TOOL_CALLS);
      // The agent waits 5 s for any sign, and longer for the result once it had one.
      this.send({ type: 'tool_call_ack', tool_call_ack: { call_id: id } });
      this.calls.push({ id, name, args });
      this.lastCallAt = performance.now();
      this.change();
    }
  }

  private takeError(code: string, message: string): void {
    if (code === 'INVALID_MESSAGE' && (this.begun || message.includes('no pending tool call'))) return;
    if (code === 'RATE_LIMITED' && (!this.begun || isOfTheConnection(message))) {
      this.sendAgain();
      return;
    }
    const isExpired = !this.begun && (code === 'SESSION_EXPIRED' || code === 'SESSION_NOT_FOUND');
    this.end(isExpired ? new SessionExpired() : failedTurn(code, message, this.connection.names));
  }

  /** What was refused was dropped; the turn itself, where it has begun, goes on. */
  private sendAgain(): void {
    if (this.resending !== undefined || this.unanswered.length === 0) return;
    this.resending = setTimeout(() => {
      this.resending = undefined;
      if (!this.begun) this.time.sentAt = performance.now();
      for (const message of this.unanswered.splice(0)) this.send(message);
    }, this.waitMs);
    this.waitMs = Math.min(this.waitMs * 2, LONGEST_WAIT_MS);
  }

  private answer(id: string, result: ToolResult): void {
    this.send({ type: 'tool_result', tool_result: { call_id: id, ...result } });
  }

  private send(message: object): void {
    this.unanswered.push(message);
    this.connection.send(message);
  }

  private end(failure: Error): void {
    this.failure ??= failure;
    this.stop();
    this.change();
  }
}

/** Refusals of the connection's own. Others with that code are the agent's model's, and end the turn. */
function isOfTheConnection(message: string): boolean {
  return /in-flight|^(media )?rate limit exceeded$/i.test(message);
}

function isArguments(args: unknown): args is ToolCall['args'] {
  if (typeof args !== 'object' || args === null || Array.isArray(args)) return false;
  return !isNestedDeeper(args, MAX_NESTING);
}
