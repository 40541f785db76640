/** A server that gives out tokens for a registry, after the token specification of the distribution project. */
import { generateKeyPairSync, randomUUID, sign } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

const KEY_ID = 'test-key';

interface Access {
  type: string;
  name: string;
  actions: string[];
}

export class RegistryTokens {
  readonly issuer = 'test-issuer';
  readonly service = 'test-registry';
  /** How often it gave one. */
  given = 0;
  /** Repositories that anybody may pull from. */
  readonly open = new Set<string>();
  private readonly pair = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  private readonly server: Server;

  private constructor(
    private readonly username: string,
    private readonly password: string,
  ) {
    this.server = createServer((request, response) => {
      const { searchParams } = new URL(request.url ?? '', 'http://localhost');
      const isKnown = this.isKnown(request);
      if (request.headers.authorization !== undefined && !isKnown) {
        response.writeHead(401).end();
        return;
      }
      this.given += 1;
      const access = searchParams.getAll('scope').flatMap((scope) => this.grant(scope, isKnown));
      response.setHeader('content-type', 'application/json');
      response.end(JSON.stringify({ token: this.signed(access), expires_in: 300 }));
    });
  }

  static async start(username: string, password: string): Promise<RegistryTokens> {
    const tokens = new RegistryTokens(username, password);
    tokens.server.listen(0, '127.0.0.1');
    await once(tokens.server, 'listening');
    return tokens;
  }

  get realm(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}/token`;
  }

  /** The keys that it signs with, as a JSON Web Key Set. */
  get keys(): string {
    const key = this.pair.publicKey.export({ format: 'jwk' });
    return JSON.stringify({ keys: [{ ...key, kid: KEY_ID, use: 'sig', alg: 'ES256' }] });
  }

  /** A token without asking for it. */
  issue(repository: string, actions: string[]): string {
    return this.signed([{ type: 'repository', name: repository, actions }]);
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }

  private isKnown({ headers }: IncomingMessage): boolean {
    const expected = Buffer.from(`${this.username}:${this.password}`).toString('base64');
    return headers.authorization === `Basic ${expected}`;
  }

  /** What of a scope such as `repository:evals/shop:pull` is allowed. */
  private grant(scope: string, isKnown: boolean): Access[] {
    const [type = '', name = '', actions = ''] = scope.split(':');
    const allowed = actions.split(',').filter((action) => isKnown || (action === 'pull' && this.open.has(name)));
    return [{ type, name, actions: allowed }];
  }

  private signed(access: Access[]): string {
    const now = Math.floor(Date.now() / 1000);
    const { issuer: iss, service: aud, username: sub } = this;
    const claims = { iss, aud, sub, iat: now, nbf: now - 10, exp: now + 300, jti: randomUUID(), access };
    const parts = [{ typ: 'JWT', alg: 'ES256', kid: KEY_ID }, claims].map((part) =>
      Buffer.from(JSON.stringify(part)).toString('base64url'),
    );
    const text = parts.join('.');
    const signature = sign('sha256', Buffer.from(text), { key: this.pair.privateKey, dsaEncoding: 'ieee-p1363' });
    return `${text}.${signature.toString('base64url')}`;
  }
}
