/** Names of everything in the store. `run` is our run key (a workflow id), never an id that Temporal makes up. */

/** Run keys become folders: parts of letters, digits and `._-`, joined by `/`. Anything else is percent-encoded. */
export function runFolder(run: string): string {
  const parts = run.split('/').map((part) => {
    const safe = encodeURIComponent(part).replace(/[!'()*~]/g, (c) => `%${c.charCodeAt(0).toString(16)}`);
    return safe === '' || safe === '.' || safe === '..' ? `%${safe}` : safe;
  });
  return `runs/${parts.join('/')}`;
}

/** All files of a source at one revision, packed like a bundle: what a bundle is made of when a run is planned. */
export const artifactKey = (digest: string): string => `artifacts/${digest}`;
export const ARTIFACT_USES = 'artifact-uses';
/** That a source keeps an artifact, which may be another one's as well. */
export const artifactUseKey = (digest: string, source: SourceIdentity): string =>
  `${ARTIFACT_USES}/${digest}/${sourceParts(source)}`;
/** What the last look at a source found. Names of the cluster hold nothing that would have to be encoded. */
export const sourceKey = (source: SourceIdentity): string => `sources/${sourceParts(source)}`;
const sourceParts = ({ namespace, name, uid }: SourceIdentity): string => `${namespace}/${name}/${uid}`;

interface SourceIdentity {
  namespace: string;
  name: string;
  uid: string;
}

export const bundleKey = (digest: string): string => `bundles/${digest}`;
/** An answer of a provider, under what it was an answer to. */
export const cachedAnswerKey = (digest: string): string => `cache/${digest}`;
export const planKey = (run: string): string => `${runFolder(run)}/plan`;
/** JSON list of the items that failed within a pass_threshold. */
export const toleratedKey = (run: string): string => `${runFolder(run)}/tolerated`;
export const summaryKey = (run: string): string => `${runFolder(run)}/summary`;
export const finalKey = (run: string): string => `${runFolder(run)}/final`;
/** What the lanes of a load test have counted, by lane, attempt and minute. */
export const loadFolder = (run: string): string => `${runFolder(run)}/load`;
/** The same merged, as far as it was read. */
export const loadPictureKey = (run: string): string => `${runFolder(run)}/load-picture`;
/** Conversations of a load test, a few of each kind. */
export const loadSamplesFolder = (run: string): string => `${runFolder(run)}/load-samples`;
/** Which conversations of a run that makes data are its records. */
export const recordsKey = (run: string): string => `${runFolder(run)}/records`;
/** What the summary tells of the set: its files, samples, duplicates. */
export const datasetKey = (run: string): string => `${runFolder(run)}/dataset`;
export const reportFolder = (run: string): string => `${runFolder(run)}/report`;

/** Runs that took over results of this one, whose records therefore stay; each as a key that names it. */
export const runUses = (run: string): string => `${runFolder(run)}/used-by`;
/** Says so in the folder of a run: `folder` begins a key of its records. */
export const runUseKey = (folder: string, by: string): string => `${folder}/used-by/${encodeURIComponent(by)}`;
export const runOfUse = (key: string): string => decodeURIComponent(key.slice(key.lastIndexOf('/') + 1));
/** Folder of the run that a record of a conversation lies in. */
export const folderOfSegment = (key: string): string => key.slice(0, key.indexOf('/shards/'));

/** Shard folders sort by number. `name` is the shard's number or `reused`. */
export function shardFolder(run: string, name: number | 'reused'): string {
  return `${runFolder(run)}/shards/${typeof name === 'number' ? String(name).padStart(6, '0') : name}`;
}
export const commitKey = (run: string, name: number | 'reused'): string => `${shardFolder(run, name)}/commit`;
