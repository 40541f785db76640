/** Requests to the API server: bounded in time and size, over kept connections. */
import { type ClientRequest, type IncomingMessage, request as plainRequest } from 'node:http';
import { request as secureRequest } from 'node:https';
import type { KubeAccess } from './kube-access.js';

export interface KubeRequest {
  method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  path: string;
  query?: { [name: string]: string | undefined };
  body?: object;
  /** Media type of the body. Default: JSON. */
  type?: string;
  /** For counting: the verb of the API, such as `list`. */
  verb: string;
  signal?: AbortSignal;
}

/** The API server's refusal, or that it gave no answer (no status). */
export class KubeError extends Error {
  override readonly name = 'KubeError';

  constructor(
    message: string,
    readonly status?: number,
    /** In the server's words: NotFound, Conflict, Expired, … */
    readonly reason?: string,
    options?: { cause?: unknown },
  ) {
    super(message, options);
  }
}

/** For an answer to begin and, but for watches, to end. */
const TIMEOUT_MS = 15_000;

/** A page of a list of the largest objects that etcd takes is larger: such a list is refused rather than held in memory. */
const MAX_ANSWER_BYTES = 64 * 1024 * 1024;

export class KubeHttp {
  constructor(
    private readonly access: KubeAccess,
    private readonly counted: (verb: string, status: number | undefined) => void,
  ) {}

  /** The answer's JSON. Throws a KubeError for any status but 2xx. */
  async json(request: KubeRequest): Promise<unknown> {
    const response = await this.stream(request);
    const text = await wholeText(response, request.signal);
    try {
      return JSON.parse(text);
    } catch (cause) {
      throw new KubeError(`the answer to ${request.method} ${request.path} is no JSON`, undefined, undefined, {
        cause,
      });
    }
  }

  /** The answer's body as it comes. Who asks must read or destroy it. */
  async stream(request: KubeRequest): Promise<IncomingMessage> {
    let response = await this.send(request, false);
    if (response.statusCode === 401) {
      response.resume();
      response = await this.send(request, true);
    }
    const status = response.statusCode ?? 0;
    if (status >= 200 && status < 300) return response;
    throw await refusal(request, status, await wholeText(response, request.signal));
  }

  private async send(request: KubeRequest, fresh: boolean): Promise<IncomingMessage> {
    const { agent, headers } = await this.access.credentials(fresh);
    const { server } = this.access;
    const url = new URL(server.pathname.replace(/\/$/, '') + request.path, server);
    for (const [name, value] of Object.entries(request.query ?? {})) {
      if (value !== undefined) url.searchParams.set(name, value);
    }
    const body = request.body === undefined ? undefined : JSON.stringify(request.body);
    const sent = (url.protocol === 'http:' ? plainRequest : secureRequest)(url, {
      method: request.method,
      agent,
      headers: {
        ...headers,
        accept: 'application/json',
        'user-agent': 'arena-controller',
        ...(body === undefined
          ? {}
          : { 'content-type': request.type ?? 'application/json', 'content-length': Buffer.byteLength(body) }),
      },
    });
    try {
      const response = await answerOf(sent, body, request.signal);
      this.counted(request.verb, response.statusCode);
      return response;
    } catch (cause) {
      this.counted(request.verb, undefined);
      const why = cause instanceof Error ? cause.message || ('code' in cause ? String(cause.code) : '') : String(cause);
      throw new KubeError(`the API server at ${server.origin} gives no answer: ${why}`, undefined, undefined, {
        cause,
      });
    }
  }
}

/** A request that ends with its signal or, when no answer begins, with the timeout. */
function answerOf(
  sent: ClientRequest,
  body: string | undefined,
  signal: AbortSignal | undefined,
): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => sent.destroy(new Error(`timed out after ${TIMEOUT_MS / 1000} s`)), TIMEOUT_MS);
    const stop = (): void => {
      sent.destroy(new Error('stopped'));
    };
    if (signal?.aborted) stop();
    signal?.addEventListener('abort', stop);
    sent.once('close', () => signal?.removeEventListener('abort', stop));
    sent.once('response', (response) => {
      clearTimeout(timer);
      resolve(response);
    });
    sent.once('error', (error) => {
      clearTimeout(timer);
      reject(error);
    });
    // A half-open connection is told by the system as well, sooner than by the silence of a watch.
    sent.once('socket', (socket) => socket.setKeepAlive(true, 10_000));
    sent.end(body);
  });
}

async function wholeText(response: IncomingMessage, signal: AbortSignal | undefined): Promise<string> {
  const timer = setTimeout(() => response.destroy(new Error('timed out')), TIMEOUT_MS);
  const pieces: Buffer[] = [];
  let bytes = 0;
  try {
    for await (const piece of response) {
      bytes += piece.length;
      if (bytes > MAX_ANSWER_BYTES) throw new Error(`it is larger than ${MAX_ANSWER_BYTES} bytes`);
      pieces.push(piece);
    }
    return Buffer.concat(pieces).toString('utf8');
  } catch (cause) {
    const why = signal?.aborted ? 'stopped' : cause instanceof Error ? cause.message : String(cause);
    throw new KubeError(`the answer of the API server cannot be read: ${why}`, undefined, undefined, { cause });
  } finally {
    clearTimeout(timer);
  }
}

function refusal({ method, path }: KubeRequest, status: number, text: string): KubeError {
  let said: unknown;
  try {
    said = JSON.parse(text);
  } catch {
    said = undefined;
  }
  const word = (name: string): string | undefined => {
    const value: unknown = typeof said === 'object' && said !== null ? Reflect.get(said, name) : undefined;
    return typeof value === 'string' ? value : undefined;
  };
  const words = word('message') ?? text.slice(0, 200);
  return new KubeError(`${method} ${path}: HTTP ${status} ${words}`.trim(), status, word('reason'));
}
