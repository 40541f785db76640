/** One thing wrong in a bundle or an input: what, where, why, and what to do. */
export interface Fault {
  severity: 'error' | 'warning';
  /** Path as the user would type it. */
  file: string;
  /** 1-based; absent where the file as a whole is meant. */
  line?: number;
  column?: number;
  message: string;
  /** The next step, e.g. `did you mean "content_includes"?`. */
  hint?: string;
}

/** `file:line:col message, hint`: one line, as compilers print it. */
export function formatFault(fault: Fault): string {
  const position = fault.line === undefined ? '' : `:${fault.line}:${fault.column ?? 1}`;
  const hint = fault.hint === undefined ? '' : `, ${fault.hint}`;
  return `${fault.file}${position} ${fault.message}${hint}`;
}
