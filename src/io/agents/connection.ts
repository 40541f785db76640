/** One WebSocket to an agent, from the handshake to its end. Knows frames, and nothing of turns. */
import type { IncomingMessage } from 'node:http';
import { type RawData, WebSocket } from 'ws';
import type { ArenaError } from '../../core/errors.js';
import { watchAbort } from '../providers/abort-hub.js';
import { tooLarge } from '../providers/too-large.js';
import {
  type AgentNames,
  lostConnection,
  notGreeted,
  refusedUpgrade,
  tooLongMessage,
  unreachable,
} from './failures.js';
import { type AgentFrame, readFrame } from './frames.js';
import { MessagePace } from './message-pace.js';

/** Longest message that is read; agents take 16 MiB themselves and may send more. */
const MAX_MESSAGE_BYTES = 64 * 1_048_576;

/** What is read of a refusal. */
const MAX_REFUSAL_BYTES = 2048;

/** How long a closing handshake may take before the socket is destroyed, in milliseconds. */
const CLOSE_MS = 2000;

/** Where no size is told, that of the protocol. */
const USUAL_PAYLOAD_BYTES = 16_777_216;

export interface DialOptions {
  url: URL;
  headers: { [name: string]: string };
  names: AgentNames;
  /** For TCP, TLS and upgrade, in milliseconds. */
  connectTimeoutMs: number;
  /** From the upgrade to `connected`, in milliseconds. */
  greetingTimeoutMs: number;
}

/** Whoever has the turn. */
export interface FrameListener {
  /** Undefined: something that is no frame. */
  frame(frame: AgentFrame | undefined): void;
  /** Nothing more comes. */
  lost(error: ArenaError): void;
}

export class AgentConnection {
  /** Undefined between turns. */
  listener: FrameListener | undefined;
  /** The session that the agent gave the connection. */
  session = '';
  maxPayloadBytes = USUAL_PAYLOAD_BYTES;
  private readonly pace = new MessagePace();
  private sending: Promise<void> = Promise.resolve();
  private end: ArenaError | undefined;
  private greeted: (() => void) | undefined;

  private constructor(
    private readonly socket: WebSocket,
    readonly names: AgentNames,
  ) {
    socket.on('message', (data, isBinary) => this.take(data, isBinary));
    socket.on('error', (error: Error & { code?: string }) => {
      const isLong = error.code === 'WS_ERR_UNSUPPORTED_MESSAGE_LENGTH';
      this.gone(isLong ? tooLarge(MAX_MESSAGE_BYTES) : lostConnection(names, 1002, error.message));
      socket.terminate();
    });
    socket.on('close', (code, reason) => {
      this.gone(lostConnection(names, code, reason.toString('utf8')));
    });
  }

  /** Connects and waits for `connected`. Rejects with an `ArenaError`, or the signal's reason. */
  static dial(options: DialOptions, signal: AbortSignal): Promise<AgentConnection> {
    const { url, headers, names, connectTimeoutMs, greetingTimeoutMs } = options;
    return new Promise((resolve, reject) => {
      signal.throwIfAborted();
      const socket = new WebSocket(url, {
        headers,
        perMessageDeflate: false,
        followRedirects: false,
        maxPayload: MAX_MESSAGE_BYTES,
      });
      let connection: AgentConnection | undefined;
      let timer: NodeJS.Timeout;
      const settle = (error?: unknown) => {
        clearTimeout(timer);
        unwatch();
        if (error === undefined && connection !== undefined) resolve(connection);
        else reject(error);
        if (error !== undefined) socket.terminate();
      };
      const unwatch = watchAbort(signal, settle);
      const limit = (ms: number, failure: () => ArenaError) => {
        clearTimeout(timer);
        timer = setTimeout(() => settle(failure()), ms);
      };
      limit(connectTimeoutMs, () => unreachable(new Error(`no connection within ${connectTimeoutMs / 1000} s`), names));
      const onError = (error: unknown) => settle(unreachable(error, names));
      socket.on('error', onError);
      socket.once('unexpected-response', (_request, response: IncomingMessage) => {
        readRefusal(response, (body) => {
          settle(refusedUpgrade({ status: response.statusCode ?? 0, headers: response.headers, body }, names));
        });
      });
      socket.once('open', () => {
        socket.off('error', onError);
        connection = new AgentConnection(socket, names);
        connection.greeted = () => settle();
        connection.listener = {
          frame: () => undefined,
          lost: (error) => settle(notGreeted(names, 'closed', error.failure.status)),
        };
        limit(greetingTimeoutMs, () => notGreeted(names, { silentMs: greetingTimeoutMs }));
      });
    });
  }

