/** The `file` of what is wrong in the input of a job, or in the options that it was made of. */
export const JOB = 'job';

/** One thing wrong in a bundle or an input: what, where, why, and what to do. */
export interface Fault {
  severity: 'error' | 'warning';
  /** Path as the user would type it, or `JOB`. */
  file: string;
  /** 1-based; absent where the file as a whole is meant. */
  line?: number;
  column?: number;
  message: string;
  /** The next step, e.g. `did you mean "content_includes"?`. */
  hint?: string;
}

/** Takes the place off a message that begins with it, `file:line:col message`. */
export function placeIn(text: string): Required<Pick<Fault, 'file' | 'line' | 'column' | 'message'>> | undefined {
  const [, file, line, column, message] = /^(.+?):(\d+):(\d+) (.+)$/s.exec(text) ?? [];
  if (file === undefined || message === undefined) return undefined;
  return { file, line: Number(line), column: Number(column), message };
}

/** `file:line:col message, hint`: one line, as compilers print it. */
export function formatFault(fault: Fault): string {
  const position = fault.line === undefined ? '' : `:${fault.line}:${fault.column ?? 1}`;
  const hint = fault.hint === undefined ? '' : `, ${fault.hint}`;
  return `${fault.file}${position} ${fault.message}${hint}`;
}
