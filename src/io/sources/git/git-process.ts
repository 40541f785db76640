/** Git as a child process that no setting of this machine, of the repository or of the other side can lead astray. */
import { mkdir, mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type SimpleGit, simpleGit } from 'simple-git';
import { ArenaError } from '../../../core/errors.js';
import type { Secrets } from '../../../core/secrets.js';
import { gitFailure } from './git-failure.js';

/** Longest output of a command that is no file: lists of refs and files. */
const MAX_LIST_BYTES = 16 * 1024 * 1024;

/** What may be downloaded, packed. */
const MAX_PACK_BYTES = 512 * 1024 * 1024;

const WATCH_MS = 200;

/** Ours alone, for as long as one fetch lasts. */
const FOLDER_PREFIX = 'arena-git-';

/** A folder of this age was left by a process that was killed; none of ours is fetched for so long. */
const ABANDONED_MS = 2 * 3600_000;

/** Proxies are an affair of the installation, and git knows the same variables as everything else here. */
const INHERITED = [
  'PATH',
  'http_proxy',
  'https_proxy',
  'HTTPS_PROXY',
  'no_proxy',
  'NO_PROXY',
  'all_proxy',
  'ALL_PROXY',
];

const SETTINGS = [
  'core.hooksPath=/dev/null',
  'core.fsmonitor=false',
  'core.askPass=',
  'credential.helper=',
  'gc.auto=0',
  'maintenance.auto=false',
  'fetch.unpackLimit=1',
  'submodule.recurse=false',
  'http.lowSpeedLimit=1',
  'http.lowSpeedTime=30',
  'protocol.version=2',
  'core.packedGitLimit=64m',
  'core.deltaBaseCacheLimit=32m',
  'pack.threads=1',
];

export interface GitProcessOptions {
  env: Readonly<Record<string, string | undefined>>;
  protocols: readonly string[];
  secrets: Secrets;
  /** Address for people. */
  shownUrl: string;
  signal: AbortSignal;
  /** When the signal will be aborted at the latest, in milliseconds from now. */
  timeoutMs: number;
}

/** A folder of the temporary ones with a bare repository, and the commands that run in it. */
export class GitProcess {
  private readonly ending = new AbortController();
  private stdin = '';
  private watch: NodeJS.Timeout | undefined;

  private constructor(
    readonly folder: string,
    private readonly options: GitProcessOptions,
  ) {}

  static async open(options: GitProcessOptions): Promise<GitProcess> {
    const temporary = options.env.TMPDIR || tmpdir();
    await removeAbandoned(temporary);
    return new GitProcess(await mkdtemp(join(temporary, FOLDER_PREFIX)), options);
  }

  private get repository(): string {
    return join(this.folder, 'repository');
  }

  /** Makes the repository. `access`: variables by which git finds credentials. */
  async prepare(access: Readonly<Record<string, string>>): Promise<GitCommands> {
    await mkdir(this.repository);
    await mkdir(join(this.folder, 'home'));
    const { signal, timeoutMs } = this.options;
    const script = join(this.folder, 'git');
    const seconds = Math.ceil(timeoutMs / 1000) + 10;
    // In a group of its own, which ends as a whole: transports are children of git. It is also a bound for the case that
    // this process dies. Where there is no such program, transports end by themselves when their pipes break.
    await writeFile(
      script,
      `if command -v timeout >/dev/null 2>&1; then exec timeout -s KILL ${seconds} git "$@"; fi\nexec git "$@"\n`,
      { flag: 'wx' },
    );
    signal.throwIfAborted();
    const stop = () => this.ending.abort(signal.reason);
    signal.addEventListener('abort', stop, { once: true });
    this.ending.signal.addEventListener('abort', () => signal.removeEventListener('abort', stop), { once: true });
    const env = this.environment(access);
    const git = simpleGit({
      baseDir: this.repository,
      binary: ['/bin/sh', script],
      config: SETTINGS,
      abort: this.ending.signal,
      allowEnvironment: Object.keys(env),
      input: () => this.stdin,
      maxConcurrentProcesses: 1,
      // All of these are set here, to values of ours. Nothing that a user writes becomes an option or a setting.
      unsafe: {
        allowUnsafeCustomBinary: true,
        allowUnsafeAskPass: true,
        allowUnsafeSshCommand: true,
        allowUnsafeConfigPaths: true,
        allowUnsafeCredentialHelper: true,
        allowUnsafeFsMonitor: true,
        allowUnsafeHooksPath: true,
        allowUnsafeTemplateDir: true,
      },
    }).env(env);
    const commands = new GitCommands(git, this.ending, this.options, this.folder, (stdin) => {
      this.stdin = stdin;
    });
    await commands.text(['init', '--quiet', '--bare', '--template=', '.']);
    this.watch = setInterval(() => void this.checkSize(), WATCH_MS);
    this.watch.unref();
    return commands;
  }

