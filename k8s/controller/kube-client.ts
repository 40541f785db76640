/** As much of the Kubernetes API as a controller needs. */
import { StringDecoder } from 'node:string_decoder';
import type { ObjectKey } from '../../src/cluster/cluster-reader.js';
import { KubeError, type KubeHttp } from './kube-http.js';
import { apiVersionOf, collectionPath, type Kind, objectPath } from './kube-kinds.js';
import type { KubeObject } from './ports.js';

/** Which objects of a kind. */
export interface Selection {
  /** Absent: of all namespaces. */
  namespace?: string;
  labelSelector?: string;
}

export interface WatchOptions extends Selection {
  /** Changes after this version. */
  resourceVersion: string;
  /** When the server is to end the watch. */
  timeoutSeconds: number;
}

export type WatchEvent =
  | { type: 'ADDED' | 'MODIFIED' | 'DELETED'; object: KubeObject }
  /** Nothing has happened up to this version. */
  | { type: 'BOOKMARK'; resourceVersion: string };

/** Objects a page of a list. */
const PAGE_SIZE = 250;

/** etcd takes 1.5 MiB an object; a line that is longer is none. */
const MAX_LINE_LENGTH = 8 * 1024 * 1024;

/** The server sends a bookmark a minute to who asks for them: a connection that is silent for longer is dead. */
const SILENCE_MS = 75_000;

export const FIELD_MANAGER = 'arena-controller';

const MERGE_PATCH = 'application/merge-patch+json';
/** JSON is YAML. */
const APPLY_PATCH = 'application/apply-patch+yaml';

export class KubeClient {
  constructor(private readonly http: KubeHttp) {}

  /** All of them, page by page, as of one version. */
  async list(
    kind: Kind,
    { namespace, labelSelector }: Selection = {},
    signal?: AbortSignal,
  ): Promise<{ items: KubeObject[]; resourceVersion: string }> {
    const items: KubeObject[] = [];
    let next: string | undefined;
    for (;;) {
      const page = await this.http.json({
        method: 'GET',
        verb: 'list',
        path: collectionPath(kind, namespace),
        query: { limit: String(PAGE_SIZE), continue: next, labelSelector },
        signal,
      });
      const found = field(page, 'items');
      if (!Array.isArray(found)) throw new KubeError(`the list of ${kind} has no items`);
      items.push(...found.map((item) => read(kind, item)));
      const metadata = field(page, 'metadata');
      next = textOf(metadata, 'continue') || undefined;
      if (next === undefined) return { items, resourceVersion: textOf(metadata, 'resourceVersion') ?? '' };
    }
  }

  /**
   * Changes as they come, until the server ends the watch; first of all a bookmark that says that it has begun. Throws a
   * KubeError: status 410 when the version is too old, reason `Silent` when the connection says nothing for longer than a
   * living one does.
   */
  async *watch(kind: Kind, options: WatchOptions, signal: AbortSignal): AsyncGenerator<WatchEvent> {
    const { namespace, labelSelector, resourceVersion, timeoutSeconds } = options;
    const response = await this.http.stream({
      method: 'GET',
      verb: 'watch',
      path: collectionPath(kind, namespace),
      query: {
        watch: 'true',
        allowWatchBookmarks: 'true',
        resourceVersion,
        timeoutSeconds: String(timeoutSeconds),
        labelSelector,
      },
      signal,
    });
    const silent = (): void => {
      response.destroy(new KubeError(`the watch of ${kind} is silent`, undefined, 'Silent'));
    };
    let timer = setTimeout(silent, SILENCE_MS);
    const decoder = new StringDecoder('utf8');
    let rest = '';
    try {
      yield { type: 'BOOKMARK', resourceVersion };
      for await (const piece of response) {
        clearTimeout(timer);
        timer = setTimeout(silent, SILENCE_MS);
        const lines = (rest + decoder.write(piece)).split('\n');
        rest = lines.pop() ?? '';
        if (rest.length > MAX_LINE_LENGTH) throw new KubeError(`an event of ${kind} is larger than any object`);
        for (const line of lines) if (line !== '') yield watchEvent(kind, line);
      }
    } catch (cause) {
      if (cause instanceof KubeError) throw cause;
      const why = cause instanceof Error ? cause.message : String(cause);
      throw new KubeError(`the watch of ${kind} broke: ${why}`, undefined, undefined, { cause });
    } finally {
      clearTimeout(timer);
      response.destroy();
    }
  }

  /** Whether the API server has the kind at all. Everybody who is known to it may ask. */
  async knows(kind: Kind): Promise<boolean> {
    const [, path = '', plural] = /^(.*)\/([^/]+)$/.exec(collectionPath(kind)) ?? [];
    const found = await missingAsUndefined(this.http.json({ method: 'GET', verb: 'discover', path }));
    const resources = field(found, 'resources');
    return Array.isArray(resources) && resources.some((resource) => textOf(resource, 'name') === plural);
  }

