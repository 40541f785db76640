import { hash as digest } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { Chance } from './chance.js';
import { errorBody } from './chat-answer.js';
import { readChatCall } from './chat-call.js';
import type { MockServerOptions } from './options.js';
import { respond } from './respond.js';
import { Scripted, type ScriptedAnswer } from './script.js';
import { CallStats, type LoggedCall, type MockServerStats } from './stats.js';

export interface MockServer {
  /** Base URL for a provider, `/v1` included. */
  url: string;
  port: number;
  stats(): MockServerStats;
  log(): readonly LoggedCall[];
  /** Destroys open connections and stops listening. */
  close(): Promise<void>;
}

/** Longest request body that is read. */
const MAX_REQUEST_BYTES = 64 * 1024 * 1024;

/** Longer than any client keeps an idle connection, so that it is always the client who closes. */
const KEEP_ALIVE_MS = 600_000;

const JSON_TYPE = { 'content-type': 'application/json' };

/**
 * Starts an OpenAI-compatible server: `POST /v1/chat/completions` (streaming and not), `GET /v1/models`, `GET /stats`
 * (`?log=1` adds the log of calls) and `POST /stats/reset`. Rejects when the port is taken.
 */
export async function startMockServer(options: MockServerOptions = {}): Promise<MockServer> {
  const chat = new ChatEndpoint(options);
  const server = createServer({ keepAliveTimeout: KEEP_ALIVE_MS, requestTimeout: 0 }, (request, response) => {
    route(chat, options, request, response);
  });
  const { host = '127.0.0.1' } = options;
  const port = await listen(server, host, options.port ?? 0);
  return {
    url: `http://${host.includes(':') ? `[${host}]` : host}:${port}/v1`,
    port,
    stats: () => chat.stats.snapshot(),
    log: () => chat.stats.log(),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function listen(server: Server, host: string, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, 4096, () => {
      server.off('error', reject);
      const address = server.address();
      resolve(typeof address === 'object' && address !== null ? address.port : port);
    });
  });
}

function route(
  chat: ChatEndpoint,
  options: MockServerOptions,
  request: IncomingMessage,
  response: ServerResponse,
): void {
  const { method, url = '' } = request;
  // First, and compared as a whole: it is the path of nearly all requests.
  if (method === 'POST' && (url === '/v1/chat/completions' || url === '/chat/completions')) {
    chat.accept(request, response);
    return;
  }
  request.resume();
  const [path, query] = url.split('?', 2);
  if (method === 'GET' && path === '/stats') {
    const log = query === 'log=1' ? chat.stats.log() : undefined;
    response.writeHead(200, JSON_TYPE).end(JSON.stringify({ ...chat.stats.snapshot(), log }));
  } else if (method === 'POST' && path === '/stats/reset') {
    chat.stats.reset();
    response.writeHead(204).end();
  } else if (method === 'GET' && (path === '/v1/models' || path === '/models')) {
    const data = (options.models ?? ['mock']).map((id) => ({ id, object: 'model', owned_by: 'mock' }));
    response.writeHead(200, JSON_TYPE).end(JSON.stringify({ object: 'list', data }));
  } else {
    const message = `The mock server has no ${method} ${path}.`;
    response.writeHead(404, JSON_TYPE).end(errorBody(message, 'invalid_request_error'));
  }
}

class ChatEndpoint {
  readonly stats: CallStats;
  private readonly chance: Chance;
  private readonly scripted: Scripted;
  private readonly authorization: string | undefined;
  private readonly countRepeats: boolean;

  constructor(options: MockServerOptions) {
    this.stats = new CallStats(options.logSize ?? 50_000);
    this.chance = new Chance(options);
    this.scripted = new Scripted(options.script ?? {});
    this.authorization = options.apiKey === undefined ? undefined : `Bearer ${options.apiKey}`;
    this.countRepeats = options.countRepeats ?? true;
  }

  accept(request: IncomingMessage, response: ServerResponse): void {
    const call = this.stats.begin();
    const chunks: Buffer[] = [];
    let bytes = 0;
    response.on('close', () => this.stats.end(call, response.headersSent ? response.statusCode : 0, true));
    request.on('data', (chunk: Buffer) => {
      bytes += chunk.length;
      if (bytes > MAX_REQUEST_BYTES) response.destroy();
      else chunks.push(chunk);
    });
    request.on('end', () => {
      const [first] = chunks;
      const body = chunks.length === 1 && first !== undefined ? first : Buffer.concat(chunks);
      this.answer(call, request, response, body);
    });
  }

  private answer(entry: LoggedCall, request: IncomingMessage, response: ServerResponse, body: Buffer): void {
    const hash = this.countRepeats ? digest('sha256', body, 'hex').slice(0, 16) : '';
    if (this.countRepeats) this.stats.body(entry, hash);
    const call = readChatCall(body.toString('utf8'));
    const settle = (status: number, aborted: boolean): void => this.stats.end(entry, status, aborted);
    if (call === undefined) {
      settle(400, false);
      const message = 'The body is not a chat completion request.';
      response.writeHead(400, JSON_TYPE).end(errorBody(message, 'invalid_request_error'));
      return;
    }
    const exchange = { response, call, hash, requestBytes: body.length, settle };
    const answer =
      this.refusal(request.headers.authorization) ?? this.chance.failure() ?? this.scripted.answer(call) ?? {};
    const delay = answer.delay_ms ?? this.chance.latencyMs();
    if (delay > 0) setTimeout(respond, delay, exchange, answer).unref();
    else respond(exchange, answer);
  }

  private refusal(authorization: string | undefined): ScriptedAnswer | undefined {
    if (this.authorization === undefined || authorization === this.authorization) return undefined;
    const body = errorBody('Incorrect API key provided.', 'invalid_request_error', 'invalid_api_key');
    return { status: 401, delay_ms: 0, body };
  }
}
