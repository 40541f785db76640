/** Repositories over http(s), by git's own `git http-backend`. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { gunzipSync } from 'node:zlib';

export interface GitHttpOptions {
  /** Folder of the bare repositories. */
  root: string;
  /** Asked of everyone. */
  user?: { name: string; password: string };
  tls?: { key: string; cert: string };
  /** 0: knows no newer protocol. Default: what the client asks for. */
  protocol?: 0;
}

export class GitHttpServer {
  /** Paths and query, in order. */
  readonly asked: string[] = [];
  /** Values of `authorization` that came. */
  readonly shown = new Set<string>();
  /** Answers everything so when it is set; `hang`: with nothing. */
  instead: { status: number; body?: string; location?: string } | 'hang' | undefined;
  private constructor(
    private readonly server: Server,
    private readonly options: GitHttpOptions,
  ) {}

  static async start(options: GitHttpOptions): Promise<GitHttpServer> {
    const made = options.tls === undefined ? createServer() : createSecureServer(options.tls);
    const server = new GitHttpServer(made as Server, options);
    made.on('request', (request: IncomingMessage, response: ServerResponse) => server.answer(request, response));
    made.listen(0, '127.0.0.1');
    await once(made, 'listening');
    return server;
  }

  /** Who is let in. */
  get user(): { name: string; password: string } {
    return this.options.user ?? { name: '', password: '' };
  }

  get origin(): string {
    const { port } = this.server.address() as AddressInfo;
    return `${this.options.tls === undefined ? 'http' : 'https'}://127.0.0.1:${port}`;
  }

  /** Packs that were asked for: looks at the list of refs are none. */
  get downloads(): number {
    return this.asked.filter((path) => path === '/prompts.git/git-upload-pack fetch').length;
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    if (this.server.listening) await new Promise((resolve) => this.server.close(resolve));
  }

  private answer(request: IncomingMessage, response: ServerResponse): void {
    const { user } = this.options;
    const url = request.url ?? '/';
    const { authorization } = request.headers;
    if (authorization !== undefined) this.shown.add(authorization);
    if (this.instead === 'hang') return void this.asked.push(url);
    if (this.instead !== undefined) {
      const { status, body, location } = this.instead;
      this.asked.push(url);
      response.writeHead(status, location === undefined ? {} : { location: `${location}${url}` }).end(body);
      return;
    }
    const expected = user && `Basic ${Buffer.from(`${user.name}:${user.password}`).toString('base64')}`;
    if (expected !== undefined && authorization !== expected) {
      response.writeHead(401, { 'www-authenticate': 'Basic realm="git"' }).end();
      return;
    }
    this.serve(request, response, url);
  }

  private serve(request: IncomingMessage, response: ServerResponse, url: string): void {
    const { pathname, searchParams } = new URL(url, 'http://host');
    const child = spawn('git', ['http-backend'], {
      env: {
        PATH: process.env.PATH,
        GIT_PROJECT_ROOT: this.options.root,
        GIT_HTTP_EXPORT_ALL: '1',
        GIT_CONFIG_NOSYSTEM: '1',
        PATH_INFO: pathname,
        QUERY_STRING: searchParams.toString(),
        REQUEST_METHOD: request.method ?? 'GET',
        CONTENT_TYPE: request.headers['content-type'] ?? '',
        HTTP_CONTENT_ENCODING: request.headers['content-encoding'] ?? '',
        GIT_PROTOCOL: this.options.protocol === 0 ? '' : String(request.headers['git-protocol'] ?? ''),
        REMOTE_ADDR: '127.0.0.1',
      },
      stdio: ['pipe', 'pipe', 'ignore'],
    });
    const sent: Buffer[] = [];
    request.on('data', (chunk: Buffer) => sent.push(chunk));
    request.on('end', () => {
      const body = Buffer.concat(sent);
      const text = (request.headers['content-encoding'] === 'gzip' ? gunzipSync(body) : body).toString('latin1');
      const [, command] = /command=(ls-refs|fetch)/.exec(text) ?? [];
      this.asked.push(command === undefined ? url : `${url} ${command}`);
    });
    request.pipe(child.stdin);
    child.stdin.on('error', () => undefined);
    const output: Buffer[] = [];
    child.stdout.on('data', (chunk: Buffer) => output.push(chunk));
    child.on('close', () => {
      const all = Buffer.concat(output);
      const end = all.indexOf('\r\n\r\n');
      const headers = all.subarray(0, end).toString('latin1').split('\r\n');
      let status = 200;
      for (const line of headers) {
        const [name = '', value = ''] = line.split(/:\s*/, 2);
        if (name.toLowerCase() === 'status') status = Number(value.split(' ', 1)[0]);
        else if (name !== '') response.setHeader(name, value);
      }
      response.writeHead(status).end(all.subarray(end + 4));
    });
  }
}