  get isOpen(): boolean {
    return this.end === undefined;
  }

  /** Called once, when the socket is gone. */
  onGone(gone: () => void): void {
    if (this.socket.readyState === WebSocket.CLOSED) gone();
    else this.socket.once('close', gone);
  }

  /**
   * Sends messages one after the other, each when the one before has left. What cannot be sent shows as a loss. Throws
   * `provider_rejected` for one that the agent would not take.
   */
  send(message: object): void {
    const text = JSON.stringify(message);
    const bytes = Buffer.byteLength(text);
    if (bytes > this.maxPayloadBytes) throw tooLongMessage(this.names, bytes, this.maxPayloadBytes);
    this.sending = this.sending.then(async () => {
      if (this.end !== undefined) return;
      const waitMs = this.pace.take();
      if (waitMs > 0) await new Promise((resolve) => setTimeout(resolve, waitMs));
      if (this.end !== undefined) return;
      await new Promise<void>((left) => this.socket.send(text, () => left()));
    });
  }

  /** Says good-bye. Nothing that comes after is heard. */
  close(): void {
    this.listener = undefined;
    this.end ??= lostConnection(this.names, 1000, 'closed here');
    this.socket.close(1000);
    // An agent that does not say good-bye in turn keeps nothing open here.
    setTimeout(() => this.socket.terminate(), CLOSE_MS).unref();
  }

  private take(data: RawData, isBinary: boolean): void {
    // Media as binary frames are sent to those who ask for them only.
    if (isBinary) return;
    const frame = readFrame(String(data));
    if (frame?.type === 'connected') this.greet(frame);
    else if (this.listener !== undefined) this.listener.frame(frame);
    else if (frame === undefined || !isHarmless(frame)) {
      // Something of a turn while there is none: whatever it answers, it must not be taken for the answer to what is
      // asked next.
      this.close();
    }
  }

  /** Only the first greeting counts: others come to clients that do not name their session. */
  private greet({ session, maxPayloadBytes }: Extract<AgentFrame, { type: 'connected' }>): void {
    if (this.greeted === undefined) return;
    this.session = session;
    this.maxPayloadBytes = maxPayloadBytes ?? USUAL_PAYLOAD_BYTES;
    this.listener = undefined;
    const { greeted } = this;
    this.greeted = undefined;
    greeted();
  }

  private gone(error: ArenaError): void {
    if (this.end !== undefined) return;
    this.end = error;
    this.listener?.lost(error);
    this.listener = undefined;
  }
}

/** Late news of a turn that is over. */
function isHarmless(frame: AgentFrame): boolean {
  if (frame.type === 'error') return frame.code === 'INVALID_MESSAGE';
  return frame.type === 'progress' || frame.type === 'unknown';
}

function readRefusal(response: IncomingMessage, done: (body: string) => void): void {
  let body = '';
  response.setEncoding('utf8');
  response.on('data', (piece: string) => {
    body += piece;
    if (body.length >= MAX_REFUSAL_BYTES) response.destroy();
  });
  response.once('close', () => done(body.slice(0, MAX_REFUSAL_BYTES)));
  response.on('error', () => undefined);
}
