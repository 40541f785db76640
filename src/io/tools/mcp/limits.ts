/** Longest message of a server. Results are held to less; lists of tools may be long. */
export const MAX_MESSAGE_BYTES = 8 * 1024 * 1024;

/** Milliseconds that a server has to start and to introduce itself. */
export const START_TIMEOUT_MS = 10_000;

/** Pages of a list of tools. */
export const MAX_LIST_PAGES = 20;
