/** A PostgreSQL server of this machine's installation, with a data folder of its own and a database of the user's name. */
import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { freePorts } from '../../../src/local/ports.js';
import { ServerProcess } from './server-process.js';

const HOST = '127.0.0.1';
/** Where Debian keeps them, a folder a version. */
const INSTALLED = '/usr/lib/postgresql';

export class Postgres {
  readonly user = 'temporal';
  private readonly folder = mkdtempSync(join(tmpdir(), 'arena-postgres-'));
  private server: ServerProcess | undefined;

  private constructor(
    readonly port: number,
    readonly password: string,
  ) {}

  static async start(password = randomBytes(12).toString('hex')): Promise<Postgres> {
    const [port = 0] = await freePorts(1);
    const postgres = new Postgres(port, password);
    try {
      await postgres.begin();
      return postgres;
    } catch (error) {
      await postgres.stop();
      throw error;
    }
  }

  get pid(): number {
    return this.server?.pid ?? -1;
  }

  get host(): string {
    return HOST;
  }

  /** SIGKILL is what no database may mind; a clean end is quick. */
  async stop(signal: NodeJS.Signals = 'SIGQUIT'): Promise<void> {
    await this.server?.stop(signal);
    rmSync(this.folder, { recursive: true, force: true, maxRetries: 3 });
  }

  private async begin(): Promise<void> {
    const bin = programs();
    // It refuses to run as root.
    const user = process.getuid?.() === 0 ? somebodyElse() : undefined;
    const data = join(this.folder, 'data');
    const secret = join(this.folder, 'password');
    mkdirSync(data, { mode: 0o700 });
    writeFileSync(secret, this.password, { mode: 0o644 });
    chmodSync(this.folder, 0o755);
    if (user !== undefined) chownSync(data, user.uid, user.gid);
    const init = [
      '-D',
      data,
      '-U',
      this.user,
      '-A',
      'scram-sha-256',
      `--pwfile=${secret}`,
      '-E',
      'UTF8',
      '--no-sync',
      '--no-locale',
    ];
    execFileSync(join(bin, 'initdb'), init, { ...user, cwd: '/', stdio: 'pipe' });
    // As the image makes it.
    const input = `CREATE DATABASE ${this.user};\n`;
    execFileSync(join(bin, 'postgres'), ['--single', '-D', data, 'postgres'], {
      ...user,
      cwd: '/',
      input,
      stdio: 'pipe',
    });
    const settings = { listen_addresses: HOST, port: String(this.port), unix_socket_directories: '', fsync: 'off' };
    this.server = ServerProcess.start({
      program: join(bin, 'postgres'),
      args: ['-D', data, ...Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`])],
      cwd: '/',
      user,
      log: join(this.folder, 'log'),
    });
    await this.server.ready(() => this.isReady());
  }

  /** An answer of the protocol, not only an open port: it refuses a connection without encryption by the letter N. */
  private isReady(): Promise<true | undefined> {
    const REQUEST_ENCRYPTION = Buffer.from([0, 0, 0, 8, 4, 210, 22, 47]);
    return new Promise((resolve) => {
      const socket = connect(this.port, HOST, () => socket.write(REQUEST_ENCRYPTION));
      socket.on('error', () => resolve(undefined));
      socket.on('data', (data) => {
        socket.destroy();
        const log = readFileSync(join(this.folder, 'log'), 'utf8');
        resolve(data.toString() === 'N' && log.includes('ready to accept connections') ? true : undefined);
      });
    });
  }
}

/** Folder of the programs: `initdb` is rarely on PATH. */
function programs(): string {
  const versions = existsSync(INSTALLED) ? readdirSync(INSTALLED).sort((a, b) => Number(b) - Number(a)) : [];
  const folders = [
    ...(process.env.PATH ?? '').split(delimiter),
    ...versions.map((version) => join(INSTALLED, version, 'bin')),
  ];
  const found = folders.find((folder) => ['initdb', 'postgres'].every((program) => existsSync(join(folder, program))));
  if (found === undefined) throw new Error(`no PostgreSQL on PATH or in ${INSTALLED}: install the package postgresql`);
  return found;
}

function somebodyElse(): { uid: number; gid: number } {
  const users = readFileSync('/etc/passwd', 'utf8')
    .split('\n')
    .map((line) => line.split(':'));
  const found = ['postgres', 'nobody'].flatMap((name) => users.filter(([user]) => user === name))[0];
  if (found === undefined) throw new Error('PostgreSQL does not run as root, and there is no user nobody');
  return { uid: Number(found[2]), gid: Number(found[3]) };
}
