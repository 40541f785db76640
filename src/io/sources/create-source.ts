/** The source that the spec of an ArenaSource describes, with what its Secret holds. */
import type { ClusterReader } from '../../cluster/cluster-reader.js';
import { formatDurationMs, parseDurationMs } from '../../core/duration.js';
import { ArenaError } from '../../core/errors.js';
import type { ArenaSourceSpec } from '../../schema/cluster/arena-source.js';
import type { ClusterSecrets } from '../secrets/cluster-secrets.js';
import { ConfigMapSource } from './config-map.js';
import { GitSource } from './git/git-source.js';
import { OciSource } from './oci/oci-source.js';
import type { Source } from './source.js';

const DEFAULT_TIMEOUT_MS = 60_000;

/** What takes longer is no bundle. */
const MAX_TIMEOUT_MS = 60 * 60_000;

export interface SourceSurroundings {
  /** Namespace of the ArenaSource: Secrets and ConfigMaps are taken from there alone. */
  namespace: string;
  cluster: ClusterReader;
  secrets: Pick<ClusterSecrets, 'read'>;
  env: Readonly<Record<string, string | undefined>>;
}

/**
 * Runs the work with a source, at most as long as its `timeout` says. Throws an `ArenaError` without any secret in it, or
 * the reason of the signal when that is aborted.
 */
export async function withSource<T>(
  spec: ArenaSourceSpec,
  surroundings: SourceSurroundings,
  cancelled: AbortSignal,
  work: (source: Source) => Promise<T>,
): Promise<T> {
  const timeoutMs = timeoutOf(spec);
  const ending = new AbortController();
  const stop = () => ending.abort(cancelled.reason);
  cancelled.throwIfAborted();
  cancelled.addEventListener('abort', stop, { once: true });
  const message = `the source was not fetched within ${formatDurationMs(timeoutMs)}`;
  const hint = 'raise spec.timeout, or check that the workers may reach the address';
  const late = new ArenaError({ code: 'call_timeout', message, hint });
  const timer = setTimeout(() => ending.abort(late), timeoutMs);
  try {
    return await work(await createSource(spec, surroundings, ending.signal, timeoutMs));
  } finally {
    clearTimeout(timer);
    cancelled.removeEventListener('abort', stop);
  }
}

function timeoutOf({ timeout }: ArenaSourceSpec): number {
  const ms = timeout === undefined ? DEFAULT_TIMEOUT_MS : parseDurationMs(timeout);
  if (ms !== undefined && ms >= 1 && ms <= MAX_TIMEOUT_MS) return ms;
  const message = `spec.timeout ${JSON.stringify(timeout)} is not between 1ms and ${formatDurationMs(MAX_TIMEOUT_MS)}`;
  throw new ArenaError({ code: 'invalid_input', message, hint: 'write a duration such as 60s or 5m' });
}

async function createSource(
  spec: ArenaSourceSpec,
  surroundings: SourceSurroundings,
  signal: AbortSignal,
  timeoutMs: number,
): Promise<Source> {
  const { namespace, cluster, env } = surroundings;
  const { type, git, oci, configMap } = spec;
  if (type === 'git' && git !== undefined) {
    const credentials = await entriesOf(surroundings, git.secretRef, 'git.secretRef');
    return new GitSource(git, { credentials, env, signal, timeoutMs });
  }
  if (type === 'oci' && oci !== undefined) {
    const credentials = await entriesOf(surroundings, oci.secretRef, 'oci.secretRef');
    return new OciSource(oci.url, { credentials, insecure: oci.insecure, env, signal });
  }
  if (type === 'configmap' && configMap !== undefined) {
    const key = { namespace, name: configMap.name };
    return new ConfigMapSource(`ConfigMap ${namespace}/${configMap.name}`, () => cluster.get('ConfigMap', key));
  }
  if (type === 'workspace') {
    const message = 'a source of type workspace cannot be fetched: there is no workspace volume here';
    throw new ArenaError({ code: 'unsupported', message, hint: 'use type git, oci or configmap' });
  }
  const message = `type ${type} needs a block that says where to fetch from`;
  throw new ArenaError({ code: 'invalid_input', message, hint: 'add the block that is named like the type' });
}

/** Entries of the Secret as text, undefined when none is named. */
async function entriesOf(
  { secrets, namespace }: SourceSurroundings,
  secretRef: { name: string } | undefined,
  field: string,
): Promise<Record<string, string> | undefined> {
  if (secretRef === undefined) return undefined;
  try {
    const { data } = await secrets.read({ namespace, name: secretRef.name });
    const entries = Object.entries(data);
    return Object.fromEntries(entries.map(([key, value]) => [key, Buffer.from(value, 'base64').toString('utf8')]));
  } catch (error) {
    if (!(error instanceof ArenaError) || error.failure.status !== 404) throw error;
    const hint = `create the Secret in ${namespace}, or correct spec.${field}`;
    throw new ArenaError({ ...error.failure, hint }, { cause: error });
  }
}
