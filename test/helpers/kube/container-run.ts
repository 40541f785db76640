/** One container of a pod as a process of this machine, with its probes, started again as its pod's policy says. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, mkdirSync, openSync } from 'node:fs';
import { join } from 'node:path';
import { type ContainerView, canIsolate, isolated, relocated } from './container-root.js';
import type { Image } from './image.js';
import type { Container, ContainerState, ContainerStatus, SecurityContext } from './pod.js';
import { type Environment, expand } from './pod-environment.js';
import type { Mount } from './pod-volumes.js';
import { ProbeLoop } from './probe.js';
import { tied } from './server-process.js';

export interface ContainerSetup {
  container: Container;
  image: Image;
  env: Environment;
  mounts: readonly Mount[];
  security: SecurityContext & { groups: readonly number[] };
  /** Port of this machine by port of the container. */
  ports: ReadonlyMap<number, number>;
  /** Takes its output and its empty root. */
  folder: string;
  restart: 'Always' | 'OnFailure' | 'Never';
  graceMs: number;
  /** Called whenever the status is another. */
  changed: () => void;
}

/** Waiting times before the next start: a container that goes on failing is started ever more rarely. */
const BACKOFF_MS = [0, 500, 1000, 2000, 5000, 10_000];

export class ContainerRun {
  readonly status: ContainerStatus;
  private child: ChildProcess | undefined;
  private stopping = false;
  private probes: ProbeLoop[] = [];
  private wake: (() => void) | undefined;
  /** Settles when it will not be started again. */
  readonly ended: Promise<void>;

  constructor(private readonly setup: ContainerSetup) {
    const { name, image } = setup.container;
    const state = { waiting: { reason: 'ContainerCreating' } };
    const none = { ready: false, started: false, restartCount: 0, imageID: image };
    this.status = { name, image, ...none, state, lastState: {} };
    this.ended = this.run();
  }

  get pid(): number | undefined {
    return this.child?.pid;
  }

  /** Ends its processes at once, as when the machine runs out of memory. */
  kill(): void {
    if (this.child !== undefined) signalGroup(this.child, 'SIGKILL');
  }

  /** SIGTERM, then SIGKILL after the time; it is not started again. */
  async stop(graceMs: number): Promise<void> {
    this.stopping = true;
    this.wake?.();
    await this.terminate(graceMs);
    await this.ended;
  }

  private async terminate(graceMs: number): Promise<void> {
    const { child } = this;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const exit = once(child, 'exit');
    child.kill('SIGTERM');
    const timer = setTimeout(() => signalGroup(child, 'SIGKILL'), graceMs);
    await exit;
    clearTimeout(timer);
  }

  private async run(): Promise<void> {
    for (let failures = 0; !this.stopping; failures += 1) {
      const startedAt = now();
      const end = await this.runOnce(startedAt);
      const terminated = { ...end, startedAt, finishedAt: now() };
      this.set({ ready: false, started: false, state: { terminated } });
      const { restart } = this.setup;
      const isOver = restart === 'Never' || (restart === 'OnFailure' && end.exitCode === 0);
      if (isOver || this.stopping) return;
      await this.pause(BACKOFF_MS[Math.min(failures, BACKOFF_MS.length - 1)] ?? 0, terminated);
    }
  }

  private async runOnce(startedAt: string): Promise<{ exitCode: number; signal?: number; reason: string }> {
    const child = this.spawn();
    this.child = child;
    const exit = once(child, 'exit').catch((error: Error) => error);
    this.set({ state: { running: { startedAt } } });
    this.startProbes();
    const outcome = await exit;
    for (const probe of this.probes) probe.stop();
    if (outcome instanceof Error) return { exitCode: 128, reason: 'StartError' };
    // What it started ends with it, as everything in a container does.
    signalGroup(child, 'SIGKILL');
    const { exitCode, signalCode } = child;
    if (signalCode === 'SIGKILL') return { exitCode: 137, reason: 'Error' };
    if (signalCode === 'SIGTERM') return { exitCode: 143, reason: 'Error' };
    return { exitCode: exitCode ?? 1, reason: exitCode === 0 ? 'Completed' : 'Error' };
  }

