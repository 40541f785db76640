/** Tells whoever starts and stops this process how it is: what probes of Kubernetes and health checks of containers ask. */
import { once } from 'node:events';
import { createServer } from 'node:http';

export interface Health {
  port: number;
  close(): Promise<void>;
}

/**
 * `GET /healthz` answers 200 as long as this process gets to answering; `GET /readyz` answers 200 while it takes tasks,
 * else 503. Nothing else is told: whoever can reach the port may ask. Rejects when the port is taken.
 */
export async function serveHealth(port: number, takesTasks: () => boolean): Promise<Health> {
  const server = createServer(({ method, url }, response) => {
    const isKnown = url === '/healthz' || url === '/readyz';
    const isWell = url === '/healthz' || takesTasks();
    const status = !isKnown ? 404 : method !== 'GET' && method !== 'HEAD' ? 405 : isWell ? 200 : 503;
    response.writeHead(status, { 'content-type': 'text/plain' }).end(`${status === 200 ? 'ok' : 'not ok'}\n`);
  });
  // No host: IPv4 and IPv6, or what of them there is.
  await once(server.listen(port), 'listening');
  const address = server.address();
  return {
    port: typeof address === 'object' && address !== null ? address.port : port,
    close: async () => {
      server.close();
      server.closeAllConnections();
    },
  };
}
