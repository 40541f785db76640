/** The cluster as reconcilers see it: reading from copies, writing with the care that shared objects need. */
import { isDeepStrictEqual } from 'node:util';
import type { ObjectKey } from '../../src/cluster/cluster-reader.js';
import { ArenaError } from '../../src/core/errors.js';
import type { EventRecorder } from './event-recorder.js';
import type { Informer } from './informer.js';
import type { KubeClient } from './kube-client.js';
import { KubeError } from './kube-http.js';
import { type Kind, kindOf } from './kube-kinds.js';
import type { Cluster, KubeObject, WatchedKind } from './ports.js';

export const FINALIZER = 'arena.dev/finalizer';

const FINALIZER_TRIES = 4;

type Written = Pick<KubeClient, 'get' | 'list' | 'apply' | 'mergePatch' | 'delete'>;

export class WatchedCluster implements Cluster {
  /** What was applied last under a name, and which object came of it. */
  private readonly applied = new Map<string, { manifest: unknown; uid: string; generation: number }>();

  constructor(
    private readonly informers: { readonly [K in WatchedKind]: Informer },
    private readonly client: Written,
    private readonly events: Pick<EventRecorder, 'record'>,
  ) {}

  get(kind: WatchedKind, key: ObjectKey): KubeObject | undefined {
    return this.informers[kind].get(key);
  }

  list(kind: WatchedKind, namespace?: string): KubeObject[] {
    return this.informers[kind].list(namespace);
  }

  async applyStatus(object: KubeObject, status: object): Promise<void> {
    const kind = this.kind(object.kind);
    // As it will come back: without what is undefined.
    const wanted: unknown = JSON.parse(JSON.stringify(status));
    const now = this.cached(kind, object) ?? object;
    if (isDeepStrictEqual(now.status, wanted)) return;
    const { namespace, name, resourceVersion } = now.metadata;
    try {
      // The version keeps a successor of the same name from being told about its predecessor; a uid would not.
      const body = { metadata: { name, namespace, resourceVersion }, status: wanted };
      this.tell(kind, await this.client.apply(kind, object.metadata, body, 'status'));
    } catch (error) {
      if (!isGoneOrOther(error)) throw error;
    }
  }

  async setFinalizer(object: KubeObject, present: boolean): Promise<void> {
    const kind = this.kind(object.kind);
    let current: KubeObject | undefined = this.cached(kind, object) ?? object;
    for (let tries = 1; ; tries += 1) {
      const found = current.metadata.finalizers ?? [];
      if (found.includes(FINALIZER) === present) return;
      const finalizers = present ? [...found, FINALIZER] : found.filter((one) => one !== FINALIZER);
      const { uid, resourceVersion } = current.metadata;
      try {
        // The version makes sure that no other finalizer that came in between is overwritten.
        const metadata = { uid, resourceVersion, finalizers };
        this.tell(kind, await this.client.mergePatch(kind, object.metadata, { metadata }));
        return;
      } catch (error) {
        if (!isGoneOrOther(error) || tries === FINALIZER_TRIES) throw error;
      }
      current = await this.client.get(kind, object.metadata);
      if (current?.metadata.uid === object.metadata.uid) continue;
      if (!present) return;
      const what = `${kind} ${object.metadata.namespace}/${object.metadata.name}`;
      // Who adds one goes on with something that the finalizer is to undo: that must not happen.
      throw new ArenaError({ code: 'internal', message: `${what} is gone and cannot be given a finalizer` });
    }
  }

  async apply(manifest: object): Promise<void> {
    const kind = this.kind('kind' in manifest ? String(manifest.kind) : '');
    const key = keyOf(manifest);
    const id = `${kind}/${key.namespace}/${key.name}`;
    const wanted: unknown = JSON.parse(JSON.stringify(manifest));
    const last = this.applied.get(id);
    const now = kind in this.informers ? this.informers[kind as WatchedKind].get(key) : undefined;
    const isAsApplied = now?.metadata.uid === last?.uid && now?.metadata.generation === last?.generation;
    if (last !== undefined && isAsApplied && isDeepStrictEqual(last.manifest, wanted)) return;
    const made = await this.client.apply(kind, key, manifest);
    this.applied.set(id, { manifest: wanted, uid: made.metadata.uid, generation: made.metadata.generation });
    this.tell(kind, made);
  }

  async pods(namespace: string, labelSelector: string): Promise<KubeObject[]> {
    try {
      return (await this.client.list('Pod', { namespace, labelSelector })).items;
    } catch (error) {
      // They are looked at to tell why something does not happen: nothing else depends on them.
      if (error instanceof KubeError) return [];
      throw error;
    }
  }

  async delete(object: KubeObject): Promise<void> {
    const kind = this.kind(object.kind);
    const { namespace, name, uid } = object.metadata;
    this.applied.delete(`${kind}/${namespace}/${name}`);
    await this.client.delete(kind, object.metadata, uid);
  }

  event(object: KubeObject, type: 'Normal' | 'Warning', reason: string, message: string): void {
    this.events.record(object, type, reason, message);
  }

  /** The copy, when it is of the same object. */
  private cached(kind: Kind, { metadata }: KubeObject): KubeObject | undefined {
    const found = kind in this.informers ? this.informers[kind as WatchedKind].get(metadata) : undefined;
    return found?.metadata.uid === metadata.uid ? found : undefined;
  }

  private tell(kind: Kind, object: KubeObject): void {
    if (kind in this.informers) this.informers[kind as WatchedKind].written(object);
  }

  private kind(text: string): Kind {
    const kind = kindOf(text);
    if (kind === undefined) throw new ArenaError({ code: 'internal', message: `the controller writes no ${text}` });
    return kind;
  }
}

/** Gone, or another object of that name, or changed since: all of them changes that will be heard of. */
function isGoneOrOther(error: unknown): boolean {
  return error instanceof KubeError && (error.status === 404 || error.status === 409);
}

function keyOf(manifest: object): ObjectKey {
  const metadata: unknown = 'metadata' in manifest ? manifest.metadata : undefined;
  if (typeof metadata === 'object' && metadata !== null && 'name' in metadata && 'namespace' in metadata) {
    return { namespace: String(metadata.namespace), name: String(metadata.name) };
  }
  throw new ArenaError({ code: 'internal', message: 'what is applied needs a name and a namespace' });
}
