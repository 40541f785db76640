import { createServer, type IncomingMessage, STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';
import { WebSocketServer } from 'ws';
import { listen } from '../listen.js';
import { Chances } from './chances.js';
import { type AgentHub, ClientConnection } from './connection.js';
import type { MockAgentOptions } from './options.js';
import { AgentScript } from './script.js';
import { AgentSessions } from './sessions.js';
import { AgentStats, type MockAgentStats } from './stats.js';

export interface MockAgent {
  /** Address for a provider of type `agent`. */
  url: string;
  port: number;
  stats(): MockAgentStats;
  resetStats(): void;
  /** Forgets all sessions, as a restart without a store does. */
  forgetSessions(): void;
  /** Closes every connection with 1001, as at a shutdown; new ones are taken. */
  dropConnections(): void;
  /** Ends open connections and stops listening. */
  close(): Promise<void>;
}

const DAY_MS = 86_400_000;

/**
 * Starts an agent that speaks the WebSocket protocol of Omnia's agents, below `/ws` and `/api/agents/`; `GET /stats` and
 * `POST /stats/reset` serve what it has counted. Rejects when the port is taken.
 */
export async function startMockAgent(options: MockAgentOptions = {}): Promise<MockAgent> {
  const agent = new AgentEndpoint(options);
  const server = createServer((request, response) => {
    request.resume();
    const path = request.url?.split('?', 1)[0];
    if (request.method === 'GET' && path === '/stats') {
      response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(agent.hub.stats.snapshot));
    } else if (request.method === 'POST' && path === '/stats/reset') {
      agent.hub.stats.reset();
      response.writeHead(204).end();
    } else {
      const status = isAgentPath(path) ? 400 : 404;
      response.writeHead(status, { 'content-type': 'text/plain' }).end(STATUS_CODES[status]);
    }
  });
  server.on('upgrade', (request, socket, head) => agent.upgrade(request, socket, head));
  const { host = '127.0.0.1' } = options;
  const port = await listen(server, host, options.port ?? 0);
  return {
    url: `ws://${host.includes(':') ? `[${host}]` : host}:${port}/ws`,
    port,
    stats: () => agent.hub.stats.snapshot,
    resetStats: () => agent.hub.stats.reset(),
    forgetSessions: () => agent.hub.sessions.forget(),
    dropConnections: () => agent.drop(),
    close: () =>
      new Promise((resolve) => {
        agent.close();
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function isAgentPath(path: string | undefined): boolean {
  return path === '/ws' || path?.startsWith('/api/agents/') === true;
}

interface Refusal {
  status: number;
  text: string;
  headers?: { [name: string]: string };
}

class AgentEndpoint {
  readonly hub: AgentHub;
  private readonly sockets: WebSocketServer;
  private readonly accidents: Required<NonNullable<MockAgentOptions['accidents']>>;

  constructor(private readonly options: MockAgentOptions) {
    this.hub = {
      options,
      stats: new AgentStats(),
      sessions: new AgentSessions(options.sessionTtlMs ?? DAY_MS, options.sessions === 'any'),
      script: new AgentScript(options.script ?? {}),
      chances: new Chances(options),
    };
    this.sockets = new WebSocketServer({
      noServer: true,
      perMessageDeflate: false,
      clientTracking: true,
      maxPayload: options.maxPayloadBytes ?? 16_777_216,
    });
    this.accidents = {
      refused: { count: 0, status: 503 },
      closedBeforeConnected: 0,
      neverConnected: 0,
      ...structuredClone(options.accidents),
    };
  }

  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    // A client may be gone before it is answered.
    socket.on('error', () => socket.destroy());
    const { stats } = this.hub;
    const refusal = this.refusal(request);
    if (refusal !== undefined) {
      stats.refusedUpgrade(refusal.status);
      const headers = { 'content-type': 'text/plain', connection: 'close', ...refusal.headers };
      const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
      socket.end(
        `HTTP/1.1 ${refusal.status} ${STATUS_CODES[refusal.status] ?? ''}\r\n${lines.join('')}\r\n${refusal.text}\n`,
      );
      return;
    }
    if (request.headers['sec-websocket-extensions'] !== undefined) stats.violation('offers_compression');
    this.sockets.handleUpgrade(request, socket, head, (client) => {
      if (this.accidents.closedBeforeConnected > 0) {
        this.accidents.closedBeforeConnected -= 1;
        client.terminate();
        return;
      }
      const connection = new ClientConnection(client, this.hub);
      if (this.accidents.neverConnected > 0) this.accidents.neverConnected -= 1;
      else connection.begin();
    });
  }

  private refusal({ url = '', headers }: IncomingMessage): Refusal | undefined {
    const { refused } = this.accidents;
    if (refused.count > 0) {
      refused.count -= 1;
      const { status, location, retryAfter } = refused;
      const more = { ...(location && { location }), ...(retryAfter && { 'retry-after': retryAfter }) };
      return { status, text: STATUS_CODES[status] ?? '', headers: more };
    }
    if (!isAgentPath(url.split('?', 1)[0])) return { status: 404, text: '404 page not found' };
    if (headers.origin !== undefined && hostOf(headers.origin) !== headers.host) {
      return { status: 403, text: 'origin not allowed' };
    }
    const { token, maxConnections = 500 } = this.options;
    if (token !== undefined && headers.authorization !== `Bearer ${token}`)
      return { status: 401, text: 'unauthorized' };
    if (this.sockets.clients.size >= maxConnections) return { status: 503, text: 'connection limit reached' };
    return undefined;
  }

  drop(): void {
    for (const client of this.sockets.clients) client.close(1001, 'server shutdown');
  }

  close(): void {
    for (const client of this.sockets.clients) client.terminate();
    this.sockets.close();
  }
}

function hostOf(origin: string): string | undefined {
  return URL.canParse(origin) ? new URL(origin).host : undefined;
}
