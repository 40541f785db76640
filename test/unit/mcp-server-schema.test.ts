import { describe, expect, test } from '@jest/globals';
import { ARENA, faultsWith, SOUND } from '../helpers/bundle-texts.js';

const faults = (server: string): string[] =>
  faultsWith({ [ARENA]: `${SOUND[ARENA]}  mcp_servers: [${server}]\n` }).map((fault) => fault.replace(/^\S+ /, ''));

describe('what is said of an MCP server', () => {
  // shows Arena.spec.mcp_servers[].source
  test.each([
    ['{ name: a, command: npx }', []],
    ['{ name: a, url: "https://x/mcp", transport: streamable-http }', []],
    ['{ name: a }', ['spec.mcp_servers[0] needs either a command or a url']],
    ['{ name: a, command: npx, url: "https://x" }', ['spec.mcp_servers[0] needs either a command or a url']],
    ['{ name: a, url: "ftp://x" }', ['spec.mcp_servers[0].url must begin with http:// or https://']],
    ['{ name: a, command: npx, transport: sse }', ['spec.mcp_servers[0].transport sse needs a url, not a command']],
    [
      '{ name: a, url: "http://x", transport: stdio }',
      ['spec.mcp_servers[0].transport stdio needs a command, not a url'],
    ],
    ['{ name: a, source: { npm: x } }', ['spec.mcp_servers[0].source is not run: programs are not fetched;']],
    ['{ name: "a b", command: x }', ['spec.mcp_servers[0].name may hold only letters, digits']],
    ['{ name: a, command: x }, { name: a, command: y }', ['spec.mcp_servers[1].name is the name of another server']],
  ])('%s', (server, expected) => {
    const found = faults(server);
    expect(found.map((fault, index) => fault.slice(0, expected[index]?.length))).toEqual(expected);
  });
});
