/** Which tools the MCP servers of a bundle offer: asked once, before the first conversation. */
import type { Bundle, Loaded } from '../../../bundle/bundle.js';
import type { JsonValue } from '../../../core/conversation.js';
import { ArenaError } from '../../../core/errors.js';
import type { McpServerSpec } from '../../../schema/mcp-server.js';
import type { ToolSpec } from '../../../schema/tool.js';
import type { ToolSettings } from '../tool-settings.js';
import { McpServer } from './mcp-server.js';

/** Most that one server may list; a model could not choose among more. */
const MAX_TOOLS = 1000;

/** Greatest size of one server's list: it stands in the plan of the run, and in requests to models. */
const MAX_LIST_BYTES = 2 * 1024 * 1024;

/** A tool of a server; plain data, so that whoever runs a conversation later need not ask the server again. */
export interface DiscoveredTool {
  server: string;
  /** As the server names it. */
  tool: string;
  description: string;
  inputSchema: { [key: string]: JsonValue };
}

/** The name that models and `allowed_tools` use. */
export const qualifiedName = ({ server, tool }: Pick<DiscoveredTool, 'server' | 'tool'>): string =>
  `mcp__${server}__${tool}`;

/**
 * Starts every server, asks what it offers, and stops it again. Throws one `invalid_input` that names every server that
 * cannot be had, and every tool that the bundle allows and nobody offers.
 */
export async function discoverTools(bundle: Bundle, settings: ToolSettings): Promise<DiscoveredTool[]> {
  const servers = bundle.arena.spec.mcp_servers ?? [];
  const answers = await Promise.all(servers.map((spec, index) => ask(spec, bundle, index, settings)));
  const faults = answers.flatMap((answer) => (typeof answer === 'string' ? [answer] : []));
  const tools = answers.flatMap((answer) => (typeof answer === 'string' ? [] : answer));
  const hint =
    faults.length > 0 ? 'see that its program or address can be reached from where the workers run' : undefined;
  if (faults.length === 0) {
    faults.push(...unknownTools(bundle, tools), ...unboundTools(bundle, tools), ...plainClashes(bundle, tools));
  }
  if (faults.length > 0) throw new ArenaError({ code: 'invalid_input', message: faults.join('\n'), hint });
  return tools;
}

async function ask(
  spec: McpServerSpec,
  { arena, serverAccess }: Bundle,
  index: number,
  settings: ToolSettings,
): Promise<DiscoveredTool[] | string> {
  const server = new McpServer(spec, settings, serverAccess?.get(spec.name));
  try {
    const tools = await server.tools();
    if (tools.length > MAX_TOOLS) throw new Error(`it lists more than ${MAX_TOOLS} tools`);
    const bytes = Buffer.byteLength(JSON.stringify(tools));
    if (bytes > MAX_LIST_BYTES) throw new Error(`its tools take ${bytes} bytes, at most ${MAX_LIST_BYTES} can be used`);
    return tools.map(({ name, description, inputSchema }) => ({
      server: spec.name,
      tool: name,
      description,
      inputSchema: inputSchema as DiscoveredTool['inputSchema'],
    }));
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    return `${serverPlace(arena, spec.name, index)} the MCP server ${spec.name} cannot be used: ${reason}`;
  } finally {
    await server.close();
  }
}

/** Servers may be a list or a map; a path that is not there stands for what is around it. */
function serverPlace(arena: Loaded<unknown>, name: string, index: number): string {
  const around = arena.at(['spec', 'mcp_servers']);
  const listed = arena.at(['spec', 'mcp_servers', index]);
  return listed === around ? arena.at(['spec', 'mcp_servers', name]) : listed;
}

function unknownTools(bundle: Bundle, tools: readonly DiscoveredTool[]): string[] {
  const names = new Set(tools.map(qualifiedName));
  return [...bundle.prompts.values()].flatMap((prompt) =>
    (prompt.spec.allowed_tools ?? []).flatMap((name, index) => {
      if (!name.startsWith('mcp__') || name.endsWith('*') || names.has(name) || bundle.tools.has(name)) return [];
      const offered = tools.map(qualifiedName).filter((one) => one.startsWith(name.split('__', 2).join('__')));
      const place = prompt.at(['spec', 'allowed_tools', index]);
      return [`${place} no MCP server offers ${name}, offered are: ${offered.slice(0, 20).join(', ') || 'none'}`];
    }),
  );
}

function unboundTools(bundle: Bundle, tools: readonly DiscoveredTool[]): string[] {
  return [...bundle.tools.values()].flatMap((document) => {
    if (document.spec.mode !== 'mcp') return [];
    const found = candidates(document, tools);
    if (found.length === 1) return [];
    const place = document.at(['spec', 'mode']);
    if (found.length === 0) return [`${place} no MCP server offers a tool named ${document.id}`];
    const servers = found.map(({ server }) => server).join(' and ');
    return [
      `${place} the servers ${servers} both offer ${document.id}; name the tool ${found.map(qualifiedName).join(' or ')}`,
    ];
  });
}

/** Tools of registries that two would be called by one name. */
function plainClashes(bundle: Bundle, tools: readonly DiscoveredTool[]): string[] {
  if (bundle.plainServerTools !== true) return [];
  const holders = new Map([...bundle.tools.values()].map(({ id, file }) => [id, file]));
  return tools.flatMap(({ tool, server }) => {
    const holder = holders.get(tool);
    const from = `the MCP server ${server}`;
    if (holder === undefined) holders.set(tool, from);
    return holder === undefined ? [] : [`ToolNameClash: ${from} and ${holder} both have the tool ${tool}: rename one`];
  });
}

function candidates(document: Loaded<ToolSpec>, tools: readonly DiscoveredTool[]): DiscoveredTool[] {
  const exact = tools.filter((tool) => qualifiedName(tool) === document.id);
  return exact.length > 0 ? exact : tools.filter(({ tool }) => tool === document.id);
}

/** The tool that a document with `mode: mcp` stands for. */
export function boundTool(document: Loaded<ToolSpec>, tools: readonly DiscoveredTool[]): DiscoveredTool | undefined {
  return candidates(document, tools)[0];
}

/** The bundle with the tools of its servers beside its own. A document of the same name wins. */
export function withDiscovered(bundle: Bundle, tools: readonly DiscoveredTool[]): Bundle {
  if (tools.length === 0) return bundle;
  const { arena } = bundle;
  const all = new Map(bundle.tools);
  for (const tool of tools) {
    const name = qualifiedName(tool);
    const spec: ToolSpec = { description: tool.description, input_schema: tool.inputSchema, mode: 'mcp' };
    const names = bundle.plainServerTools === true ? [name, tool.tool] : [name];
    for (const id of names) if (!all.has(id)) all.set(id, { ...arena, id, spec, labels: {} });
  }
  return { ...bundle, tools: all };
}
