/**
 * A stand-in for a node: it takes pods (no scheduler runs) and runs their containers as processes of this machine, each
 * pod with a token of its own service account, so that what it may do is decided by the API server.
 */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { waitFor } from '../wait-for.js';
import type { ControlPlane } from './control-plane.js';
import { ARENA_IMAGE, type Images } from './image.js';
import { nameOf, type Pod } from './pod.js';
import { PodRun } from './pod-run.js';

export interface KubeletOptions {
  /** Only pods of this namespace are taken. Default: all. */
  namespace?: string;
  /** Default: `arena` is the built checkout. */
  images?: Images;
}

const NODE = 'stand-in';
const HEARTBEAT_MS = 10_000;

export class Kubelet {
  private readonly folder = mkdtempSync(join(tmpdir(), 'arena-kubelet-'));
  private readonly end = new AbortController();
  private readonly pods = new Map<string, PodRun>();
  private readonly leaving = new Map<string, Promise<void>>();
  private readonly heartbeat: NodeJS.Timeout;
  private loop: Promise<void> = Promise.resolve();
  /** While true, pods without a node stay so: a cluster that is full. */
  isFull = false;

  private constructor(
    private readonly plane: ControlPlane,
    private readonly options: KubeletOptions,
  ) {
    this.heartbeat = setInterval(() => void this.beat().catch(() => undefined), HEARTBEAT_MS);
  }

  static async start(plane: ControlPlane, options: KubeletOptions = {}): Promise<Kubelet> {
    const kubelet = new Kubelet(plane, options);
    const node = { apiVersion: 'v1', kind: 'Node', metadata: { name: NODE, labels: { 'kubernetes.io/os': 'linux' } } };
    await plane.node.request('POST', '/api/v1/nodes', node);
    await kubelet.beat();
    kubelet.loop = kubelet.follow();
    return kubelet;
  }

  /** Names of the pods (`namespace/name`) that have a living process. */
  running(namespace?: string): string[] {
    const names = [...this.pods].flatMap(([name, { pids }]) => (pids.length > 0 ? [name] : []));
    return names.filter((name) => namespace === undefined || name.startsWith(`${namespace}/`)).sort();
  }

  /** Process ids of a pod's containers (`namespace/name`). */
  pids(name: string): number[] {
    return this.find(name).pids;
  }

  /** Port of this machine that a container's port of the pod is reached at. */
  portOf(name: string, port: number): number {
    const found = this.find(name).portOf(port);
    if (found === undefined) throw new Error(`${name} declares no port ${port}`);
    return found;
  }

  /** What the containers of the pod wrote. */
  logs(name: string): string {
    return this.find(name).logs();
  }

  /** SIGKILL to all its containers; what its restart policy says follows. */
  killPod(name: string): void {
    this.find(name).kill();
  }

  /** Ends all processes at once and removes what they wrote; the objects stay in the API server. */
  async stop(): Promise<void> {
    clearInterval(this.heartbeat);
    this.end.abort();
    await this.loop;
    await Promise.all([...this.pods.values()].map((pod) => pod.stop(0)));
    await Promise.all(this.leaving.values());
    rmSync(this.folder, { recursive: true, force: true, maxRetries: 3 });
  }

  private find(name: string): PodRun {
    const pod = this.pods.get(name);
    if (pod === undefined) throw new Error(`no pod ${name} here, only ${[...this.pods.keys()].join(', ')}`);
    return pod;
  }

  private async beat(): Promise<void> {
    const ready = {
      type: 'Ready',
      status: 'True',
      reason: 'KubeletReady',
      lastHeartbeatTime: new Date().toISOString(),
    };
    const room = { cpu: '64', memory: '256Gi', pods: '1000' };
    const status = { conditions: [ready], capacity: room, allocatable: room };
    await this.plane.node.patch(`/api/v1/nodes/${NODE}/status`, { status }, 'strategic');
  }