  private async pause(delayMs: number, terminated: ContainerState['terminated']): Promise<void> {
    const restartCount = this.status.restartCount + 1;
    const waiting = { reason: 'CrashLoopBackOff' };
    this.set({ restartCount, lastState: { terminated }, ...(delayMs > 0 ? { state: { waiting } } : {}) });
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, delayMs);
      this.wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  private spawn(): ChildProcess {
    const { container, image, mounts, folder } = this.setup;
    const words = [...(container.command ?? image.entrypoint), ...this.args()];
    const env = this.portedEnv();
    const command = words.map((word) => this.ported(expand(word, env)));
    const log = openSync(join(folder, 'log'), 'a');
    const workingDir = container.workingDir ?? image.workingDir ?? '/';
    const isolates = canIsolate();
    const local = (text: string) => (isolates ? text : relocated(text, mounts));
    const [program = '', ...rest] = isolates ? isolated(command, this.view(workingDir)) : tied(command.map(local));
    const child = spawn(program, rest, {
      cwd: isolates ? '/' : local(workingDir),
      env: Object.fromEntries(Object.entries(env).map(([name, value]) => [name, local(value)])),
      stdio: ['ignore', log, log],
      // A group of its own: what it starts can be ended with it.
      detached: true,
    });
    closeSync(log);
    return child;
  }

  private args(): readonly string[] {
    const { container, image } = this.setup;
    return container.args ?? (container.command === undefined ? (image.cmd ?? []) : []);
  }

  private view(workingDir: string): ContainerView {
    const { folder, mounts, security, image } = this.setup;
    const root = join(folder, 'root');
    mkdirSync(root, { recursive: true });
    return {
      mounts,
      workingDir,
      root,
      readOnlyRoot: security.readOnlyRootFilesystem ?? false,
      user: security.runAsUser ?? image.user,
      group: security.runAsGroup,
      groups: security.groups,
      noNewPrivileges: security.allowPrivilegeEscalation === false,
    };
  }

  private portedEnv(): Environment {
    return Object.fromEntries(Object.entries(this.setup.env).map(([name, value]) => [name, this.ported(value)]));
  }

  /**
   * Pods share this machine's network, so each port of a container is another here: a word that is the port, or an
   * address or setting that ends with it, names the other. Addresses with a scheme are those of others.
   */
  private ported(word: string): string {
    if (word.includes('://')) return word;
    return word.replace(/(^|[:=])(\d+)$/, (whole, before: string, port: string) => {
      const here = this.setup.ports.get(Number(port));
      return here === undefined ? whole : `${before}${here}`;
    });
  }

  private startProbes(): void {
    const { container, ports } = this.setup;
    const { startupProbe, readinessProbe, livenessProbe } = container;
    const portOf = (port: number | string) => {
      const number =
        typeof port === 'number' ? port : container.ports?.find(({ name }) => name === port)?.containerPort;
      return number === undefined ? undefined : (ports.get(number) ?? number);
    };
    const loop = (probe: Container['readinessProbe'], changed: (isGood: boolean) => void) =>
      new ProbeLoop(probe, portOf, () => this.pid, changed);
    this.probes = [
      loop(startupProbe, (isGood) => {
        if (!isGood) return void this.terminate(this.setup.graceMs);
        this.set({ started: true });
        this.probes.push(
          loop(readinessProbe, (isReady) => this.set({ ready: isReady })),
          ...(livenessProbe === undefined
            ? []
            : [loop(livenessProbe, (isAlive) => !isAlive && void this.terminate(this.setup.graceMs))]),
        );
      }),
    ];
  }

  private set(change: Partial<ContainerStatus>): void {
    Object.assign(this.status, change);
    this.setup.changed();
  }
}

function signalGroup({ pid }: ChildProcess, signal: NodeJS.Signals): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, signal);
  } catch {
    // Nobody of it is left.
  }
}

/** The API server keeps whole seconds. */
const now = (): string => new Date().toISOString().replace(/\.\d+Z$/, 'Z');
