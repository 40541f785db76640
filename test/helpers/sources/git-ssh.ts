/** Repositories over ssh: a real server that lets one key in, and runs nothing but git-upload-pack. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import ssh2 from 'ssh2';

const { Server, utils } = ssh2;

export interface GitSshOptions {
  /** Folder of the bare repositories. */
  root: string;
}

export class GitSshServer {
  /** Commands that were asked for. */
  readonly asked: string[] = [];
  /** Users who came in. */
  readonly users = new Set<string>();
  /** Private key that opens it, as OpenSSH writes it. */
  readonly identity: string;
  private readonly host: { private: string; public: string };
  private readonly server: InstanceType<typeof Server>;

  private constructor(options: GitSshOptions) {
    const key = utils.generateKeyPairSync('ed25519', {});
    this.host = utils.generateKeyPairSync('ed25519', {});
    this.identity = key.private;
    const allowed = utils.parseKey(key.public);
    if (allowed instanceof Error) throw allowed;
    this.server = new Server({ hostKeys: [this.host.private] }, (client) => {
      client.on('error', () => undefined);
      client.on('authentication', (context) => {
        const isKnown = context.method === 'publickey' && allowed.getPublicSSH().equals(context.key.data);
        const isSigned =
          context.method === 'publickey' &&
          (context.signature === undefined ||
            context.blob === undefined ||
            allowed.verify(context.blob, context.signature, context.hashAlgo) === true);
        if (!isKnown || !isSigned) return context.reject(['publickey']);
        this.users.add(context.username);
        context.accept();
      });
      client.on('session', (accept) => {
        const session = accept();
        const env: { [name: string]: string } = {};
        session.on('env', (acceptEnv, _reject, { key: name, val }) => {
          if (name === 'GIT_PROTOCOL') env.GIT_PROTOCOL = val;
          acceptEnv?.();
        });
        session.on('exec', (acceptExec, reject, { command }) => {
          this.asked.push(command);
          const [, path] = /^git-upload-pack '\/([\w.-]+)'$/.exec(command) ?? [];
          if (path === undefined) return reject();
          const channel = acceptExec();
          const child = spawn('git', ['upload-pack', '--strict', `${options.root}/${path}`], {
            env: { PATH: process.env.PATH, GIT_CONFIG_NOSYSTEM: '1', ...env },
          });
          channel.pipe(child.stdin);
          child.stdin.on('error', () => undefined);
          child.stdout.pipe(channel, { end: false });
          child.stderr.pipe(channel.stderr, { end: false });
          child.on('close', (code) => {
            channel.exit(code ?? 1);
            channel.end();
          });
        });
      });
    });
  }

  static async start(options: GitSshOptions): Promise<GitSshServer> {
    const server = new GitSshServer(options);
    server.server.listen(0, '127.0.0.1');
    await once(server.server, 'listening');
    return server;
  }

  get origin(): string {
    return `ssh://127.0.0.1:${this.port}`;
  }

  /** The lines of ssh-keyscan. */
  get knownHosts(): string {
    return this.knownAs(this.host.public);
  }

  /** The lines of somebody else's host. */
  get wrongHosts(): string {
    return this.knownAs(utils.generateKeyPairSync('ed25519', {}).public);
  }

  /** A key that opens nothing. */
  static strange(): string {
    return utils.generateKeyPairSync('ed25519', {}).private;
  }

  /** A key behind a passphrase. */
  static locked(): string {
    return utils.generateKeyPairSync('ed25519', { passphrase: 'long enough', cipher: 'aes256-ctr', rounds: 16 })
      .private;
  }

  async stop(): Promise<void> {
    await new Promise<void>((resolve) => this.server.close(() => resolve()));
  }

  private get port(): number {
    return (this.server.address() as AddressInfo).port;
  }

  private knownAs(publicKey: string): string {
    return `[127.0.0.1]:${this.port} ${publicKey.split(' ').slice(0, 2).join(' ')}\n`;
  }
}
