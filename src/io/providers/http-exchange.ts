/**
 * One HTTP request and its answer, on undici's lowest level: no stream objects, so that a call costs little more than
 * its bytes. Knows limits of time and size, and nothing of what the bytes mean.
 */
import type { Dispatcher } from 'undici';
import type { ArenaError } from '../../core/errors.js';
import type { CompleteOptions } from '../../core/provider.js';
import { watchAbort } from './abort-hub.js';
import { connectionFailure, SilentAnswer, timeout } from './broken-call.js';
import type { Connections } from './connections.js';
import { contentCoding, decodeContent } from './content-coding.js';
import { tooLarge } from './too-large.js';

/** What failed says so by its status, however much it says beside that: no more of it is read. */
const MAX_ERROR_BYTES = 256 * 1024;

/** Longest silence behind an answer that is whole. */
const LAST_WORDS_MS = 500;

export interface HttpRequest {
  path: string;
  /** Names and values in turn. */
  headers: string[];
  body: string;
  signal: AbortSignal;
  /** Given what the call waits for while all connections are in use. */
  untimed?: CompleteOptions['untimed'];
  /** For the whole call. */
  timeoutMs: number;
  /** Longest silence once the answer has begun. */
  idleTimeoutMs: number;
  maxBytes: number;
  /** Takes the body of a 2xx answer piece by piece; what it throws ends the call. Without it the body is collected. */
  onChunk?: (chunk: Buffer) => void;
  /** True once what `onChunk` took is a whole answer: then it counts, whatever becomes of the connection. */
  isWhole?: () => boolean;
}

export interface HttpAnswer {
  status: number;
  headers: { [name: string]: string | string[] | undefined };
  /** Empty when the pieces went to `onChunk`. */
  body: string;
}

export interface Exchanged extends HttpAnswer {
  /** How long the call waited for a connection, where only so many may be in use; its time limit begins after that. */
  waitedMs: number;
}

/** Rejects with an `ArenaError`, or with the signal's reason when it aborts. */
export function exchange(connections: Connections, request: HttpRequest): Promise<Exchanged> {
  return new Promise((resolve, reject) => {
    if (request.signal.aborted) {
      reject(request.signal.reason);
      return;
    }
    const connection = connections.acquire();
    if (connection !== undefined) begin({ connections, connection, request, waitedMs: 0, resolve, reject });
    else beginLater(connections, request, resolve, reject);
  });
}

interface Beginning {
  connections: Connections;
  connection: Dispatcher;
  request: HttpRequest;
  waitedMs: number;
  resolve: (answer: Exchanged) => void;
  reject: (reason: unknown) => void;
}

function begin(beginning: Beginning): void {
  const { connections, connection, request } = beginning;
  const { path, body } = request;
  const { origin, wholeAddress } = connections;
  const headers = wholeAddress === undefined ? request.headers : [...request.headers, ...wholeAddress.headers];
  const handler = new Exchange(beginning);
  // What is wrong with the request itself comes to the handler as well.
  connection.dispatch(
    { origin, method: 'POST', path: wholeAddress === undefined ? path : `${origin}${path}`, headers, body },
    handler,
  );
}

/** All connections are in use. */
function beginLater(
  connections: Connections,
  request: HttpRequest,
  resolve: Beginning['resolve'],
  reject: Beginning['reject'],
): void {
  const askedAt = performance.now();
  let waited: () => void = () => undefined;
  void request.untimed?.(
    new Promise<void>((end) => {
      waited = end;
    }),
  );
  const unwatch = watchAbort(request.signal, (reason) => {
    leave();
    unwatch();
    waited();
    reject(reason);
  });
  const leave = connections.whenFree((connection) => {
    unwatch();
    waited();
    begin({ connections, connection, request, waitedMs: performance.now() - askedAt, resolve, reject });
  });
}

class Exchange implements Dispatcher.DispatchHandler {
  private controller: Dispatcher.DispatchController | undefined;
  private status = 0;
  private headers: HttpAnswer['headers'] = {};
  /** How the body is coded; undefined: not at all. */
  private coding: string | undefined;
  private readonly chunks: Buffer[] = [];
  private bytes = 0;
  private ended = false;
  private lastWords = false;
  private readonly timer: NodeJS.Timeout;
  private idleTimer: NodeJS.Timeout | undefined;
  private readonly unwatch: () => void;

  private readonly request: HttpRequest;

  constructor(private readonly beginning: Beginning) {
    const { request } = beginning;
    this.request = request;
    this.timer = setTimeout(Exchange.timeOut, request.timeoutMs, this);
    this.unwatch = watchAbort(request.signal, (reason) => this.fail(reason));
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.controller = controller;
    // Ended while it waited for a connection: then nothing of it is sent.
    if (this.ended) controller.abort(new Error('The call has ended.'));
  }

