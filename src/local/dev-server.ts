/** One Temporal dev server as a child process: started, made ready, started again when it dies, stopped. */
import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, fstatSync, openSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { ARENA_SEARCH_ATTRIBUTES } from '../core/search-attributes.js';
import { databaseFile, type EnginePorts, engineLogFile, NAMESPACE } from './engine-state.js';
import { identityOf, type ProcessIdentity } from './process-identity.js';

/** Histories of closed runs stay this long. The reports and records in the store stay until they are removed. */
const RETENTION_SECONDS = 30 * 24 * 3600;

const READY_TIMEOUT_MS = 60_000;
const MAX_RESTART_DELAY_MS = 2000;
/**
 * The server takes further ports of its own choice, and looks for free ones before it opens them: another program, even
 * an outgoing connection, may come between. It then ends at once, and does well when it is started again.
 */
const START_TRIES = 5;
const FIRST_RETRY_MS = 100;
/** Of what it logged; a panic says first what is wrong. */
const FIRST_LINES = 3;

/**
 * How the server keeps its state. With a write-ahead log that is synced at checkpoints a killed server loses nothing,
 * and each step of a workflow takes half the time; only the whole machine losing power may undo the last steps, which
 * then run again. Eager execution hands a short activity to the worker that asked for it without a detour.
 */
export const ENGINE_SETTINGS = [
  ...['--sqlite-pragma', 'journal_mode=wal', '--sqlite-pragma', 'synchronous=1'],
  ...['--dynamic-config-value', 'system.enableActivityEagerExecution=true'],
];

export class DevServer {
  private child: ChildProcess | undefined;
  private stopping = false;
  private failures = 0;

  constructor(
    private readonly folder: string,
    private readonly binary: string,
    private readonly ports: EnginePorts,
    /** Called with each new process, the first one included, as soon as it answers. */
    private readonly onReady: (server: ProcessIdentity) => Promise<void>,
  ) {}

  /** Settles when the server answers; rejects when it ends before, each of several times, or does not answer in time. */
  async start(): Promise<void> {
    for (let tries = 1; ; tries += 1) {
      const { child, ended, failure } = await this.launch();
      if (failure === undefined) {
        const server = identityOf(child.pid ?? 0);
        if (server !== undefined) await this.onReady(server);
        this.failures = 0;
        void ended.then(() => this.restart());
        return;
      }
      const endedByItself = child.exitCode !== null;
      child.kill('SIGKILL');
      if (!endedByItself || tries === START_TRIES || this.stopping) {
        throw new Error(`the Temporal dev server did not start: ${failure}`);
      }
      await new Promise((resolve) => setTimeout(resolve, FIRST_RETRY_MS * 2 ** (tries - 1)));
    }
  }

  /** One process; `failure` says why it is not to be had. */
  private async launch(): Promise<{ child: ChildProcess; ended: Promise<string>; failure: string | undefined }> {
    const file = engineLogFile(this.folder);
    const log = openSync(file, 'a');
    const logged = fstatSync(log).size;
    const child = spawn(this.binary, this.args(), { stdio: ['ignore', log, log] });
    closeSync(log);
    this.child = child;
    const ended = new Promise<string>((resolve) => {
      child.once('error', (error) => resolve(error.message));
      child.once('exit', (code, signal) => resolve(`it ended with ${signal ?? `code ${code}`}`));
    });
    const giveUp = new AbortController();
    const reason = await Promise.race([ended, this.becomeReady(giveUp.signal)]);
    giveUp.abort();
    if (reason === undefined) return { child, ended, failure: undefined };
    const said = (await readFile(file)).subarray(logged).toString('utf8').trim().split('\n').slice(0, FIRST_LINES);
    return { child, ended, failure: [reason, ...said].join('\n').trim() };
  }

  /** SIGKILL after `graceMs`; the SQLite file is safe either way. */
  async stop(graceMs: number): Promise<void> {
    this.stopping = true;
    const child = this.child;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const ended = new Promise((resolve) => child.once('exit', resolve));
    const timer = setTimeout(() => child.kill('SIGKILL'), graceMs);
    if (graceMs > 0) child.kill('SIGTERM');
    await ended;
    clearTimeout(timer);
  }

  /** Always on the same file and ports: whoever is connected comes back by itself. */
  private async restart(): Promise<void> {
    while (!this.stopping) {
      const delay = Math.min(MAX_RESTART_DELAY_MS, 50 * 2 ** this.failures);
      await new Promise((resolve) => setTimeout(resolve, delay));
      if (this.stopping) return;
      this.failures += 1;
      const started = await this.start().then(
        () => true,
        () => false,
      );
      if (started) return;
    }
  }

  private args(): string[] {
    const { grpc, http, ui } = this.ports;
    return [
      ...['server', 'start-dev', '--ip', '127.0.0.1', '--log-level', 'error'],
      ...['--db-filename', databaseFile(this.folder)],
      ...ENGINE_SETTINGS,
      ...['--port', String(grpc), '--http-port', String(http), '--ui-port', String(ui)],
      ...ARENA_SEARCH_ATTRIBUTES.flatMap((name) => ['--search-attribute', `${name}=Keyword`]),
    ];
  }

  /** Undefined when all is well, else the reason. Over the HTTP API: the SDK's client takes longer to load than all of this. */
  private async becomeReady(signal: AbortSignal): Promise<string | undefined> {
    const url = `http://127.0.0.1:${this.ports.http}/api/v1/namespaces/${NAMESPACE}`;
    const deadline = Date.now() + READY_TIMEOUT_MS;
    const retention = JSON.stringify({ config: { workflowExecutionRetentionTtl: `${RETENTION_SECONDS}s` } });
    const headers = { 'content-type': 'application/json' };
    while (!signal.aborted) {
      const request = { method: 'POST', headers, body: retention, signal };
      const response = await fetch(`${url}/update`, request).catch(() => undefined);
      await response?.body?.cancel();
      if (response?.ok) return undefined;
      if (Date.now() > deadline) return `it gave no answer for ${READY_TIMEOUT_MS / 1000} s`;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    return undefined;
  }
}
