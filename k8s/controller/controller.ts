/**
 * The loop: changes of the cluster and ends of workflows become keys in a queue, and reconcilers bring one object after the
 * other to how it should be. Nothing is decided here, and nothing is lost with this process: it begins by looking at all.
 */
import { hostname } from 'node:os';
import type { ObjectKey } from '../../src/cluster/cluster-reader.js';
import { ArtifactAccess } from './artifact-access.js';
import { ArtifactDownload, type ArtifactDownloadOptions } from './artifact-download.js';
import { atMost, type Clock, pause } from './clock.js';
import { WatchedCluster } from './cluster.js';
import { EventRecorder } from './event-recorder.js';
import { HttpServer } from './http-server.js';
import { Informer } from './informer.js';
import type { KubeAccess } from './kube-access.js';
import { KubeClient } from './kube-client.js';
import { KubeError, KubeHttp } from './kube-http.js';
import { LeaderElection } from './leader.js';
import { ControllerMetrics } from './metrics.js';
import type { Change } from './object-cache.js';
import type { Cluster, KubeObject, Reconciler, ReconcilerDeps, WatchedKind } from './ports.js';
import { kindsAreMissing, missingKinds, OWN_KINDS, refuseBesideOmnia } from './preconditions.js';
import { type QueueKey, WorkQueue } from './work-queue.js';
import { JOB_LABEL } from './workers/worker-deployment.js';

export interface ControllerOptions {
  access: KubeAccess;
  /** Absent: all namespaces. */
  namespaces: readonly string[] | undefined;
  lease: ObjectKey;
  /** Who this process is in the Lease. */
  identity: string;
  /** Objects that are looked at at the same time. */
  parallel: number;
  /** Each object is looked at once more when nothing has changed for so long. */
  resyncMs: number;
  host: string;
  port: number;
  clock: Clock;
  log: ReconcilerDeps['log'];
  reconcilers(cluster: Cluster): readonly Reconciler[];
  /** Beside the reconcilers, as long as this controller leads; until the signal. Never throws. */
  whileLeading(signal: AbortSignal): Promise<void>;
  /** What else is missing to be ready; undefined: nothing. */
  problem(): string | undefined;
  artifacts: Pick<ArtifactDownloadOptions, 'read' | 'unpack'>;
}

const WATCHED: readonly { kind: WatchedKind; optional: boolean; labelSelector?: string }[] = [
  ...OWN_KINDS.map((kind) => ({ kind, optional: false })),
  { kind: 'Provider', optional: true },
  { kind: 'AgentRuntime', optional: true },
  { kind: 'ToolRegistry', optional: true },
  { kind: 'Deployment', optional: false, labelSelector: JOB_LABEL },
];

/** CRDs that come with the same `helm install` take a moment to be served. */
const KINDS_WITHIN_MS = 5_000;
const RETRY_MS = 1_000;

/** For what has begun to end after a request to stop. */
const STOP_MS = 20_000;
const FLUSH_MS = 2_000;

export class Controller {
  private readonly metrics = new ControllerMetrics();
  private readonly client: KubeClient;
  private readonly informers: { readonly [K in WatchedKind]: Informer };
  private readonly events: EventRecorder;
  private readonly cluster: Cluster;
  private readonly reconcilers: ReadonlyMap<string, Reconciler>;
  private readonly queue: WorkQueue;
  private readonly leader: LeaderElection;
  private leading: { scope: AbortController; ended: Promise<void> } | undefined;
  private allowed = false;

