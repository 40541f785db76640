import { createHash } from 'node:crypto';
import { ScheduleNotFoundError } from '@temporalio/client';
import { chooseArenaFile } from '../src/bundle/find-arena-file.js';
import { packDigest, packFiles } from '../src/bundle/pack.js';
import { faultsOf } from '../src/cluster/read-object.js';
import { sourceScheduleId } from '../src/cluster/run-names.js';
import { ArenaError, toFailure } from '../src/core/errors.js';
import {
  RECONCILE_ANNOTATION,
  type SyncedArtifact,
  type SyncFailure,
  type SyncRequest,
  type SyncResult,
} from '../src/core/source-sync.js';
import { artifactKey, artifactUseKey, sourceKey } from '../src/core/store-keys.js';
import { withSource } from '../src/io/sources/create-source.js';
import type { FetchTurns } from '../src/io/sources/fetch-turns.js';
import type { FetchedFiles } from '../src/io/sources/source.js';
import { readJson } from '../src/io/stores/stored-json.js';
import { type ArenaSourceObject, arenaSourceSchema } from '../src/schema/cluster/arena-source.js';
import { objectMetaSchema } from '../src/schema/cluster/object-meta.js';
import { beating } from './beating.js';
import type { ActivityDeps } from './deps.js';
import { releaseSource } from './sweep-artifacts.js';

/** What the last look left in the store; the status of the object is a copy of it for people. */
interface SourceRecord {
  /** What was asked for: other settings may bring other files at the same revision. */
  settings: string;
  /** Revision at which the files were last found to be those of the artifact. */
  seen: string;
  artifact: SyncedArtifact;
}

/**
 * Looks at a source, and brings its files when there is a revision that was not seen. Throws only what is no news about the
 * source: a cluster or a store that gives no answer.
 */
export function syncSource(deps: ActivityDeps, turns: FetchTurns, request: SyncRequest): Promise<SyncResult> {
  return beating((cancelled) => turns.run(cancelled, () => sync(deps, request, cancelled)));
}

async function sync(deps: ActivityDeps, request: SyncRequest, signal: AbortSignal): Promise<SyncResult> {
  const found = await deps.cluster.get('ArenaSource', request);
  const meta = metadataOf(found);
  if (meta === undefined || meta.uid !== request.uid || meta.deletionTimestamp !== undefined) {
    await forget(deps, request);
    return { gone: true };
  }
  const reconcileAt = meta.annotations?.[RECONCILE_ANNOTATION];
  const look = { generation: meta.generation ?? 0, ...(reconcileAt === undefined ? {} : { reconcileAt }) };
  const parsed = arenaSourceSchema.safeParse(found);
  if (!parsed.success) {
    return { ...look, failed: { reason: 'InvalidSpec', message: faultsOf(parsed.error), hint: 'correct the source' } };
  }
  const brought = await bring(deps, request, parsed.data, signal);
  if ('failed' in brought) {
    const { reason, message } = brought.failed;
    deps.log.warn(
      { source: `${request.namespace}/${request.name}`, reason, why: message },
      'a source cannot be fetched',
    );
  }
  return { ...look, ...brought };
}

function metadataOf(found: unknown) {
  const metadata = typeof found === 'object' && found !== null && 'metadata' in found ? found.metadata : undefined;
  const parsed = objectMetaSchema.safeParse(metadata);
  return parsed.success ? parsed.data : undefined;
}

type Brought = { artifact: SyncedArtifact; unchanged: boolean } | { failed: SyncFailure };

