/** What is told about a source, given how it is: decides nothing that is done. */
import { isDeepStrictEqual } from 'node:util';
import type { SyncedArtifact, SyncFailure } from '../../../src/core/source-sync.js';
import type { ArenaSourceSpec, ArenaSourceStatus, SourceArtifact } from '../../../src/schema/cluster/arena-source.js';
import { conditionsOf, timeOf, type Wanted } from './conditions.js';

export interface SourceState {
  namespace: string;
  name: string;
  generation: number;
  /** Absent: it is no spec that could be followed, see `invalid`. */
  spec?: ArenaSourceSpec;
  before: ArenaSourceStatus | undefined;
  /** Why the spec cannot be followed. */
  invalid?: { reason: string; message: string };
  /** What was brought last, of whichever spec. */
  artifact?: SyncedArtifact;
  /** Why the last look brought nothing. */
  failed?: SyncFailure;
  /** A look at this very spec, or for the annotation as it is, is still to come. */
  awaited?: 'spec' | 'wish';
  reconcileAt?: string;
  /** End of the last look, and when the next one is due; milliseconds since the epoch. */
  lookedAt?: number;
  nextAt?: number;
}

export interface StatusSettings {
  /** Where artifacts can be downloaded; absent: nowhere. */
  artifactUrl?: string;
  /** Revisions that are kept besides those that jobs name. */
  keepArtifacts: number;
}

export function sourceStatus(
  state: SourceState,
  settings: StatusSettings,
  pinned: () => ReadonlySet<string>,
  nowMs: number,
): ArenaSourceStatus {
  const { before, generation, artifact: fetched } = state;
  const artifact = fetched === undefined ? before?.artifact : entryOf(state, fetched, settings);
  const artifacts = keptArtifacts(artifact, before?.artifacts ?? [], settings.keepArtifacts, pinned);
  const handled = state.reconcileAt ?? before?.lastHandledReconcileAt;
  const { lastFetchTime, nextFetchTime, ...rest } = before ?? {};
  const status: ArenaSourceStatus = {
    phase: phaseOf(state, artifact),
    conditions: conditionsOf(wantedOf(state, artifact), before?.conditions, generation, nowMs),
    observedGeneration: generation,
    ...(artifact === undefined ? {} : { artifact, artifacts }),
    ...(handled === undefined ? {} : { lastHandledReconcileAt: handled }),
  };
  // Looks that find nothing new are not worth a write each: times are those of the last one that changed anything.
  if (isDeepStrictEqual(JSON.parse(JSON.stringify(rest)), JSON.parse(JSON.stringify(status)))) {
    return { ...status, lastFetchTime, nextFetchTime };
  }
  return {
    ...status,
    lastFetchTime: state.lookedAt === undefined || state.failed !== undefined ? lastFetchTime : timeOf(state.lookedAt),
    ...(state.nextAt === undefined ? {} : { nextFetchTime: timeOf(state.nextAt) }),
  };
}

function entryOf({ namespace, name }: SourceState, fetched: SyncedArtifact, settings: StatusSettings): SourceArtifact {
  const { revision, digest, sizeBytes, fetchedAt, arenaFile } = fetched;
  const { artifactUrl } = settings;
  const url =
    artifactUrl === undefined
      ? {}
      : { url: `${artifactUrl.replace(/\/+$/, '')}/artifacts/${namespace}/${name}/${digest}.tar.gz` };
  return {
    revision,
    digest: `sha256:${digest}`,
    size: sizeBytes,
    ...url,
    lastUpdateTime: timeOf(fetchedAt),
    ...(arenaFile === undefined ? {} : { arenaFile }),
  };
}

/** Newest first. A revision stands there once, with the files that it brought last. */
function keptArtifacts(
  latest: SourceArtifact | undefined,
  before: readonly SourceArtifact[],
  keep: number,
  pinned: () => ReadonlySet<string>,
): SourceArtifact[] {
  if (latest === undefined) return [...before];
  const all = [latest, ...before.filter(({ revision }) => revision !== latest.revision)];
  if (all.length <= keep) return all;
  const named = pinned();
  return all.filter(({ revision }, index) => index < keep || named.has(revision)).slice(0, MAX_LISTED);
}

/** What an object may hold of them without becoming too large to be written. */
const MAX_LISTED = 200;

