import type { Exception } from './waivers.js';

/** Differences that we accept beside those that the goldens themselves mark, with the reason. There is none. */
export const EXCEPTIONS: readonly Exception[] = [];
