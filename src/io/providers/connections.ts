import { buildConnector, Client } from 'undici';

/** Time to connect, TLS included. */
const CONNECT_TIMEOUT_MS = 10_000;

/** Idle connections are kept this long unless the server names a time of its own. */
const KEEP_ALIVE_MS = 10_000;

/**
 * Keep-alive connections to one origin, as many as there are calls in flight. undici's own pool looks through all its
 * connections for a free one: with 500 of them that is a fifth of a call's CPU time. Here the last one that came free
 * is the next one used.
 */
export class Connections {
  private readonly idle: Client[] = [];
  /** One for all, so that TLS sessions are shared. */
  private readonly connect = buildConnector({ timeout: CONNECT_TIMEOUT_MS });

  constructor(private readonly origin: string) {}

  acquire(): Client {
    return this.idle.pop() ?? this.open();
  }

  /** Takes a connection back once its call is over for undici as well; it reconnects by itself when it was cut. */
  release(connection: Client): void {
    this.idle.push(connection);
  }

  private open(): Client {
    // Time limits of a call are the caller's.
    return new Client(this.origin, {
      connect: this.connect,
      keepAliveTimeout: KEEP_ALIVE_MS,
      headersTimeout: 0,
      bodyTimeout: 0,
    });
  }
}

const byOrigin = new Map<string, Connections>();

/**
 * The connections of this process to an origin, shared by all providers that name it. Idle ones do not keep the process
 * alive, so nothing has to close them.
 */
export function connectionsTo(origin: string): Connections {
  let connections = byOrigin.get(origin);
  if (connections === undefined) {
    connections = new Connections(origin);
    byOrigin.set(origin, connections);
  }
  return connections;
}
