/** MCP servers whose tools a bundle uses. */
import { z } from 'zod';
import { jsonValue, textMap } from './json-value.js';

const fields = {
  command: z.string().min(1).optional().describe('Program that speaks MCP on its standard streams.'),
  args: z.array(z.string()).optional().describe('Its arguments.'),
  env: textMap
    .optional()
    .describe(`Its environment, beside PATH, HOME and the like; \${NAME} is an environment variable of the worker.`),
  working_dir: z
    .string()
    .min(1)
    .optional()
    .describe('Folder in which it starts: absolute, or relative to the worker’s. Default: the worker’s.'),
  url: z.string().min(1).optional().describe('Address of a server that is already running, http or https.'),
  headers: textMap.optional().describe(`Headers sent to 'url'; \${NAME} is an environment variable of the worker.`),
  transport: z
    .enum(['stdio', 'http', 'streamable-http', 'streamable_http', 'sse'])
    .optional()
    .describe(
      'stdio, http (also streamable-http) or sse. Default: stdio with `command`; with `url` http, else the older sse.',
    ),
  timeout_ms: z.number().min(0).optional().describe('Milliseconds of one call. 0 or absent: 30000.'),
  tool_filter: z
    .strictObject({
      allowlist: z.array(z.string()).optional().describe('Only these tools, named as the server names them.'),
      blocklist: z.array(z.string()).optional().describe('Not these tools; beats the allowlist.'),
    })
    .optional()
    .describe('Which tools are taken over. Default: all.'),
  scope: z
    .enum(['run', 'conversation'])
    .optional()
    .describe('How long a server lives: one for all conversations of a worker process, or one for each. Default: run.'),
  source: jsonValue.optional().describe('Where the program comes from. Refused: name it in `command`.'),
};

type Fields = z.infer<z.ZodObject<typeof fields>>;

function checkServer(server: Fields, context: z.RefinementCtx): void {
  // A key that is misspelt may be the one that seems to be missing.
  if (context.issues.length > 0) return;
  const issue = (path: string[], message: string) => context.addIssue({ code: 'custom', path, message });
  if (server.source !== undefined) {
    issue(['source'], 'is not run: programs are not fetched; name what starts the server in command, such as npx');
  } else if ((server.command === undefined) === (server.url === undefined)) {
    issue([], 'needs either a command or a url');
  }
  const { transport, command, url } = server;
  if (transport === 'stdio' && url !== undefined) issue(['transport'], 'stdio needs a command, not a url');
  if (transport !== undefined && transport !== 'stdio' && command !== undefined) {
    issue(['transport'], `${transport} needs a url, not a command`);
  }
  if (url !== undefined && !/^https?:\/\/./i.test(url)) issue(['url'], 'must begin with http:// or https://');
}

const mcpServer = z.strictObject(fields).superRefine(checkServer);

const name = z.string().regex(/^[\w.-]{1,64}$/, 'may hold only letters, digits, ".", "_" and "-", at most 64');

const namedMcpServer = z
  .strictObject({ name: name.describe('Name in tool names: mcp__NAME__TOOL.'), ...fields })
  .superRefine((server, context) => checkServer(server, context));

/** List with names, or map from name; the rest of the code sees the list. */
export const mcpServersSchema = z
  .union([
    z.array(namedMcpServer).superRefine((servers, context) => {
      for (const [index, server] of servers.entries()) {
        if (servers.findIndex((other) => other.name === server.name) === index) continue;
        context.addIssue({ code: 'custom', path: [index, 'name'], message: 'is the name of another server' });
      }
    }),
    z
      .record(name, mcpServer)
      .transform((servers) => Object.entries(servers).map(([id, server]) => ({ name: id, ...server }))),
  ])
  .describe('MCP servers whose tools the bundle uses: a list with `name`, or a map from name.');

export type McpServerSpec = z.infer<typeof namedMcpServer>;
