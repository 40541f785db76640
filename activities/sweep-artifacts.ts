import { readObject } from '../src/cluster/read-object.js';
import type { SyncRequest } from '../src/core/source-sync.js';
import { ARTIFACT_USES, artifactKey, artifactUseKey, sourceKey } from '../src/core/store-keys.js';
import { readJson } from '../src/io/stores/stored-json.js';
import type { ActivityDeps } from './deps.js';

/**
 * Removes what a source no longer keeps: its status says what that is. An artifact that another source has as well stays.
 * Returns how many were removed.
 */
export async function sweepArtifacts(deps: ActivityDeps, request: SyncRequest): Promise<number> {
  const found = await readObject(deps.cluster, 'ArenaSource', request);
  if (found === undefined || 'faults' in found || found.object.metadata.uid !== request.uid) return 0;
  const { artifact, artifacts } = found.object.status ?? {};
  // Before the controller has told anything, nothing is known to be superfluous.
  if (artifact === undefined || artifacts === undefined) return 0;
  const last = await readJson<{ artifact: { digest: string } }>(deps.store, sourceKey(request));
  const kept = [artifact, ...artifacts].flatMap(({ digest }) => digest?.replace(/^sha256:/, '') ?? []);
  return removeUses(deps, request, new Set([...kept, ...(last === undefined ? [] : [last.artifact.digest])]));
}

/** Removes all that was kept for a source. */
export async function releaseSource(deps: ActivityDeps, request: SyncRequest): Promise<void> {
  await removeUses(deps, request, new Set());
  await deps.store.delete(sourceKey(request));
}

async function removeUses({ store }: ActivityDeps, request: SyncRequest, kept: ReadonlySet<string>): Promise<number> {
  let removed = 0;
  for (const digest of await store.folders(ARTIFACT_USES)) {
    const own = artifactUseKey(digest, request);
    const folder = `${ARTIFACT_USES}/${digest}`;
    if (kept.has(digest) || !(await store.list(folder)).some(({ key }) => key === own)) continue;
    await store.delete(own);
    if ((await store.list(folder)).length > 0) continue;
    await store.delete(artifactKey(digest));
    removed += 1;
  }
  return removed;
}
