/** What a look at a source brings: plain data that travels from a worker to the controller. */

/** The object as it was when the workflow was asked for; one of the same name and another uid is another source. */
export interface SyncRequest {
  namespace: string;
  name: string;
  uid: string;
}

/** The files of one revision, which lie in the store. */
export interface SyncedArtifact {
  /** `main@sha1:<commit>`, `sha1:<commit>`, `tag@sha256:<digest>`, `sha256:<digest>`, or a resourceVersion. */
  revision: string;
  /** SHA-256 of the pack, in hex. */
  digest: string;
  sizeBytes: number;
  files: number;
  /** Path of the Arena file at the top, where there is one to choose. */
  arenaFile?: string;
  /** When the files were brought, in milliseconds since the epoch. */
  fetchedAt: number;
  /** What was left out; a sentence each. */
  notes: string[];
}

export interface SyncFailure {
  /** One word in CamelCase. */
  reason: 'FetchError' | 'AuthenticationFailed' | 'FetchTimeout' | 'SourceUnreachable' | 'InvalidSpec' | 'NotSupported';
  message: string;
  hint?: string;
}

/** Which spec and which wish the look was for. */
interface Look {
  generation: number;
  /** Value of the annotation that asks for a look at once, when it was there. */
  reconcileAt?: string;
}

/** A failure is news about the source, not a fault of ours: the workflow completes with it. */
export type SyncResult =
  | (Look & { artifact: SyncedArtifact /** Nothing was downloaded. */; unchanged: boolean })
  | (Look & { failed: SyncFailure })
  /** The object is no more, or another one has its name. What was kept for it has been let go. */
  | { gone: true };

/** Asks for a look at once, by any new value. */
export const RECONCILE_ANNOTATION = 'arena.dev/reconcile-at';
