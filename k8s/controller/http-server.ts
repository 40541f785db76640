/** Probes, figures and artifacts over HTTP. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { ArenaError } from '../../src/core/errors.js';
import type { ArtifactDownload } from './artifact-download.js';
import type { ControllerMetrics } from './metrics.js';
import type { ReconcilerDeps } from './ports.js';

export interface HttpServerOptions {
  host: string;
  /** 0: a free one. */
  port: number;
  /** What is missing to be ready, in words; empty: ready. */
  missing(): string[];
  metrics: Pick<ControllerMetrics, 'registry'>;
  artifacts: Pick<ArtifactDownload, 'answer'>;
  log: ReconcilerDeps['log'];
}

/** For a request to arrive. */
const REQUEST_MS = 10_000;

export class HttpServer {
  private constructor(
    private readonly server: Server,
    readonly port: number,
  ) {}

  /** Throws `invalid_input` when the port cannot be had. */
  static async start(options: HttpServerOptions): Promise<HttpServer> {
    const server = createServer({ requestTimeout: REQUEST_MS, headersTimeout: REQUEST_MS }, (request, response) => {
      void serve(options, request, response);
    });
    const { host, port } = options;
    await new Promise<void>((resolve, reject) => {
      server.once('error', (cause) => {
        const message = `The controller cannot listen on ${host}:${port}: ${cause.message}`;
        reject(new ArenaError({ code: 'invalid_input', message, hint: 'choose another --port or --host' }, { cause }));
      });
      server.listen(port, host, resolve);
    });
    const address = server.address();
    return new HttpServer(server, typeof address === 'object' && address !== null ? address.port : port);
  }

  close(): Promise<void> {
    return new Promise((resolve) => {
      this.server.close(() => resolve());
      this.server.closeAllConnections();
    });
  }
}

async function serve(options: HttpServerOptions, request: IncomingMessage, response: ServerResponse): Promise<void> {
  try {
    await answer(options, request, response);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    options.log.warn({ why }, 'a request could not be answered');
    if (response.headersSent) response.destroy();
    // What went wrong may name things that a stranger is not to know: it stands in the log.
    else text(response, 502, 'not now: the log of the controller says why');
  }
}

async function answer(options: HttpServerOptions, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const path = (request.url ?? '').replace(/\?.*$/s, '');
  if (request.method !== 'GET' && request.method !== 'HEAD') return text(response, 405, 'only GET');
  if (path === '/healthz') return text(response, 200, 'ok');
  if (path === '/readyz') {
    const missing = options.missing();
    return missing.length === 0 ? text(response, 200, 'ok') : text(response, 503, missing.join('\n'));
  }
  if (path === '/metrics') {
    const { registry } = options.metrics;
    const figures = await registry.metrics();
    response.writeHead(200, { 'content-type': registry.contentType }).end(figures);
    return;
  }
  if (!(await options.artifacts.answer(request, response, path))) text(response, 404, 'there is nothing here');
}

function text(response: ServerResponse, status: number, words: string): void {
  response.writeHead(status, { 'content-type': 'text/plain; charset=utf-8' }).end(`${words}\n`);
}
