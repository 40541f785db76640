/** Bounds of all tools that reach outside. */

/** No more is read of what a tool answers: it would fill the context of any model. */
export const MAX_RESULT_BYTES = 1024 * 1024;

const DEFAULT_TIMEOUT_MS = 30_000;

/** Milliseconds of one call: the first that is given and not 0. */
export function timeoutOf(...given: (number | undefined)[]): number {
  return given.find((ms) => ms !== undefined && ms > 0) ?? DEFAULT_TIMEOUT_MS;
}
