import { randomUUID } from 'node:crypto';
import type { RawData, WebSocket } from 'ws';
import type { Chances } from './chances.js';
import type { MockAgentOptions } from './options.js';
import type { AgentScript } from './script.js';
import type { AgentSessions } from './sessions.js';
import type { AgentStats } from './stats.js';
import { AgentTurn } from './turn.js';

/** What all connections of a server share. */
export interface AgentHub {
  options: MockAgentOptions;
  stats: AgentStats;
  sessions: AgentSessions;
  script: AgentScript;
  chances: Chances;
}

type Fields = { [name: string]: unknown };

const IN_FLIGHT = 'too many in-flight requests';

/** One connection of a client, as the agent sees it. Strict: whatever a client may not do is counted. */
export class ClientConnection {
  private readonly session = randomUUID();
  private turn: AgentTurn | undefined;
  /** One turn at a time; the slot outlives `done` by a moment. */
  private slot: 'free' | 'busy' | 'lagging' = 'free';
  private readonly timers = new Set<NodeJS.Timeout>();
  private pings: NodeJS.Timeout | undefined;
  private awaitedPongs = 0;
  private tokens: number;
  private filledAt = performance.now();

  constructor(
    private readonly socket: WebSocket,
    private readonly hub: AgentHub,
  ) {
    this.tokens = this.rate.burst;
    hub.stats.opened();
    socket.on('message', (data, isBinary) => this.take(data, isBinary));
    socket.on('pong', () => {
      this.awaitedPongs = 0;
      hub.stats.count.pongs += 1;
    });
    // A fault of the protocol closes the connection, which is all there is to do about it.
    socket.on('error', (error: Error & { code?: string }) => hub.stats.violation(error.code ?? 'broken_frame'));
    socket.on('close', (code) => this.end(code));
    this.pings = setInterval(() => this.ping(), hub.options.pingMs ?? 30_000);
  }

  begin(): void {
    this.post({ type: 'connected', ...this.connected }, this.session);
  }

  private get connected(): Fields {
    const { maxPayloadBytes = 16_777_216 } = this.hub.options;
    const capabilities = { binary_frames: false, max_payload_size: maxPayloadBytes, protocol_version: 1 };
    return { connected: { capabilities } };
  }

  private get rate(): { perSecond: number; burst: number } {
    return this.hub.options.messageRate ?? { perSecond: 50, burst: 100 };
  }

  private ping(): void {
    if (this.awaitedPongs >= 2) {
      this.hub.stats.violation('missed_pongs');
      this.socket.terminate();
      return;
    }
    this.awaitedPongs += 1;
    this.socket.ping();
  }

  private end(code: number): void {
    clearInterval(this.pings);
    for (const timer of this.timers) clearTimeout(timer);
    this.turn?.abort();
    this.hub.stats.closed(code);
  }

  private take(data: RawData, isBinary: boolean): void {
    const { stats } = this.hub;
    if (!this.withinRate()) {
      stats.count.refusals.rate += 1;
      this.error('RATE_LIMITED', 'rate limit exceeded');
      return;
    }
    const message = isBinary ? undefined : parse(data);
    if (message === undefined) {
      stats.violation(isBinary ? 'binary_frame' : 'not_json');
      this.error('INVALID_MESSAGE', 'invalid message format');
      return;
    }
    switch (message.type) {
      case 'tool_result':
        this.toolResult(fieldsOf(message.tool_result));
        break;
      case 'tool_call_ack':
        this.toolAck(fieldsOf(message.tool_call_ack));
        break;
      case 'tool_call_nack':
        this.toolNack(fieldsOf(message.tool_call_nack));
        break;
      case 'upload_request':
        this.error('MEDIA_NOT_ENABLED', 'media uploads are not enabled', this.session);
        break;
      case 'hangup':
        break;
      default:
        if (message.type !== 'message') stats.violation('unknown_type');
        this.message(message);
    }
  }

  private toolAck({ call_id: id }: Fields): void {
    if (this.turn?.tools.acknowledge(String(id)) === true) this.hub.stats.count.toolCalls.acknowledged += 1;
    else if (this.turn?.showOnly !== true) this.hub.stats.violation('no_pending_tool_call');
  }

  private toolNack({ call_id: id, reason }: Fields): void {
    if (typeof reason !== 'string' || reason === '') this.hub.stats.violation('nack_without_reason');
    if (this.turn?.tools.answer(String(id), { rejected: String(reason) }) === true) {
      this.hub.stats.count.toolCalls.rejected += 1;
    }
  }