  constructor(private readonly options: ControllerOptions) {
    const { access, clock, log, namespaces, lease, identity, parallel } = options;
    const http = new KubeHttp(access, (verb, status) => this.metrics.requested(verb, status));
    this.client = new KubeClient(http);
    const informers = WATCHED.map((watched) => {
      const { kind } = watched;
      const onRestart = (reason: string): void => this.metrics.watchRestarted(kind, reason);
      const onChange = (change: Change): void => this.changed(change);
      return [
        kind,
        new Informer({ ...watched, namespaces, client: this.client, clock, log, onChange, onRestart }),
      ] as const;
    });
    this.informers = Object.fromEntries(informers) as { [K in WatchedKind]: Informer };
    const onDropped = (): void => this.metrics.eventDropped();
    this.events = new EventRecorder({ client: this.client, clock, instance: hostname(), log, onDropped });
    this.cluster = new WatchedCluster(this.informers, this.client, this.events);
    this.reconcilers = new Map(options.reconcilers(this.cluster).map((reconciler) => [reconciler.kind, reconciler]));
    this.queue = new WorkQueue({
      parallel,
      clock,
      work: (key) => this.reconcile(key),
      onFailure: (key, error, againInMs) => this.failed(key, error, againInMs),
    });
    const [onLead, onLose] = [() => this.startLeading(), () => void this.stopLeading()];
    this.leader = new LeaderElection({ client: this.client, lease, identity, clock, log, onLead, onLose });
  }

  /** Looks at the object as soon as may be. Nothing happens where another controller leads. */
  look(kind: Reconciler['kind'], { namespace, name }: ObjectKey): void {
    if (this.leading !== undefined && this.reconcilers.has(kind)) this.queue.add({ kind, namespace, name });
  }

  /** Whether the API server itself knows no such object, whose uid begins so. Throws where it cannot tell. */
  async isGone(kind: Reconciler['kind'], key: ObjectKey, uid: string): Promise<boolean> {
    if (this.informers[kind].get(key)?.metadata.uid.startsWith(uid)) return false;
    // The copy may be older than what somebody else has begun for the object.
    return !(await this.client.get(kind, key))?.metadata.uid.startsWith(uid);
  }

  /** Looks at all objects. */
  lookAtAll(): void {
    for (const kind of this.reconcilers.keys()) {
      for (const { metadata } of this.informers[kind as Reconciler['kind']].list()) {
        this.look(kind as Reconciler['kind'], metadata);
      }
    }
  }

  /** Until the signal, then lets what has begun end. Throws an `ArenaError` when it may not or cannot work here. */
  async run(signal: AbortSignal, onListening: (port: number) => void): Promise<void> {
    this.metrics.observe({
      counts: () => Object.fromEntries(Object.entries(this.informers).map(([kind, { size }]) => [kind, size])),
      jobs: () => this.cluster.list('ArenaJob'),
      sources: () => this.cluster.list('ArenaSource'),
      queue: this.queue,
      leads: () => this.leading !== undefined,
    });
    const { host, port, log } = this.options;
    const artifacts = new ArtifactDownload({
      ...this.options.artifacts,
      access: new ArtifactAccess(this.client, this.options.clock),
      cluster: this.cluster,
    });
    const missing = (): string[] => this.missing();
    const server = await HttpServer.start({ host, port, missing, metrics: this.metrics, artifacts, log });
    onListening(server.port);
    const scope = new AbortController();
    const watching: Promise<void>[] = [];
    try {
      await this.mayWork(signal);
      watching.push(...Object.values(this.informers).map((informer) => informer.run(scope.signal)));
      await this.synced(signal);
      await this.leadUnlessForbidden(signal);
    } finally {
      await this.stopLeading();
      await this.leader.release().catch((error: unknown) => {
        log.debug({ why: String(error) }, 'the Lease could not be given back: it runs out by itself');
      });
      await atMost(this.options.clock, FLUSH_MS, this.events.flush());
      scope.abort();
      await Promise.all(watching);
      await server.close();
      this.options.access.close();
    }
  }

  private missing(): string[] {
    if (!this.allowed) return ['the API server has not been asked yet what it knows'];
    const stale = Object.entries(this.informers).flatMap(([kind, informer]) =>
      informer.synced ? [] : [`${kind}: ${informer.problem ?? 'not listed yet'}`],
    );
    return [...stale, ...[this.options.problem()].flatMap((problem) => problem ?? [])];
  }

