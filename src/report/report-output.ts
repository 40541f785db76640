/** Where reports go: a folder, the store or memory. Composed by the caller. */
export interface ReportOutput {
  /** Starts a file; `path` is relative, `/` as separator, checked by `reportPaths`. */
  open(path: string): Promise<ReportSink>;
}

/** A file that is being written. Exactly one of `end` and `abort` is called. */
export interface ReportSink {
  /** Takes the bytes over: the caller does not touch them again. */
  write(bytes: Uint8Array): Promise<void>;
  end(): Promise<unknown>;
  /** Gives up: nothing of the file needs to remain. */
  abort(): Promise<void>;
}
