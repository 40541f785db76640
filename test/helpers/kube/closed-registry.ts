/** The reference registry with its own doors: it asks for a password, or for a token that another server gives. */
import { randomBytes } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePorts } from '../../../src/local/ports.js';
import { part } from './part.js';
import { RegistryTokens } from './registry-tokens.js';
import { ServerProcess } from './server-process.js';

/** `token`: the registry sends clients to a server that gives out tokens, as the public ones do. */
export type RegistryAuth = 'basic' | 'token';

const HOST = '127.0.0.1';

/** Of the password below: no program that makes one is everywhere. */
const BCRYPT = '$2b$04$abcdefghijklmnopqrstuue8.j0U6PyWJ/eq5/F9D5nRhR3zram.a';

export class ClosedRegistry {
  readonly folder = mkdtempSync(join(tmpdir(), 'arena-registry-'));
  readonly username = 'puller';
  readonly password = 'pull-3f9a1c';
  private server: ServerProcess | undefined;
  private tokens: RegistryTokens | undefined;

  private constructor(
    private readonly port: number,
    readonly auth: RegistryAuth,
  ) {}

  static async start(auth: RegistryAuth): Promise<ClosedRegistry> {
    const [port = 0] = await freePorts(1);
    const registry = new ClosedRegistry(port, auth);
    try {
      await registry.begin();
      return registry;
    } catch (error) {
      await registry.stop();
      throw error;
    }
  }

  /** `host:port`, as in references to images. It speaks plain HTTP. */
  get address(): string {
    return `${HOST}:${this.port}`;
  }

  /** Content of a Secret's `.dockerconfigjson`. */
  get dockerConfig(): string {
    const auth = Buffer.from(`${this.username}:${this.password}`).toString('base64');
    return JSON.stringify({ auths: { [this.address]: { auth } } });
  }

  /** An Authorization header that may do everything with the repository. */
  authorization(repository: string): { authorization: string } {
    const { auth, username, password } = this;
    if (auth === 'basic')
      return { authorization: `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}` };
    return { authorization: `Bearer ${this.tokens?.issue(repository, ['pull', 'push'])}` };
  }

  /** How often the token server gave a token. */
  get tokensGiven(): number {
    return this.tokens?.given ?? 0;
  }

  /** Repositories that the token server lets anybody pull from. */
  get open(): Set<string> {
    if (this.tokens === undefined) throw new Error('only a registry with tokens has open repositories');
    return this.tokens.open;
  }

  /** Requests that it answered so far, e.g. `GET /v2/evals/manifests/v1 200`. */
  requests(): string[] {
    const log = readFileSync(join(this.folder, 'log'), 'utf8');
    return [...log.matchAll(/"([A-Z]+ \S+) HTTP\/1\.1" (\d+) /g)].map(([, request, status]) => `${request} ${status}`);
  }

  async stop(): Promise<void> {
    await this.server?.stop();
    await this.tokens?.stop();
    rmSync(this.folder, { recursive: true, force: true, maxRetries: 3 });
  }

  private async begin(): Promise<void> {
    const config = join(this.folder, 'config.json');
    writeFileSync(config, JSON.stringify(await this.config()));
    const args = ['serve', config];
    this.server = ServerProcess.start({ program: part('registry'), args, log: join(this.folder, 'log') });
    await this.server.ready(async () => {
      const { status } = await fetch(`http://${this.address}/v2/`);
      return status === 401 || undefined;
    });
  }

  /** JSON is YAML. */
  private async config(): Promise<object> {
    const secret = randomBytes(8).toString('hex');
    const base = {
      version: 0.1,
      log: { level: 'error' },
      storage: { filesystem: { rootdirectory: join(this.folder, 'data') }, delete: { enabled: true } },
      http: { addr: this.address, secret },
    };
    if (this.auth === 'basic') {
      const path = join(this.folder, 'htpasswd');
      writeFileSync(path, `${this.username}:${BCRYPT}\n`);
      return { ...base, auth: { htpasswd: { realm: 'test', path } } };
    }
    this.tokens = await RegistryTokens.start(this.username, this.password);
    const jwks = join(this.folder, 'keys.json');
    writeFileSync(jwks, this.tokens.keys);
    const { realm, issuer, service } = this.tokens;
    return { ...base, auth: { token: { realm, service, issuer, jwks } } };
  }
}