  /** An API server that does not answer is waited for; one that says that we have no business here is not. */
  private async mayWork(signal: AbortSignal): Promise<void> {
    const { clock, log, namespaces } = this.options;
    let told: string | undefined;
    let asked: number | undefined;
    while (!signal.aborted) {
      try {
        await refuseBesideOmnia(this.client, namespaces);
        asked ??= clock.now();
        const missing = await missingKinds(this.client);
        this.allowed = missing.length === 0;
        if (this.allowed) return;
        if (clock.now() - asked >= KINDS_WITHIN_MS) throw kindsAreMissing(missing);
      } catch (error) {
        if (!(error instanceof KubeError)) throw error;
        if (told !== error.message) log.warn({ why: error.message }, 'the controller cannot begin yet');
        told = error.message;
      }
      await pause(clock, RETRY_MS, signal);
    }
  }

  /** Omnia may be installed after us: looked for as often as objects are looked at unasked. */
  private async leadUnlessForbidden(signal: AbortSignal): Promise<void> {
    const { clock, namespaces, resyncMs } = this.options;
    const scope = new AbortController();
    const stop = (): void => scope.abort();
    signal.addEventListener('abort', stop);
    if (signal.aborted) stop();
    const guard = async (): Promise<void> => {
      while (!scope.signal.aborted) {
        await pause(clock, resyncMs, scope.signal);
        await refuseBesideOmnia(this.client, namespaces).catch((error: unknown) => {
          // No answer says nothing.
          if (!(error instanceof KubeError)) throw error;
        });
      }
    };
    const guarded = guard().finally(stop);
    try {
      await Promise.all([guarded, this.leader.run(scope.signal)]);
    } finally {
      stop();
      signal.removeEventListener('abort', stop);
    }
  }

  private async synced(signal: AbortSignal): Promise<void> {
    while (!signal.aborted && !Object.values(this.informers).every((informer) => informer.synced)) {
      await pause(this.options.clock, 50, signal);
    }
  }

  private startLeading(): void {
    const scope = new AbortController();
    const beside = this.options.whileLeading(scope.signal);
    this.leading = { scope, ended: Promise.all([beside, this.resync(scope.signal)]).then(() => undefined) };
    // What was heard as a stand-by was for the one that led.
    this.queue.clear();
    this.lookAtAll();
    this.queue.start();
  }

  private async stopLeading(): Promise<void> {
    const { leading } = this;
    if (leading === undefined) return;
    this.leading = undefined;
    leading.scope.abort();
    await atMost(this.options.clock, STOP_MS, Promise.all([this.queue.stop(), leading.ended]));
  }

  private async resync(signal: AbortSignal): Promise<void> {
    for (;;) {
      await pause(this.options.clock, this.options.resyncMs, signal);
      if (signal.aborted) return;
      this.lookAtAll();
    }
  }

  private changed({ object }: Change): void {
    if (this.leading === undefined) return;
    const own = this.reconcilers.get(object.kind);
    if (own !== undefined) this.look(own.kind, object.metadata);
    for (const reconciler of this.reconcilers.values()) {
      for (const key of this.concerned(reconciler, object)) this.look(reconciler.kind, key);
    }
  }

  /** A fault in one reconciler must not end the watch that brought the change. */
  private concerned(reconciler: Reconciler, changed: KubeObject): ObjectKey[] {
    try {
      return reconciler.concernedBy(changed);
    } catch (error) {
      this.options.log.warn({ kind: reconciler.kind, why: String(error) }, 'a change could not be passed on');
      return [];
    }
  }

  private async reconcile(key: QueueKey): Promise<number | undefined> {
    const began = performance.now();
    let failed = true;
    try {
      const outcome = await this.reconcilers.get(key.kind)?.reconcile({ namespace: key.namespace, name: key.name });
      failed = false;
      return outcome?.afterMs;
    } finally {
      this.metrics.reconciled(key.kind, (performance.now() - began) / 1000, failed);
    }
  }

  private failed(key: QueueKey, error: unknown, againInMs: number): void {
    const why = error instanceof Error ? error.message : String(error);
    this.options.log.warn(
      { ...key, why, againInMs: Math.round(againInMs) },
      'an object could not be looked at; later again',
    );
  }
}