function phaseOf(state: SourceState, artifact: SourceArtifact | undefined): ArenaSourceStatus['phase'] {
  if (state.invalid !== undefined) return 'Error';
  if (state.spec?.suspend !== true && state.awaited !== undefined)
    return artifact === undefined ? 'Initializing' : 'Fetching';
  if (state.failed !== undefined) return 'Error';
  return artifact === undefined ? 'Pending' : 'Ready';
}

function wantedOf(state: SourceState, artifact: SourceArtifact | undefined): Wanted[] {
  const available: Wanted =
    artifact === undefined
      ? condition('ArtifactAvailable', 'False', 'NoArtifact', 'nothing has been fetched yet')
      : condition('ArtifactAvailable', 'True', 'ArtifactAvailable', described(state, artifact));
  const { invalid } = state;
  if (invalid !== undefined) {
    return [
      condition('Ready', 'False', invalid.reason, invalid.message),
      condition('Fetching', 'False', invalid.reason, 'nothing is fetched until the spec is corrected'),
      available,
      condition('SourceValid', 'False', invalid.reason, invalid.message),
    ];
  }
  return [ready(state, artifact), fetching(state, artifact), available, valid(state.spec)];
}

function ready(state: SourceState, artifact: SourceArtifact | undefined): Wanted {
  const { spec, awaited, failed } = state;
  if (spec?.suspend === true) {
    return condition('Ready', 'False', 'Suspended', 'nothing is fetched: set spec.suspend to false to go on');
  }
  if (awaited === 'spec') {
    return condition('Ready', 'Unknown', 'FetchInProgress', 'the source is being fetched as its spec says now');
  }
  if (failed !== undefined) return condition('Ready', 'False', failed.reason, wordsOf(failed));
  if (artifact === undefined) return condition('Ready', 'Unknown', 'FetchInProgress', 'the source is being fetched');
  return condition('Ready', 'True', 'Ready', described(state, artifact));
}

function fetching({ spec, awaited, failed }: SourceState, artifact: SourceArtifact | undefined): Wanted {
  if (spec?.suspend !== true && awaited !== undefined) {
    return condition('Fetching', 'True', 'FetchInProgress', 'a worker looks at the source');
  }
  if (failed !== undefined) return condition('Fetching', 'False', 'FetchFailed', wordsOf(failed));
  if (artifact === undefined) return condition('Fetching', 'False', 'Suspended', 'nothing has been fetched yet');
  return condition('Fetching', 'False', 'FetchComplete', 'the last look at the source is over');
}

function valid(spec: ArenaSourceSpec | undefined): Wanted {
  const ignored = spec === undefined ? [] : ignoredFields(spec);
  if (ignored.length === 0) return condition('SourceValid', 'True', 'SourceValid', 'the spec can be followed');
  return condition('SourceValid', 'True', 'FieldsIgnored', ignored.join('; '));
}

/** Fields of Omnia that mean nothing here, with what happens instead. */
function ignoredFields({ targetPath, createVersionOnSync, configMap }: ArenaSourceSpec): string[] {
  return [
    ...(targetPath === undefined ? [] : ['spec.targetPath is ignored: artifacts lie in the store, under their digest']),
    ...(createVersionOnSync === false
      ? ['spec.createVersionOnSync false is ignored: each revision is kept under its digest']
      : []),
    ...(configMap?.key === undefined ? [] : ['spec.configMap.key is ignored: every key of the ConfigMap is a file']),
  ];
}

const condition = (type: string, status: Wanted['status'], reason: string, message: string): Wanted => ({
  type,
  status,
  reason,
  message,
});

export const wordsOf = ({ message, hint }: SyncFailure): string =>
  hint === undefined ? message : `${message}; ${hint}`;

/** `main@sha1:…, 12 files, 34 kB`, and what was left out. After a look that brought nothing: as it was told before. */
function described({ before, artifact: fetched }: SourceState, artifact: SourceArtifact): string {
  if (fetched === undefined) {
    const told = before?.conditions?.find(({ type }) => type === 'ArtifactAvailable');
    return told?.status === 'True' ? told.message : artifact.revision;
  }
  const { revision, files, sizeBytes, notes } = fetched;
  const facts = `${revision}, ${files} ${files === 1 ? 'file' : 'files'}, ${Math.max(1, Math.round(sizeBytes / 1000))} kB`;
  return [facts, ...notes].join('. ');
}
