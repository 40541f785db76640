import type { ClusterReader, ObjectKey, ReadableKind } from '../../cluster/cluster-reader.js';
import { clusterKinds } from '../../schema/cluster/kinds.js';
import type { ApiClient } from './api-client.js';
import { refusedRead, unreadable } from './api-client.js';

/** Objects from the API server itself, asked anew each time. */
export class ApiClusterReader implements ClusterReader {
  constructor(private readonly api: ApiClient) {}

  async get(kind: ReadableKind, key: ObjectKey): Promise<unknown> {
    const { namespace, name } = key;
    const what = `the ${kind} ${namespace}/${name}`;
    const { path, plural } = placeOf(kind, namespace);
    const { status, text } = await this.api.get([...path, plural, name], what);
    // Where a kind is not installed there is no object of it either.
    if (status === 404) return undefined;
    if (status !== 200) throw refusedRead(status, what, plural, name);
    let object: unknown;
    try {
      object = JSON.parse(text);
    } catch {
      throw unreadable(what);
    }
    if (typeof object !== 'object' || object === null) throw unreadable(what);
    return object;
  }
}

function placeOf(kind: ReadableKind, namespace: string): { path: string[]; plural: string } {
  if (kind === 'ConfigMap') return { path: ['api', 'v1', 'namespaces', namespace], plural: 'configmaps' };
  const { group, version, plural } = clusterKinds[kind];
  return { path: ['apis', group, version, 'namespaces', namespace], plural };
}
