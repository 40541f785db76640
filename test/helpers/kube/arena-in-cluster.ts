/** Arena as it runs in a cluster: the shipped manifests, a worker and a controller as processes with their own accounts. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { freePorts } from '../../../src/local/ports.js';
import { TemporalServer } from '../temporal-server.js';
import { ControlPlane } from './control-plane.js';
import { kustomize } from './manifests.js';
import { ServerProcess } from './server-process.js';

const SYSTEM = 'arena-system';

export class ArenaInCluster {
  private worker: ServerProcess | undefined;
  private controller: ServerProcess | undefined;

  private constructor(
    readonly plane: ControlPlane,
    readonly temporal: TemporalServer,
    /** Port of the controller. */
    readonly port: number,
  ) {}

  /** @param namespaces that Arena may work in, made here; `env` of both processes */
  static async start(namespaces: readonly string[], env: { [name: string]: string } = {}): Promise<ArenaInCluster> {
    const plane = await ControlPlane.start();
    const [port = 0] = await freePorts(1);
    const temporal = await TemporalServer.start(plane.folder);
    const arena = new ArenaInCluster(plane, temporal, port);
    try {
      await arena.install(namespaces);
      await arena.startWorker(env);
      await arena.startController(env);
      return arena;
    } catch (error) {
      await arena.stop();
      throw error;
    }
  }

  get dataDir(): string {
    return join(this.plane.folder, 'data');
  }

  /** All that the two processes have said. */
  get logs(): string {
    return ['worker', 'controller']
      .map((name) => readFileSync(join(this.plane.folder, `${name}.log`), 'utf8'))
      .join('');
  }

  async startWorker(env: { [name: string]: string } = {}): Promise<void> {
    this.worker = await this.launch('worker', ['dist/src/worker.js'], env);
  }

  async startController(env: { [name: string]: string } = {}): Promise<void> {
    const settings = {
      ARENA_CONTROLLER_PORT: String(this.port),
      ARENA_CONTROLLER_HOST: '127.0.0.1',
      ARENA_ARTIFACT_URL: `http://127.0.0.1:${this.port}`,
      // The pod is the same one after its container was started anew.
      POD_NAME: 'arena-controller-0',
      ...env,
    };
    this.controller = await this.launch('controller', ['dist/src/cli/main.js', 'controller'], settings);
    await this.controller.ready(async () => {
      const { ok } = await fetch(`http://127.0.0.1:${this.port}/readyz`);
      return ok ? true : undefined;
    });
  }

  /** As when its node is lost. */
  async killController(): Promise<void> {
    await this.controller?.stop();
  }

  async stop(): Promise<void> {
    await this.controller?.stop();
    await this.worker?.stop();
    await this.temporal.kill();
    await this.plane.stop();
  }

  private async install(namespaces: readonly string[]): Promise<void> {
    const { plane } = this;
    const folders = ['base', 'crds', 'crds-omnia'];
    const manifests = await Promise.all(folders.map((folder) => kustomize(`k8s/manifests/${folder}`)));
    await plane.apply(manifests.join('\n---\n'));
    for (const name of namespaces) await this.addNamespace(name);
  }

  /** A namespace that Arena may work in. */
  async addNamespace(name: string): Promise<void> {
    const tenant = await kustomize('k8s/manifests/tenant');
    await this.plane.apply(`apiVersion: v1\nkind: Namespace\nmetadata:\n  name: ${name}\n`);
    const { code, stderr } = await this.plane.kubectl(['apply', '-n', name, '-f', '-'], { stdin: tenant });
    if (code !== 0) throw new Error(stderr);
  }

  /** Most memory that the process has had so far, in MB. */
  peakMemoryMb(name: 'worker' | 'controller'): number {
    const status = readFileSync(`/proc/${this[name]?.pid}/status`, 'utf8');
    return Number(/^VmHWM:\s+(\d+) kB$/m.exec(status)?.[1]) / 1024;
  }

  private async launch(name: 'worker' | 'controller', args: string[], env: { [name: string]: string }) {
    const account = await this.plane.serviceAccountFolder(`${SYSTEM}/arena-${name}`);
    return ServerProcess.start({
      program: process.execPath,
      args,
      log: join(this.plane.folder, `${name}.log`),
      env: {
        ...account.env,
        ARENA_DATA_DIR: this.dataDir,
        ARENA_LOG_LEVEL: 'debug',
        TEMPORAL_ADDRESS: this.temporal.address,
        TEMPORAL_NAMESPACE: 'default',
        ...env,
      },
    });
  }
}
