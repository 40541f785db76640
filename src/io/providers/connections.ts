import { buildConnector, Client, type Dispatcher, ProxyAgent } from 'undici';
import type { Environment } from './credential.js';
import { type HttpProxy, proxyFor } from './proxy.js';

/** Time to connect, TLS included. */
const CONNECT_TIMEOUT_MS = 10_000;

/** Idle connections are kept this long unless the server names a time of its own. */
const KEEP_ALIVE_MS = 10_000;

/** What a provider file says of the connections to its service. */
export interface Transport {
  /** Connections in use at once; calls beyond them wait. Undefined: no limit. */
  maxConnections?: number;
  /** Connections that are kept open between calls. Undefined: all. */
  maxIdle?: number;
  /** How long they are kept at most, in milliseconds. */
  idleTimeoutMs?: number;
  /** False: each call has a connection of its own. */
  keepAlive?: boolean;
}

type Taker = (connection: Dispatcher) => void;

/**
 * Keep-alive connections to one origin, as many as there are calls in flight. undici's own pool looks through all its
 * connections for a free one: with 500 of them that is a fifth of a call's CPU time. Here the last one that came free
 * is the next one used.
 */
export class Connections {
  private readonly idle: Dispatcher[] = [];
  private readonly waiting = new Set<Taker>();
  private inUse = 0;
  /**
   * Set when the connection ends at a proxy, so that requests must name the whole address and carry these headers. To
   * https it goes on from there, and only the two ends understand what is said.
   */
  readonly wholeAddress: { headers: readonly string[] } | undefined;
  private readonly maxInUse: number;
  private readonly maxIdle: number;
  /** One for all, so that TLS sessions are shared. */
  private readonly connect = buildConnector({ timeout: CONNECT_TIMEOUT_MS });

  constructor(
    readonly origin: string,
    private readonly transport: Transport = {},
    readonly proxy?: HttpProxy,
  ) {
    this.maxInUse = transport.maxConnections ?? Number.POSITIVE_INFINITY;
    this.maxIdle = transport.maxIdle ?? Number.POSITIVE_INFINITY;
    if (proxy === undefined || !origin.startsWith('http:')) return;
    const { authorization } = proxy;
    const toProxy = authorization === undefined ? [] : ['proxy-authorization', authorization];
    this.wholeAddress = { headers: ['host', new URL(origin).host, ...toProxy] };
  }

  /** Undefined when no more may be in use; then `whenFree` has to be waited for. */
  acquire(): Dispatcher | undefined {
    if (this.inUse >= this.maxInUse) return undefined;
    this.inUse += 1;
    return this.idle.pop() ?? this.open();
  }

  /** Hands over the next connection that comes free, first come, first served. The returned function takes that back. */
  whenFree(take: Taker): () => void {
    this.waiting.add(take);
    return () => this.waiting.delete(take);
  }

  /** Takes a connection back once its call is over for undici as well; it reconnects by itself when it was cut. */
  release(connection: Dispatcher): void {
    const [next] = this.waiting;
    if (next !== undefined) {
      this.waiting.delete(next);
      next(connection);
      return;
    }
    this.inUse -= 1;
    if (this.idle.length < this.maxIdle) this.idle.push(connection);
    else connection.close(() => undefined);
  }

  private open(): Dispatcher {
    const { idleTimeoutMs, keepAlive } = this.transport;
    // Time limits of a call are the caller's.
    const options: Client.Options = { headersTimeout: 0, bodyTimeout: 0, keepAliveTimeout: KEEP_ALIVE_MS };
    if (idleTimeoutMs !== undefined) {
      options.keepAliveTimeout = idleTimeoutMs;
      options.keepAliveMaxTimeout = idleTimeoutMs;
    }
    if (keepAlive === false) options.pipelining = 0;
    const { proxy } = this;
    if (proxy === undefined || this.wholeAddress !== undefined) {
      return new Client(proxy?.url.origin ?? this.origin, { ...options, connect: this.connect });
    }
    const limit = { timeout: CONNECT_TIMEOUT_MS };
    const through = { uri: proxy.url.href, token: proxy.authorization, proxyTls: limit, requestTls: limit };
    return new ProxyAgent({ ...options, ...through });
  }
}

const known = new Map<string, Connections>();

/**
 * The connections of this process to an origin, shared by all providers that name it and want them alike. Idle ones do
 * not keep the process alive, so nothing has to close them. Throws `invalid_input` when the environment names a proxy
 * that cannot be.
 */
export function connectionsTo(origin: string, env: Environment, transport: Transport = {}): Connections {
  const proxy = proxyFor(origin, env);
  const key = JSON.stringify([origin, transport, proxy]);
  let connections = known.get(key);
  if (connections === undefined) {
    connections = new Connections(origin, transport, proxy);
    known.set(key, connections);
  }
  return connections;
}
