/** The life of one pod on this machine, from its volumes to its last status. */
import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { freePorts } from '../../../src/local/ports.js';
import type { ApiClient } from './api-client.js';
import { ContainerRun, type ContainerSetup } from './container-run.js';
import { type Image, type Images, imageNamed } from './image.js';
import { type Container, type ContainerStatus, NotYet, nameOf, type Pod } from './pod.js';
import { environmentOf } from './pod-environment.js';
import { podStatus } from './pod-status.js';
import { makeVolumes, mountsOf } from './pod-volumes.js';

export interface PodHost {
  api: ApiClient;
  /** Certificate in PEM that pods check the API server by. */
  ca: string;
  /** What every container is told of the API server. */
  serviceEnv: { [name: string]: string };
  images: Images;
}

const RETRY_MS = 300;

export class PodRun {
  private readonly inits: ContainerRun[] = [];
  private readonly mains: ContainerRun[] = [];
  private readonly ports = new Map<number, number>();
  private readonly startTime = new Date().toISOString();
  private waiting: { reason: string; message: string } | undefined;
  private isStopping = false;
  private isReporting = false;
  private isStale = false;
  /** Settles when no process of it is left and it will not get another. */
  readonly ended: Promise<void>;

  constructor(
    private pod: Pod,
    private readonly host: PodHost,
    private readonly folder: string,
  ) {
    this.ended = this.run();
  }

  get uid(): string {
    return this.pod.metadata.uid ?? '';
  }

  get pids(): number[] {
    return this.mains.flatMap(({ pid, status }) => (pid !== undefined && status.state.running ? [pid] : []));
  }

  /** Port of this machine that one of its containers' listens at. */
  portOf(port: number): number | undefined {
    return this.ports.get(port);
  }

  /** What its containers wrote so far, over all their starts. */
  logs(): string {
    const names = this.pod.spec.containers.map(({ name }) => name);
    return names.map((name) => read(join(this.folder, name, 'log'))).join('');
  }

  kill(): void {
    for (const container of this.mains) container.kill();
  }

  /** SIGTERM to each container, SIGKILL after the time; settles when all are gone. */
  async stop(graceMs: number): Promise<void> {
    this.isStopping = true;
    await Promise.all([...this.inits, ...this.mains].map((container) => container.stop(graceMs)));
    await this.ended;
  }

  private async run(): Promise<void> {
    const { spec } = this.pod;
    const policy = spec.restartPolicy ?? 'Always';
    const volumes = await this.whenReady(() => this.makeVolumes());
    for (const container of spec.initContainers ?? []) {
      const setup = await this.whenReady(() =>
        this.setUp(container, volumes, policy === 'Never' ? 'Never' : 'OnFailure'),
      );
      if (setup === undefined) return;
      const run = new ContainerRun(setup);
      this.inits.push(run);
      await run.ended;
      if (run.status.state.terminated?.exitCode !== 0) return this.report();
    }
    for (const container of spec.containers) {
      const setup = await this.whenReady(() => this.setUp(container, volumes, policy));
      if (setup !== undefined) this.mains.push(new ContainerRun(setup));
    }
    this.report();
    await Promise.all(this.mains.map(({ ended }) => ended));
    this.report();
  }

  /** Tries again while something that it needs is not there; undefined when the pod is stopped meanwhile. */
  private async whenReady<T>(make: () => Promise<T>): Promise<T | undefined> {
    while (!this.isStopping) {
      try {
        const made = await make();
        this.waiting = undefined;
        return made;
      } catch (error) {
        const { reason, message } =
          error instanceof NotYet ? error : { reason: 'ContainerCreating', message: String(error) };
        if (this.waiting?.message !== message) {
          this.waiting = { reason, message };
          this.report();
        }
        await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
      }
    }
    return undefined;
  }

