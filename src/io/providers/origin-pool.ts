import { Pool } from 'undici';

/** Time to connect, TLS included. */
const CONNECT_TIMEOUT_MS = 10_000;

/** Idle connections are kept this long unless the server names a time of its own. */
const KEEP_ALIVE_MS = 10_000;

const pools = new Map<string, Pool>();

/**
 * The connections of this process to one origin, shared by all providers that name it. They do not keep the process
 * alive, so nothing has to close them. Time limits of a call are the caller's: the pool has none.
 */
export function poolOf(origin: string): Pool {
  let pool = pools.get(origin);
  if (pool === undefined) {
    pool = new Pool(origin, {
      connect: { timeout: CONNECT_TIMEOUT_MS },
      keepAliveTimeout: KEEP_ALIVE_MS,
      headersTimeout: 0,
      bodyTimeout: 0,
    });
    pools.set(origin, pool);
  }
  return pool;
}