  private toolResult({ call_id: id, result, error }: Fields): void {
    const outcome = error === undefined ? { result } : { rejected: String(error) };
    if (this.turn?.tools.answer(String(id), outcome) === true) {
      this.hub.stats.count.toolCalls[error === undefined ? 'answered' : 'rejected'] += 1;
      return;
    }
    if (this.turn?.showOnly !== true) this.hub.stats.violation('no_pending_tool_call');
    this.error('INVALID_MESSAGE', 'no pending tool call', this.session);
  }

  private message(message: Fields): void {
    const { stats, sessions, script, chances, options } = this.hub;
    if (typeof message.session_id !== 'string' || message.session_id === '') {
      stats.violation('message_without_session');
      this.begin();
    }
    const id = typeof message.session_id === 'string' && message.session_id !== '' ? message.session_id : this.session;
    if (this.slot !== 'free') {
      if (this.slot === 'lagging') stats.count.refusals.slot += 1;
      else stats.violation('second_message_in_flight');
      this.error('RATE_LIMITED', IN_FLIGHT, id);
      return;
    }
    const session = sessions.take(id, id === this.session);
    if (session === undefined) {
      stats.count.refusals.session += 1;
      this.error('SESSION_EXPIRED', 'session has expired', id);
      return;
    }
    if (session.busy) stats.violation('two_turns_in_one_session');
    stats.count.sessions = sessions.size;
    const content = textOf(message);
    stats.asked(content);
    const turn = session.said.length + 1;
    const answer = script.answer(content, turn);
    const cut = answer.cut ?? (chances.cuts() ? 'mid_turn' : undefined);
    this.slot = 'busy';
    const side = {
      send: (frame: object) => this.send(frame, id),
      sendRaw: (text: string) => this.sendRaw(text),
      cut: (code: number | undefined) => (code === undefined ? this.socket.terminate() : this.socket.close(code)),
      freeSlot: (afterMs: number) => this.freeSlot(afterMs),
    };
    const { slotLagMs = 2, stuckSlotMs = 120_000, toolAnswerMs = 5000, toolResultMs = 60_000 } = options;
    const times = { latencyMs: chances.latencyMs(), slotLagMs, stuckSlotMs, toolAnswerMs, toolResultMs };
    this.turn = new AgentTurn(content, session, { ...answer, cut }, side, times, stats);
    void this.turn.run();
  }

  private freeSlot(afterMs: number): void {
    if (afterMs === 0) {
      this.slot = 'free';
      return;
    }
    this.slot = 'lagging';
    const timer = setTimeout(() => {
      this.timers.delete(timer);
      this.slot = 'free';
    }, afterMs);
    this.timers.add(timer);
  }

  private withinRate(): boolean {
    const { perSecond, burst } = this.rate;
    const now = performance.now();
    this.tokens = Math.min(burst, this.tokens + ((now - this.filledAt) / 1000) * perSecond);
    this.filledAt = now;
    if (this.tokens < 1) return false;
    this.tokens -= 1;
    return true;
  }

  private error(code: string, message: string, session?: string): void {
    this.post({ type: 'error', error: { code, message } }, session);
  }

  /** For frames that nothing hangs on: who has gone need not get them. */
  private post(frame: object, session?: string): void {
    this.send(frame, session).catch(() => undefined);
  }

  private send(frame: object, session?: string): Promise<void> {
    const id = session === undefined ? {} : { session_id: session };
    // As Go writes JSON: a line feed at the end, and nothing that HTML could take for a tag.
    const text = JSON.stringify({ ...frame, ...id, timestamp: new Date().toISOString() });
    return this.sendRaw(`${text.replace(/[<>&]/g, escapeHtml)}\n`);
  }

  private sendRaw(text: string): Promise<void> {
    return new Promise((resolve, reject) => {
      this.socket.send(text, (error) => (error ? reject(error) : resolve()));
    });
  }
}

const escapeHtml = (character: string): string => `\\u00${character.charCodeAt(0).toString(16)}`;

function parse(data: RawData): Fields | undefined {
  try {
    // The JSON value null counts as a message with nothing in it.
    const value: unknown = JSON.parse(String(data)) ?? {};
    return typeof value === 'object' && !Array.isArray(value) ? fieldsOf(value) : undefined;
  } catch {
    return undefined;
  }
}

function fieldsOf(value: unknown): Fields {
  return typeof value === 'object' && value !== null ? { ...value } : {};
}

/** The text of a message, that of its parts where it has any. */
function textOf({ content, parts }: Fields): string {
  if (!Array.isArray(parts)) return typeof content === 'string' ? content : '';
  return parts
    .flatMap((part) => {
      const { type, text } = fieldsOf(part);
      return type === 'text' && typeof text === 'string' ? [text] : [`[${String(type)}]`];
    })
    .join('\n');
}
