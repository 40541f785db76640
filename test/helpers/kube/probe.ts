/** Asking a container how it is, again and again. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect } from 'node:net';
import { Agent, request } from 'undici';
import { canIsolate } from './container-root.js';
import type { Probe } from './pod.js';

/** A kubelet asks every ten seconds when it is not told; tests have no such time. */
const MOST_BETWEEN_MS = 500;

const HOST = '127.0.0.1';

export class ProbeLoop {
  private isStopped = false;
  private isGood: boolean | undefined;
  private same = 0;
  private readonly agent = new Agent({ connect: { rejectUnauthorized: false } });

  /**
   * @param probe Absent = always good.
   * @param portOf The port of this machine that a number or name of the container's stands for.
   * @param changed Called with the first verdict and with each other one.
   */
  constructor(
    private readonly probe: Probe | undefined,
    private readonly portOf: (port: number | string) => number | undefined,
    private readonly pidOf: () => number | undefined,
    private readonly changed: (isGood: boolean) => void,
  ) {
    void this.run();
  }

  stop(): void {
    this.isStopped = true;
    void this.agent.destroy();
  }

  private async run(): Promise<void> {
    // Not in the caller's turn: it has not kept this loop yet.
    await Promise.resolve();
    const { probe } = this;
    if (probe === undefined) return this.isStopped ? undefined : this.changed(true);
    const { initialDelaySeconds = 0, periodSeconds = 10 } = probe;
    const periodMs = Math.min(periodSeconds * 1000, MOST_BETWEEN_MS);
    await sleep(initialDelaySeconds * 1000);
    while (!this.isStopped) {
      this.take(await this.ask(probe), probe);
      await sleep(periodMs);
    }
  }

  private take(answer: boolean, { failureThreshold = 3, successThreshold = 1, periodSeconds = 10 }: Probe): void {
    if (this.isStopped) return;
    if (answer === this.isGood) {
      this.same = 0;
      return;
    }
    this.same += 1;
    // Asked more often, it may fail as much more often: the time that it has to recover is its manifest's.
    const failures = failureThreshold * Math.max(1, (periodSeconds * 1000) / MOST_BETWEEN_MS);
    if (this.same < (answer ? successThreshold : failures)) return;
    this.same = 0;
    this.isGood = answer;
    this.changed(answer);
  }

  private async ask({ httpGet, tcpSocket, exec, timeoutSeconds = 1 }: Probe): Promise<boolean> {
    const timeout = timeoutSeconds * 1000;
    try {
      if (httpGet !== undefined) return await this.get(httpGet, timeout);
      if (tcpSocket !== undefined) return await opens(this.portOf(tcpSocket.port) ?? 0, timeout);
      return exec === undefined ? true : await runs(this.inside(exec.command), timeout);
    } catch {
      return false;
    }
  }

  private async get({ path = '/', port, scheme = 'HTTP' }: NonNullable<Probe['httpGet']>, timeoutMs: number) {
    const url = `${scheme.toLowerCase()}://${HOST}:${this.portOf(port)}${path}`;
    const signal = AbortSignal.timeout(timeoutMs);
    const { statusCode, body } = await request(url, { dispatcher: this.agent, signal });
    await body.dump();
    return statusCode >= 200 && statusCode < 400;
  }

  private inside(command: readonly string[]): string[] {
    const pid = String(this.pidOf() ?? 0);
    return canIsolate() ? ['nsenter', '-t', pid, '-m', '-r', '-w', '--', ...command] : [...command];
  }
}

async function opens(port: number, timeoutMs: number): Promise<boolean> {
  const socket = connect({ port, host: HOST, timeout: timeoutMs });
  try {
    const [first] = await Promise.race([
      once(socket, 'connect').then(() => [true]),
      once(socket, 'timeout').then(() => [false]),
    ]);
    return first ?? false;
  } finally {
    socket.destroy();
  }
}

async function runs([program = '', ...args]: string[], timeoutMs: number): Promise<boolean> {
  const child = spawn(program, args, { stdio: 'ignore', timeout: timeoutMs, killSignal: 'SIGKILL' });
  await once(child, 'exit');
  return child.exitCode === 0;
}

const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
