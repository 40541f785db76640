import { fileURLToPath } from 'node:url';

/** The official MCP servers, as programs for node. */
const server = (name: string): string =>
  fileURLToPath(new URL(`../../node_modules/@modelcontextprotocol/${name}/dist/index.js`, import.meta.url));

/** First argument: stdio, streamableHttp or sse. */
export const EVERYTHING = server('server-everything');
/** Arguments: folders that it may touch. */
export const FILESYSTEM = server('server-filesystem');