  /** Sees every pod once, then every change; begins anew when the API server goes away. */
  private async follow(): Promise<void> {
    const { namespace } = this.options;
    const path = namespace === undefined ? '/api/v1/pods' : `/api/v1/namespaces/${namespace}/pods`;
    while (!this.end.signal.aborted) {
      const version = await this.look(path).catch(() => undefined);
      if (version !== undefined) await this.listen(path, version);
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }

  private async look(path: string): Promise<string> {
    const list = await this.plane.node.get<{ items: Pod[]; metadata: { resourceVersion: string } }>(path);
    const present = new Set(list.items.map(nameOf));
    for (const name of this.pods.keys()) if (!present.has(name)) this.forget(name);
    for (const pod of list.items) this.see(pod);
    return list.metadata.resourceVersion;
  }

  private async listen(path: string, version: string): Promise<void> {
    const query = `watch=true&allowWatchBookmarks=true&resourceVersion=${version}`;
    for await (const { type, object } of this.plane.node.watch<Pod>(`${path}?${query}`, this.end.signal)) {
      if (type === 'ERROR') return;
      if (type === 'DELETED') this.forget(nameOf(object), object.metadata.uid);
      else if (type !== 'BOOKMARK') this.see(object);
    }
  }

  private see(pod: Pod): void {
    const name = nameOf(pod);
    const { nodeName } = pod.spec;
    if (nodeName === undefined) {
      if (!this.isFull && pod.metadata.deletionTimestamp === undefined) void this.bind(pod);
      return;
    }
    if (nodeName !== NODE) return;
    const isOver = ['Succeeded', 'Failed'].includes(pod.status?.phase ?? '');
    const known = this.pods.get(name);
    // A pod of the same name, as a StatefulSet makes them: the old one ends first.
    if (known !== undefined && known.uid !== pod.metadata.uid) this.forget(name);
    if (pod.metadata.deletionTimestamp !== undefined) this.remove(pod);
    else if (known?.uid !== pod.metadata.uid && !isOver) this.take(name, pod);
  }

  private take(name: string, pod: Pod): void {
    const folder = join(this.folder, pod.metadata.uid ?? '');
    mkdirSync(folder, { recursive: true });
    const { node: api, ca, serviceEnv } = this.plane;
    const images = this.options.images ?? { arena: ARENA_IMAGE };
    this.pods.set(name, new PodRun(pod, { api, ca, serviceEnv, images }, folder));
  }

  private async bind({ metadata: { name, namespace, uid } }: Pod): Promise<void> {
    const target = { apiVersion: 'v1', kind: 'Node', name: NODE };
    const binding = { apiVersion: 'v1', kind: 'Binding', metadata: { name, uid }, target };
    const path = `/api/v1/namespaces/${namespace}/pods/${name}/binding`;
    await this.plane.node.request('POST', path, binding).catch(() => undefined);
  }

  /** Ends a pod that is to be deleted within its time, then lets its object go. */
  private remove(pod: Pod): void {
    const name = nameOf(pod);
    const uid = pod.metadata.uid ?? '';
    if (this.leaving.has(uid)) return;
    const graceMs = (pod.metadata.deletionGracePeriodSeconds ?? 30) * 1000;
    const leave = async () => {
      await this.pods.get(name)?.stop(graceMs);
      const path = `/api/v1/namespaces/${pod.metadata.namespace}/pods/${pod.metadata.name}`;
      const options = { gracePeriodSeconds: 0, preconditions: { uid } };
      await waitFor(`the deletion of ${name}`, async () => {
        if (this.end.signal.aborted) return true;
        const answer = await this.plane.node.request('DELETE', path, options).catch(() => ({ status: 0 }));
        return answer.status === 0 || answer.status >= 500 ? undefined : true;
      });
    };
    this.leaving.set(
      uid,
      leave().catch(() => undefined),
    );
  }

  /** A pod whose object is gone. */
  private forget(name: string, uid?: string): void {
    const pod = this.pods.get(name);
    if (pod === undefined || (uid !== undefined && pod.uid !== uid)) return;
    this.pods.delete(name);
    this.leaving.set(pod.uid, pod.stop(0));
  }
}
