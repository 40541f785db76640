/** Where the files of a bundle come from. All paths are relative to the Arena file's folder, `/` as separator. */
export interface BundleSource {
  /** Bytes of a file, or why there are none. */
  read(path: string, maxBytes: number): Uint8Array | FileProblem;
  /** Files in a folder and below it, sorted, as paths that `read` takes; empty when there is no such folder. */
  list(folder: string): string[];
}

export interface FileProblem {
  /** In one clause, e.g. `does not exist`. */
  problem: string;
  hint?: string;
}

export function isProblem(result: Uint8Array | FileProblem): result is FileProblem {
  return !(result instanceof Uint8Array);
}