async function bring(
  deps: ActivityDeps,
  request: SyncRequest,
  { spec }: ArenaSourceObject,
  signal: AbortSignal,
): Promise<Brought> {
  const { store } = deps;
  const settings = settingsOf(spec);
  const key = sourceKey(request);
  const record = await readJson<SourceRecord>(store, key);
  const kept = record !== undefined && (await isStored(deps, record.artifact.digest)) ? record : undefined;
  const seen = kept?.settings === settings ? kept.seen : undefined;
  const fetched = await fetchNews(deps, request, spec, seen, signal);
  if (fetched === 'nothing new') {
    return kept === undefined ? { failed: NOTHING } : { artifact: kept.artifact, unchanged: true };
  }
  if ('failed' in fetched) return fetched;
  if (fetched.files.size === 0) return { failed: NOTHING };
  const { bytes, artifact: made } = packed(fetched);
  const isSame = kept?.artifact.digest === made.digest;
  // The version of a ConfigMap counts every change of the object, also of a label.
  const artifact = isSame && spec.type === 'configmap' ? kept.artifact : made;
  // Whoever looks for unused artifacts must find the use before the artifact.
  await store.put(artifactUseKey(artifact.digest, request), new Uint8Array());
  await store.putIfAbsent(artifactKey(artifact.digest), bytes);
  const next: SourceRecord = { settings, seen: fetched.revision, artifact };
  await store.put(key, Buffer.from(JSON.stringify(next)));
  return { artifact, unchanged: isSame && artifact.revision === kept.artifact.revision };
}

const NOTHING: SyncFailure = {
  reason: 'FetchError',
  message: 'the source holds no files',
  hint: 'check that the bundle was pushed, and the folder that the source names',
};

/** The files, unless the revision is the one that was seen last. */
async function fetchNews(
  { cluster, secrets, tools: { env } }: ActivityDeps,
  { namespace }: SyncRequest,
  spec: ArenaSourceObject['spec'],
  seen: string | undefined,
  signal: AbortSignal,
): Promise<FetchedFiles | 'nothing new' | { failed: SyncFailure }> {
  try {
    return await withSource(spec, { namespace, cluster, secrets, env }, signal, async (source) => {
      if (seen !== undefined && (await source.resolve(seen)) === seen) return 'nothing new';
      return source.fetch();
    });
  } catch (error) {
    if (signal.aborted || !(error instanceof ArenaError)) throw error;
    return { failed: failureOf(error) };
  }
}

function packed({ revision, files, notes }: FetchedFiles): { bytes: Uint8Array; artifact: SyncedArtifact } {
  const top = [...files.keys()].filter((path) => !path.includes('/')).sort();
  const chosen = chooseArenaFile(top);
  const arenaFile = 'file' in chosen ? chosen.file : undefined;
  const bytes = packFiles({ arenaFile: arenaFile ?? '', files });
  const artifact: SyncedArtifact = {
    revision,
    digest: packDigest(bytes),
    sizeBytes: bytes.byteLength,
    files: files.size,
    ...(arenaFile === undefined ? {} : { arenaFile }),
    fetchedAt: Date.now(),
    notes,
  };
  return { bytes, artifact };
}

/** Artifacts are large: they are not read to see whether they are there. */
async function isStored({ store }: ActivityDeps, digest: string): Promise<boolean> {
  return (await store.list('artifacts')).some(({ key }) => key === artifactKey(digest));
}

function settingsOf({ type, git, oci, configMap }: ArenaSourceObject['spec']): string {
  return createHash('sha256')
    .update(JSON.stringify([type, git, oci, configMap]))
    .digest('hex');
}

/** Of an object that is no more nothing is kept, whoever else failed to clean up. */
async function forget(deps: ActivityDeps, request: SyncRequest): Promise<void> {
  await releaseSource(deps, request);
  try {
    await deps.client.schedule.getHandle(sourceScheduleId(request)).delete();
  } catch (error) {
    if (!(error instanceof ScheduleNotFoundError)) throw error;
  }
}

function failureOf(error: ArenaError): SyncFailure {
  const { code, message, hint } = toFailure(error);
  return { reason: REASONS[code] ?? 'FetchError', message, ...(hint === undefined ? {} : { hint }) };
}

const REASONS: { [code: string]: SyncFailure['reason'] } = {
  unauthorized: 'AuthenticationFailed',
  call_timeout: 'FetchTimeout',
  connection_failed: 'SourceUnreachable',
  provider_unavailable: 'SourceUnreachable',
  rate_limited: 'SourceUnreachable',
  unsupported: 'NotSupported',
};
