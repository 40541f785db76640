/** The objects of one kind as they were a moment ago, and what of a piece of news is new. */
import type { ObjectKey } from '../../src/cluster/cluster-reader.js';
import type { KubeObject } from './ports.js';

/** A real change: never one that was told before. */
export interface Change {
  object: KubeObject;
  /** The object is gone; `object` is how it was last seen. */
  deleted: boolean;
}

const idOf = ({ namespace, name }: ObjectKey): string => `${namespace}/${name}`;

export class ObjectCache {
  private readonly objects = new Map<string, KubeObject>();

  constructor(private readonly tell: (change: Change) => void) {}

  get size(): number {
    return this.objects.size;
  }

  get(key: ObjectKey): KubeObject | undefined {
    return this.objects.get(idOf(key));
  }

  list(namespace?: string): KubeObject[] {
    const all = [...this.objects.values()];
    return namespace === undefined ? all : all.filter(({ metadata }) => metadata.namespace === namespace);
  }

  /** News of a watch. */
  put(object: KubeObject): void {
    const before = this.objects.get(idOf(object.metadata));
    if (before !== undefined && before.metadata.uid === object.metadata.uid && !isNewer(object, before)) return;
    // A successor of the same name: its predecessor was deleted, whether or not that was heard.
    if (before !== undefined && before.metadata.uid !== object.metadata.uid)
      this.tell({ object: before, deleted: true });
    this.objects.set(idOf(object.metadata), object);
    this.tell({ object, deleted: false });
  }

  remove(object: KubeObject): void {
    const before = this.objects.get(idOf(object.metadata));
    if (before?.metadata.uid !== object.metadata.uid) return;
    this.objects.delete(idOf(object.metadata));
    this.tell({ object, deleted: true });
  }

  /** Everything there is in this namespace, or in all: what is not among it has been deleted. */
  replace(objects: readonly KubeObject[], namespace?: string): void {
    const now = new Set(objects.map(({ metadata }) => idOf(metadata)));
    for (const before of this.list(namespace)) if (!now.has(idOf(before.metadata))) this.remove(before);
    for (const object of objects) this.put(object);
  }

  /** How an object is after a write of ours. It adds nothing: what is not here may have been deleted in the meantime. */
  written(object: KubeObject): void {
    const before = this.objects.get(idOf(object.metadata));
    if (before?.metadata.uid === object.metadata.uid) this.put(object);
  }
}

/**
 * Versions are numbers that grow on every API server (Kubernetes promises it since 1.35, and it was always so). Where they
 * are not, another version counts as newer.
 */
function isNewer(object: KubeObject, before: KubeObject): boolean {
  const [after, old] = [object.metadata.resourceVersion, before.metadata.resourceVersion];
  if (!/^\d+$/.test(after) || !/^\d+$/.test(old)) return after !== old;
  return after.length === old.length ? after > old : after.length > old.length;
}
