/** Where the files of a bundle are fetched from: one look and one fetch, within a time limit that the caller sets. */

/** The files of one revision, by their path below the folder that is taken. */
export interface FetchedFiles {
  /** See `Source.resolve`. */
  revision: string;
  files: Map<string, Uint8Array>;
  /** What was left out, for people; one sentence each. */
  notes: string[];
}

/** Throws an `ArenaError` without any secret in it, or the reason of its signal when that is aborted. */
export interface Source {
  /**
   * The revision that `fetch` would bring now, without bringing it: `main@sha1:<commit>`, `sha1:<commit>`,
   * `tag@sha256:<digest>`, `sha256:<digest>`, or the resourceVersion of a ConfigMap.
   * @param known the revision that was fetched last; spares a look where it cannot have changed
   */
  resolve(known?: string): Promise<string>;
  /** Brings the files. What stands there may have changed since `resolve`: the revision is that of the files. */
  fetch(): Promise<FetchedFiles>;
}