  /** Ends what runs and removes the folder with everything in it. */
  async close(): Promise<void> {
    clearInterval(this.watch);
    this.ending.abort(new Error('the fetch is over'));
    await rm(this.folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 50 });
  }

  private environment(access: Readonly<Record<string, string>>): Record<string, string> {
    const { env, protocols, secrets } = this.options;
    const inherited = INHERITED.flatMap((name) => {
      const value = env[name];
      if (value !== undefined && URL.canParse(value)) secrets.keep(decodeURIComponent(new URL(value).password));
      return value === undefined ? [] : [[name, value]];
    });
    return {
      ...Object.fromEntries(inherited),
      HOME: join(this.folder, 'home'),
      XDG_CONFIG_HOME: join(this.folder, 'home'),
      LC_ALL: 'C',
      GIT_CONFIG_NOSYSTEM: '1',
      GIT_CONFIG_GLOBAL: '/dev/null',
      GIT_ATTR_NOSYSTEM: '1',
      GIT_TERMINAL_PROMPT: '0',
      GIT_ASKPASS: '/bin/false',
      GIT_SSH_COMMAND: '/bin/false',
      GIT_ALLOW_PROTOCOL: protocols.join(':'),
      GIT_PROTOCOL_FROM_USER: '0',
      GIT_NO_REPLACE_OBJECTS: '1',
      GIT_CEILING_DIRECTORIES: this.folder,
      ...access,
    };
  }

  private async checkSize(): Promise<void> {
    const folder = join(this.repository, 'objects', 'pack');
    let bytes = 0;
    for (const name of await readdir(folder).catch(() => [])) {
      bytes += await stat(join(folder, name)).then(
        (stats) => stats.size,
        () => 0,
      );
    }
    if (bytes > MAX_PACK_BYTES) this.ending.abort(tooLarge(this.options.shownUrl));
  }
}

function tooLarge(shownUrl: string): ArenaError {
  const message = `${shownUrl} is larger than ${MAX_PACK_BYTES / 1024 / 1024} MiB`;
  return new ArenaError({ code: 'invalid_input', message, hint: 'keep bundles in a repository of their own' });
}

/** Commands in one repository, one at a time. */
export class GitCommands {
  constructor(
    private readonly git: SimpleGit,
    private readonly ending: AbortController,
    private readonly options: GitProcessOptions,
    private readonly folder: string,
    private readonly setStdin: (stdin: string) => void,
  ) {}

  /** What the command writes. Throws an `ArenaError`, or the reason of the signal. */
  text(args: string[]): Promise<string> {
    return this.run(MAX_LIST_BYTES, '', (git) => git.raw(args));
  }

  /** Contents of objects: a line of object, type and size before each, and a line feed after it. */
  contents(objects: readonly string[], maxBytes: number): Promise<Buffer> {
    const stdin = objects.map((object) => `${object}\n`).join('');
    return this.run(maxBytes, stdin, async (git) => Buffer.from(await git.binaryCatFile(['--batch'])));
  }

  private async run<T>(maxBytes: number, stdin: string, command: (git: SimpleGit) => Promise<T>): Promise<T> {
    const { signal } = this.ending;
    this.setStdin(stdin);
    this.git.outputHandler((_command, stdout, stderr) => {
      for (const stream of [stdout, stderr]) {
        let bytes = 0;
        stream.on('data', (chunk: Buffer) => {
          bytes += chunk.byteLength;
          if (bytes > maxBytes) this.ending.abort(this.tooMuch());
        });
      }
    });
    try {
      const result = await command(this.git);
      signal.throwIfAborted();
      return result;
    } catch (error) {
      if (signal.aborted) throw signal.reason;
      const said = error instanceof Error ? error.message : String(error);
      throw gitFailure(this.clean(said), this.options.shownUrl);
    }
  }

  private clean(said: string): string {
    return this.options.secrets.scrub(said.slice(0, 65_536)).replaceAll(`${this.folder}/`, '');
  }

  private tooMuch(): ArenaError {
    const message = `${this.options.shownUrl} has more branches, tags or files than are read`;
    return new ArenaError({ code: 'invalid_input', message, hint: 'keep bundles in a repository of their own' });
  }
}

async function removeAbandoned(temporary: string): Promise<void> {
  for (const name of await readdir(temporary).catch(() => [])) {
    if (!name.startsWith(FOLDER_PREFIX)) continue;
    const path = join(temporary, name);
    const age = await stat(path).then(
      (stats) => Date.now() - stats.mtimeMs,
      () => 0,
    );
    if (age > ABANDONED_MS) await rm(path, { recursive: true, force: true }).catch(() => undefined);
  }
}