  private makeVolumes(): Promise<Map<string, string>> {
    const folder = join(this.folder, 'volumes');
    mkdirSync(folder, { recursive: true });
    return makeVolumes(this.host.api, this.host.ca, this.pod, folder);
  }

  private async setUp(
    container: Container,
    volumes: ReadonlyMap<string, string> | undefined,
    restart: ContainerSetup['restart'],
  ): Promise<ContainerSetup> {
    const { spec } = this.pod;
    const { api, serviceEnv, images } = this.host;
    const image = imageNamed(images, container.image);
    if (image === undefined) throw new NotYet('ErrImagePull', `the stand-in has no image ${container.image}`);
    const folder = join(this.folder, container.name);
    mkdirSync(folder, { recursive: true });
    await this.allotPorts(container);
    const { fsGroup, supplementalGroups = [], ...podSecurity } = spec.securityContext ?? {};
    const security = { ...podSecurity, ...container.securityContext };
    refuseRoot(image, security.runAsNonRoot, security.runAsUser);
    return {
      container,
      image,
      env: await environmentOf(api, this.pod, container, {
        HOSTNAME: this.pod.metadata.name,
        ...serviceEnv,
        ...image.env,
      }),
      mounts: [...(image.mounts ?? []), ...mountsOf(container, volumes ?? new Map())],
      security: { ...security, groups: [...supplementalGroups, ...(fsGroup === undefined ? [] : [fsGroup])] },
      ports: this.ports,
      folder,
      restart,
      graceMs: (spec.terminationGracePeriodSeconds ?? 30) * 1000,
      changed: () => this.report(),
    };
  }

  private async allotPorts({ ports = [] }: Container): Promise<void> {
    if (this.pod.spec.hostNetwork === true) return;
    const missing = ports.map(({ containerPort }) => containerPort).filter((port) => !this.ports.has(port));
    const here = await freePorts(missing.length);
    missing.forEach((port, index) => {
      this.ports.set(port, here[index] ?? port);
    });
  }

  /** Writes the status; changes meanwhile are told together by the next write. */
  private report(): void {
    this.isStale = true;
    if (!this.isReporting) void this.write();
  }

  private async write(): Promise<void> {
    this.isReporting = true;
    const path = `/api/v1/namespaces/${nameOf(this.pod).replace('/', '/pods/')}/status`;
    // Changes of the same moment, as of many containers that start, make one write.
    await new Promise((resolve) => setTimeout(resolve, 10));
    while (this.isStale) {
      this.isStale = false;
      const status = podStatus(this.pod, this.startTime, this.statuses());
      const answer = await this.host.api
        .patch(path, { metadata: { uid: this.uid }, status })
        .catch(() => ({ status: 0 }));
      // The API server is away: what happened must be told when it is back.
      if (answer.status === 0 || answer.status >= 500) {
        this.isStale = true;
        await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
      }
    }
    this.isReporting = false;
  }

  private statuses(): { inits: ContainerStatus[]; mains: ContainerStatus[] } {
    const waiting = this.waiting ?? { reason: 'ContainerCreating', message: '' };
    const of = (container: Container, runs: ContainerRun[]): ContainerStatus => {
      const { name, image } = container;
      const found = runs.find(({ status }) => status.name === name);
      if (found !== undefined) return found.status;
      const none = { ready: false, started: false, restartCount: 0, imageID: image, lastState: {} };
      return { name, image, ...none, state: { waiting } };
    };
    return {
      inits: (this.pod.spec.initContainers ?? []).map((container) => of(container, this.inits)),
      mains: this.pod.spec.containers.map((container) => of(container, this.mains)),
    };
  }
}

/** A kubelet does not start as root what must not be. */
function refuseRoot(image: Image, mustNotBeRoot = false, user = image.user ?? 0): void {
  if (mustNotBeRoot && user === 0) {
    throw new NotYet('CreateContainerConfigError', 'container has runAsNonRoot and image will run as root');
  }
}

function read(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}
