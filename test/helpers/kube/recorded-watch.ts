/** An informer on a real API server, with everything that it told. */
import { systemClock } from '../../../k8s/controller/clock.js';
import { Informer } from '../../../k8s/controller/informer.js';
import { KubeAccess } from '../../../k8s/controller/kube-access.js';
import { KubeClient } from '../../../k8s/controller/kube-client.js';
import { KubeHttp } from '../../../k8s/controller/kube-http.js';
import type { Kind } from '../../../k8s/controller/kube-kinds.js';
import { waitFor } from '../wait-for.js';

/** A log that nobody reads. */
export const noLog = { debug: () => undefined, info: () => undefined, warn: () => undefined };

export interface RecordedWatchOptions {
  kubeconfig: string;
  kind: Kind;
  namespaces?: string[];
  labelSelector?: string;
  optional?: boolean;
}

export class RecordedWatch {
  /** `+name` for an object that came or changed, `-name` for one that went. */
  readonly told: string[] = [];
  /** Why watches began again. */
  readonly restarts: string[] = [];
  readonly client: KubeClient;
  readonly informer: Informer;
  /** Requests so far, by verb. */
  readonly requests: { [verb: string]: number } = {};
  private readonly access: KubeAccess;
  private readonly scope = new AbortController();
  private readonly ended: Promise<void>;

  constructor({ kubeconfig, kind, namespaces, labelSelector, optional = false }: RecordedWatchOptions) {
    this.access = KubeAccess.open({ env: {}, kubeconfig });
    const count = (verb: string): void => {
      this.requests[verb] = (this.requests[verb] ?? 0) + 1;
    };
    this.client = new KubeClient(new KubeHttp(this.access, count));
    this.informer = new Informer({
      kind,
      namespaces,
      labelSelector,
      optional,
      client: this.client,
      clock: systemClock,
      log: noLog,
      onChange: ({ object, deleted }) => this.told.push(`${deleted ? '-' : '+'}${object.metadata.name}`),
      onRestart: (reason) => this.restarts.push(reason),
    });
    this.ended = this.informer.run(this.scope.signal);
  }

  async synced(): Promise<void> {
    await waitFor('the first list', () => (this.informer.synced ? true : undefined));
  }

  /** Waits until this was told; gives everything that was told since the last time, and forgets it. */
  async heard(last: string): Promise<string[]> {
    await waitFor(`${last} (told: ${this.told.join(' ')})`, () => (this.told.includes(last) ? true : undefined));
    return this.told.splice(0);
  }

  async stop(): Promise<void> {
    this.scope.abort();
    await this.ended;
    this.access.close();
  }
}