  onResponseStart(
    _controller: Dispatcher.DispatchController,
    status: number,
    headers: { [name: string]: string | string[] | undefined },
  ): void {
    if (status < 200) return;
    this.status = status;
    this.headers = headers;
    this.coding = contentCoding(headers);
    if (this.request.idleTimeoutMs < this.request.timeoutMs) {
      this.idleTimer = setTimeout(Exchange.goIdle, this.request.idleTimeoutMs, this);
    }
  }

  onResponseData(_controller: Dispatcher.DispatchController, chunk: Buffer): void {
    if (this.ended) return;
    this.bytes += chunk.length;
    if (this.status >= 300 && this.bytes > MAX_ERROR_BYTES) {
      this.cutShort(Buffer.concat(this.chunks).toString('utf8'));
      return;
    }
    if (this.bytes > this.request.maxBytes) {
      this.fail(tooLarge(this.request.maxBytes));
      return;
    }
    this.idleTimer?.refresh();
    const { onChunk } = this.request;
    if (onChunk === undefined || this.status >= 300 || this.coding !== undefined) {
      this.chunks.push(chunk);
      return;
    }
    try {
      onChunk(chunk);
    } catch (error) {
      this.fail(error);
      return;
    }
    if (!this.lastWords && this.request.isWhole?.() === true) this.waitForLastWords();
  }

  /** Counts of tokens may follow, and the end of the answer; who keeps silent instead does not delay what is whole. */
  private waitForLastWords(): void {
    this.lastWords = true;
    clearTimeout(this.idleTimer);
    this.idleTimer = setTimeout(Exchange.goIdle, Math.min(this.request.idleTimeoutMs, LAST_WORDS_MS), this);
  }

  onResponseEnd(): void {
    this.release();
    if (this.ended) return;
    const [first] = this.chunks;
    const whole = this.chunks.length === 1 && first !== undefined ? first : Buffer.concat(this.chunks);
    if (this.status === 407) {
      const reason = new Error('the proxy wants to know who asks: HTTP 407');
      this.fail(connectionFailure(reason, 0, this.beginning.connections));
    } else if (this.coding === undefined) {
      this.succeed(whole.toString('utf8'));
    } else {
      this.decode(whole, this.coding);
    }
  }

  onResponseError(_controller: unknown, error: unknown): void {
    this.release();
    this.break(connectionFailure(error, this.status, this.beginning.connections));
  }

  /** A coded stream comes in one piece: that is rare, and only the time of its first token is lost. */
  private decode(bytes: Buffer, coding: string): void {
    const { onChunk, maxBytes } = this.request;
    const failed = this.status >= 300;
    try {
      const body = decodeContent(bytes, coding, maxBytes);
      const inPieces = onChunk !== undefined && !failed;
      if (inPieces) onChunk(body);
      this.succeed(inPieces ? '' : body.toString('utf8'));
    } catch (error) {
      if (failed) this.succeed('');
      else this.fail(error);
    }
  }

  private static timeOut(this: void, call: Exchange): void {
    call.unlessRead(() => call.break(timeout(`No complete answer within ${call.request.timeoutMs / 1000} s.`)));
  }

  private static goIdle(this: void, call: Exchange): void {
    const { bytes } = call;
    call.unlessRead(() => {
      // Then the timer has begun anew.
      if (call.bytes !== bytes) return;
      const message = `The answer stopped for ${call.request.idleTimeoutMs / 1000} s.`;
      call.break(
        new SilentAnswer({ code: 'call_timeout', message, hint: 'raise stream_idle_timeout of the provider' }),
      );
    });
  }

  /**
   * When this process itself stood still its timers come first, and what came meanwhile waits to be read: it counts as
   * come in time. Immediates run when that has been read.
   */
  private unlessRead(then: () => void): void {
    setImmediate(() => {
      if (!this.ended) then();
    });
  }

  /** The connection broke, or nothing more comes over it. What was said before counts where it is whole. */
  private break(reason: ArenaError): void {
    if (!this.ended && this.request.isWhole?.() === true) this.cutShort('');
    else this.fail(reason);
  }

  /** What has come is enough. */
  private cutShort(body: string): void {
    this.succeed(body);
    this.controller?.abort(new Error('The call has ended.'));
  }

  private succeed(body: string): void {
    if (!this.end()) return;
    const { waitedMs, resolve } = this.beginning;
    resolve({ status: this.status, headers: this.headers, body, waitedMs });
  }

  private fail(reason: unknown): void {
    if (!this.end()) return;
    this.beginning.reject(reason);
    this.controller?.abort(new Error('The call has ended.'));
  }

  /** undici has done with the call, which may be later than its end for the caller. */
  private release(): void {
    this.beginning.connections.release(this.beginning.connection);
  }

  /** True for the first end only. */
  private end(): boolean {
    if (this.ended) return false;
    this.ended = true;
    clearTimeout(this.timer);
    clearTimeout(this.idleTimer);
    this.unwatch();
    return true;
  }
}
