import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { parseDurationMs } from '../../core/duration.js';
import { listen } from '../listen.js';
import { ModelEndpoint } from './endpoint.js';
import { modelList } from './model-lists.js';
import type { MockServerOptions } from './options.js';
import { CHAT_COMPLETIONS, findRoute } from './routes.js';
import { MAX_STALL_MS } from './stalls.js';
import type { LoggedCall, MockServerStats } from './stats.js';
import type { Route } from './wire.js';

export interface MockServer {
  /** Base URL for a provider that speaks OpenAI's protocol, `/v1` included. */
  url: string;
  /** The address without a path: what the clients of the other vendors take. */
  origin: string;
  port: number;
  stats(): MockServerStats;
  log(): readonly LoggedCall[];
  /** Holds all answers for so many milliseconds, from now on. */
  stall(forMs: number): void;
  /** Destroys open connections and stops listening. */
  close(): Promise<void>;
}

/** Longer than any client keeps an idle connection, so that it is always the client who closes. */
const KEEP_ALIVE_MS = 600_000;

const JSON_TYPE = { 'content-type': 'application/json' };

/**
 * Starts a server that speaks the wire formats of OpenAI, Azure, Anthropic, Gemini, Vertex, Bedrock and Ollama at their
 * vendors' addresses (`routes.ts`), streaming and not; lists its models; `GET /stats` (`?log=1` adds the log of calls)
 * and `POST /stats/reset`; `POST /stall?for=2s` holds all answers. Rejects when the port is taken.
 */
export async function startMockServer(options: MockServerOptions = {}): Promise<MockServer> {
  const endpoint = new ModelEndpoint(options);
  const models = options.models ?? ['mock'];
  const server = createServer({ keepAliveTimeout: KEEP_ALIVE_MS, requestTimeout: 0 }, (request, response) => {
    route(endpoint, models, request, response);
  });
  const { host = '127.0.0.1' } = options;
  const port = await listen(server, host, options.port ?? 0);
  const origin = `http://${host.includes(':') ? `[${host}]` : host}:${port}`;
  return {
    url: `${origin}/v1`,
    origin,
    port,
    stats: () => endpoint.stats.snapshot(),
    log: () => endpoint.stats.log(),
    stall: (forMs) => endpoint.stall(forMs),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

const NO_QUERY = new URLSearchParams();

function route(
  endpoint: ModelEndpoint,
  models: readonly string[],
  request: IncomingMessage,
  response: ServerResponse,
): void {
  const { method, url = '' } = request;
  // First, and compared as a whole: it is the path of nearly all requests.
  if (method === 'POST' && (url === '/v1/chat/completions' || url === '/chat/completions')) {
    endpoint.accept(CHAT_COMPLETIONS, NO_QUERY, request, response);
    return;
  }
  const [path = '', search] = url.split('?', 2);
  if (method === 'GET') {
    request.resume();
    if (path === '/stats') {
      const log = search === 'log=1' ? endpoint.stats.log() : undefined;
      response.writeHead(200, JSON_TYPE).end(JSON.stringify({ ...endpoint.stats.snapshot(), log }));
      return;
    }
    const list = modelList(path, request.headers, models);
    if (list === undefined) notFound(request, response, path);
    else response.writeHead(200, JSON_TYPE).end(JSON.stringify(list));
  } else if (method !== 'POST' || !control(endpoint, path, search, request, response)) {
    const query = new URLSearchParams(search);
    const found = method === 'POST' ? routeOf(path, query) : undefined;
    if (found === undefined) notFound(request, response, path);
    else endpoint.accept(found, query, request, response);
  }
}

/** Does what people ask of the server itself; false when the address is another one. */
function control(
  endpoint: ModelEndpoint,
  path: string,
  search: string | undefined,
  request: IncomingMessage,
  response: ServerResponse,
): boolean {
  if (path !== '/stats/reset' && path !== '/stall') return false;
  request.resume();
  if (path === '/stats/reset') {
    endpoint.stats.reset();
    response.writeHead(204).end();
    return true;
  }
  const forMs = parseDurationMs(new URLSearchParams(search).get('for') ?? '');
  const fits = forMs !== undefined && forMs <= MAX_STALL_MS;
  if (fits) endpoint.stall(forMs);
  response.writeHead(fits ? 204 : 400).end(fits ? '' : 'Say how long, up to an hour: POST /stall?for=2s\n');
  return true;
}

function routeOf(path: string, query: URLSearchParams): Route | undefined {
  try {
    return findRoute(path, query);
  } catch {
    // The name of a model that is not percent-encoded as it should be.
    return undefined;
  }
}

function notFound(request: IncomingMessage, response: ServerResponse, path: string): void {
  request.resume();
  const fault = { status: 404, message: `The mock server has no ${request.method} ${path}.` };
  response.writeHead(404, JSON_TYPE).end(JSON.stringify(CHAT_COMPLETIONS.platform.errorBody(fault)));
}