  /** Undefined when there is none. */
  async get(kind: Kind, key: ObjectKey): Promise<KubeObject | undefined> {
    const got = await missingAsUndefined(this.http.json({ method: 'GET', verb: 'get', path: objectPath(kind, key) }));
    return got === undefined ? undefined : read(kind, got);
  }

  async create(kind: Kind, namespace: string, body: object): Promise<KubeObject> {
    const path = collectionPath(kind, namespace);
    return read(kind, await this.http.json({ method: 'POST', verb: 'create', path, body: typed(kind, body) }));
  }

  /** Writes the whole object, provided that it is still at the version that `body` names. */
  async replace(kind: Kind, key: ObjectKey, body: object): Promise<KubeObject> {
    const path = objectPath(kind, key);
    return read(kind, await this.http.json({ method: 'PUT', verb: 'update', path, body: typed(kind, body) }));
  }

  async mergePatch(kind: Kind, key: ObjectKey, body: object): Promise<KubeObject> {
    const path = objectPath(kind, key);
    return read(kind, await this.http.json({ method: 'PATCH', verb: 'patch', path, body, type: MERGE_PATCH }));
  }

  /** Server-side apply as our field manager; other managers' claims on our fields are overruled. */
  async apply(kind: Kind, key: ObjectKey, body: object, subresource?: 'status'): Promise<KubeObject> {
    const answer = await this.http.json({
      method: 'PATCH',
      verb: 'apply',
      path: objectPath(kind, key) + (subresource === undefined ? '' : `/${subresource}`),
      query: { fieldManager: FIELD_MANAGER, force: 'true' },
      body: typed(kind, body),
      type: APPLY_PATCH,
    });
    return read(kind, answer);
  }

  /** Deletes the object of this uid, and in the background what it owns. Nothing happens when it is gone or another one. */
  async delete(kind: Kind, key: ObjectKey, uid: string): Promise<void> {
    const body = { kind: 'DeleteOptions', apiVersion: 'v1', preconditions: { uid }, propagationPolicy: 'Background' };
    try {
      await this.http.json({ method: 'DELETE', verb: 'delete', path: objectPath(kind, key), body });
    } catch (error) {
      if (!(error instanceof KubeError) || (error.status !== 404 && error.status !== 409)) throw error;
    }
  }

  /** Asks the API server for a judgement: TokenReview, SubjectAccessReview. */
  review(path: string, body: object): Promise<unknown> {
    return this.http.json({ method: 'POST', verb: 'review', path, body });
  }
}

async function missingAsUndefined(request: Promise<unknown>): Promise<unknown> {
  try {
    return await request;
  } catch (error) {
    if (error instanceof KubeError && error.status === 404) return undefined;
    throw error;
  }
}

function watchEvent(kind: Kind, line: string): WatchEvent {
  let event: unknown;
  try {
    event = JSON.parse(line);
  } catch (cause) {
    throw new KubeError(`an event of ${kind} is no JSON`, undefined, undefined, { cause });
  }
  const type = textOf(event, 'type');
  const object = field(event, 'object');
  if (type === 'BOOKMARK') {
    return { type, resourceVersion: textOf(field(object, 'metadata'), 'resourceVersion') ?? '' };
  }
  if (type === 'ADDED' || type === 'MODIFIED' || type === 'DELETED') return { type, object: read(kind, object) };
  const code = field(object, 'code');
  const message = `the watch of ${kind} was ended: ${textOf(object, 'message') ?? line.slice(0, 200)}`;
  throw new KubeError(message, typeof code === 'number' ? code : undefined, textOf(object, 'reason'));
}

const typed = (kind: Kind, body: object): object => ({ ...body, apiVersion: apiVersionOf(kind), kind });

function field(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined;
}

function textOf(value: unknown, name: string): string | undefined {
  const found = field(value, name);
  return typeof found === 'string' ? found : undefined;
}

/**
 * The API server has checked it, so only what everything here rests on is looked at. Who manages which field is left
 * out: it is the larger half of many objects, and nobody asks.
 */
function read(kind: Kind, value: unknown): KubeObject {
  const metadata = field(value, 'metadata');
  const name = textOf(metadata, 'name');
  if (typeof value !== 'object' || typeof metadata !== 'object' || metadata === null || name === undefined) {
    throw new KubeError(`the API server gave a ${kind} without a name`);
  }
  const { managedFields: _, ...kept } = metadata as KubeObject['metadata'] & { managedFields?: unknown };
  // Objects of a list do not say their kind.
  return { ...(value as KubeObject), apiVersion: apiVersionOf(kind), kind, metadata: kept };
}
