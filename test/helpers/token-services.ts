/**
 * Whoever gives out tokens of clouds, over TLS, at addresses that the libraries have built in: a process of its own trusts
 * our authority, and reaches us through a proxy.
 */
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer as createProxy, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createServer } from 'node:https';
import { type AddressInfo, connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { selfSigned } from './self-signed.js';

export const portOf = (server: Server) => (server.address() as AddressInfo).port;

export class TokenServices {
  /** Paths and bodies of what was asked. */
  readonly asked: { path: string; body: string }[] = [];
  answer: (path: string, response: ServerResponse) => void = (_path, response) => response.writeHead(404).end();
  readonly folder = mkdtempSync(join(tmpdir(), 'arena-cloud-'));

  private constructor(
    private readonly service: Server,
    private readonly proxy: Server,
  ) {}

  static async start(): Promise<TokenServices> {
    const certificate = selfSigned(['localhost', 'oauth2.googleapis.com', 'iamcredentials.googleapis.com']);
    const service = createServer(certificate, (request, response) => void services.take(request, response));
    // Whatever is asked for, it is us who answer.
    const proxy = createProxy().on('connect', (_request, socket) => {
      const onward = connect(portOf(service), '127.0.0.1', () => {
        socket.write('HTTP/1.1 200 OK\r\n\r\n');
        socket.pipe(onward).pipe(socket);
      });
      onward.on('error', () => socket.destroy());
      socket.on('error', () => onward.destroy());
    });
    const services = new TokenServices(service, proxy);
    writeFileSync(join(services.folder, 'ca.pem'), certificate.cert);
    for (const server of [service, proxy]) {
      server.listen(0, '127.0.0.1');
      await once(server, 'listening');
    }
    return services;
  }

  /** What a process needs to trust us. */
  get trust(): { [name: string]: string } {
    return { NODE_EXTRA_CA_CERTS: join(this.folder, 'ca.pem') };
  }

  /** What it needs to find us where it looks for Google. */
  get inPlaceOfGoogle(): { [name: string]: string } {
    return { HTTPS_PROXY: `http://127.0.0.1:${portOf(this.proxy)}`, NO_PROXY: '127.0.0.1,localhost' };
  }

  /** An authority for Azure; of this kind, so that nothing is asked of the public cloud. */
  get azure(): { authority: string; tenant: string } {
    return { authority: `https://localhost:${portOf(this.service)}`, tenant: 'adfs' };
  }

  /** What such an authority says of itself. */
  azureSettings(path: string): object | undefined {
    if (!path.includes('/.well-known/')) return undefined;
    const { authority, tenant } = this.azure;
    return {
      issuer: `${authority}/${tenant}`,
      authorization_endpoint: `${authority}/${tenant}/oauth2/authorize`,
      token_endpoint: `${authority}/${tenant}/oauth2/token`,
      jwks_uri: `${authority}/${tenant}/discovery/keys`,
    };
  }

  stop(): void {
    for (const server of [this.service, this.proxy]) {
      server.closeAllConnections();
      server.close();
    }
    rmSync(this.folder, { recursive: true });
  }

  private async take(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const path = request.url ?? '';
    this.asked.push({ path, body: Buffer.concat(chunks).toString() });
    this.answer(path, response);
  }
}
