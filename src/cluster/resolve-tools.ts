/** From ToolRegistries to the tools that models are offered. */
import type { ToolAccess } from '../core/tool-access.js';
import type { DiscoveredTool, ToolHandler, ToolRegistryObject } from '../schema/cluster/tool-registry.js';
import { mcpServersSchema } from '../schema/mcp-server.js';
import { toolSpecSchema } from '../schema/tool.js';
import { ALLOWED_NAMESPACES, isAllowed } from './allowed-namespaces.js';
import type { ClusterReader, ObjectKey } from './cluster-reader.js';
import { called, faultsOf, readObject } from './read-object.js';
import type { Refusals } from './refusal.js';
import type { ResolvedMcpServer, ResolvedOpenApi, ResolvedProbe, ResolvedTool } from './resolved-job.js';
import { endpointOf, needsAuth, toolAccess } from './tool-access.js';
import { clientToolSpec, foundToolSpec, httpToolSpec, mcpServerSpec, millis, type ToolSpecText } from './tool-spec.js';

type Probe = NonNullable<ToolRegistryObject['spec']['probe']>;

export interface ResolvedTools {
  tools: ResolvedTool[];
  mcpServers: ResolvedMcpServer[];
  openApis: ResolvedOpenApi[];
  probes: ResolvedProbe[];
  warnings: string[];
}

/** Tools of all registries in their order; two of one name are refused. `user` is the namespace that uses them. */
export async function resolveTools(
  reader: ClusterReader,
  keys: readonly ObjectKey[],
  user: string,
  refusals: Refusals,
): Promise<ResolvedTools> {
  const registries = await Promise.all(keys.map((key) => registryOf(reader, key, user, refusals)));
  const gathering = new Gathering(refusals);
  for (const registry of registries) if (registry !== undefined) gathering.take(registry);
  return gathering.found;
}

async function registryOf(
  reader: ClusterReader,
  key: ObjectKey,
  user: string,
  refusals: Refusals,
): Promise<ToolRegistryObject | undefined> {
  const what = called('ToolRegistry', key);
  const found = await readObject(reader, 'ToolRegistry', key);
  if (found === undefined) {
    return refusals.add('ToolRegistryNotFound', `there is no ${what}: create it, or correct the reference to it`);
  }
  if ('faults' in found) return refusals.add('InvalidTool', `${what}: ${found.faults}`);
  const { metadata, spec } = found.object;
  if (!spec.handlers.some(needsAuth) || isAllowed(metadata, user)) return found.object;
  const message = `${what} has credentials and does not let the namespace ${user} use them: name it in its annotation ${ALLOWED_NAMESPACES}`;
  return refusals.add('ToolRegistryNotAllowed', message);
}

class Gathering {
  readonly found: ResolvedTools = { tools: [], mcpServers: [], openApis: [], probes: [], warnings: [] };
  /** Who has a name first. */
  private readonly holders = new Map<string, string>();

  constructor(private readonly refusals: Refusals) {}

  take({ metadata, spec, status }: ToolRegistryObject): void {
    const registry = called('ToolRegistry', metadata);
    const discovered = new Map((status?.discoveredTools ?? []).map((tool) => [tool.handlerName ?? tool.name, tool]));
    for (const handler of spec.handlers) {
      const from = `${registry}, handler ${handler.name}`;
      this.handler(handler, discovered.get(handler.name), metadata.namespace, from);
      if (spec.probe?.enabled === true) this.probe(handler, spec.probe, from);
      discovered.delete(handler.name);
    }
    for (const tool of discovered.values()) this.foundOnly(tool, registry);
  }

  private probe(handler: ToolHandler, { timeout = '5s', interval = '60s' }: Probe, from: string): void {
    const endpoint = endpointOf(handler);
    if (endpoint === undefined) return;
    this.found.probes.push({ endpoint, timeoutMs: millis(timeout) ?? 0, intervalMs: millis(interval) ?? 0, from });
  }

  private handler(handler: ToolHandler, discovered: DiscoveredTool | undefined, namespace: string, from: string): void {
    const { type, tool } = handler;
    if (discovered?.status === 'Unavailable') {
      const { error } = discovered;
      this.found.warnings.push(`${from}: its registry says that it is not available${error ? ` (${error})` : ''}`);
    }
    const access = toolAccess(handler, namespace);
    if (type === 'http') this.tool(tool?.name, httpToolSpec(handler, discovered), from, access);
    else if (type === 'client') this.client(handler, discovered, from);
    else if (type === 'mcp') this.server(handler, from, access);
    else if (type === 'openapi') this.openApi(handler, from, access);
  }

  private client(handler: ToolHandler, discovered: DiscoveredTool | undefined, from: string): void {
    this.tool(handler.tool?.name, clientToolSpec(handler, discovered), from);
    this.found.warnings.push(`${from}: nobody sits at the client's side here, models get a fixed answer`);
  }

  private foundOnly(tool: DiscoveredTool, registry: string): void {
    const from = `${registry}, discovered tool ${tool.name}`;
    const spec = foundToolSpec(tool);
    if (spec !== undefined) this.tool(tool.name, spec, from);
    else this.refusals.add('InvalidTool', `${from}: no handler of spec.handlers says how it is called: add one`);
  }

  private tool(name: string | undefined, spec: ToolSpecText | undefined, from: string, access?: ToolAccess): void {
    if (name === undefined || spec === undefined) {
      this.refusals.add('InvalidTool', `${from}: the block of its type, or the block tool, is missing: add it`);
      return;
    }
    const parsed = toolSpecSchema.safeParse(spec);
    if (!parsed.success) this.refusals.add('InvalidTool', `${from}: ${faultsOf(parsed.error)}`);
    else if (this.isFree(`tool ${name}`, from)) this.found.tools.push({ name, spec, from, ...(access && { access }) });
  }

  private server(handler: ToolHandler, from: string, access: ToolAccess | undefined): void {
    const spec = mcpServerSpec(handler);
    const parsed = mcpServersSchema.safeParse([{ name: handler.name, ...spec }]);
    if (!parsed.success) this.refusals.add('InvalidTool', `${from}: ${faultsOf(parsed.error)}`);
    else if (spec !== undefined && this.isFree(`MCP server ${handler.name}`, from)) {
      this.found.mcpServers.push({ name: handler.name, spec, from, ...(access && { access }) });
    }
  }

  private openApi({ openAPIConfig: config, timeout }: ToolHandler, from: string, access: ToolAccess | undefined): void {
    if (config === undefined) {
      this.refusals.add('InvalidTool', `${from}: the block openAPIConfig is missing: add it`);
      return;
    }
    for (const field of Object.keys(config)) {
      if (field !== 'specURL') this.found.warnings.push(`${from}: openAPIConfig.${field}: nothing reads this field`);
    }
    this.found.openApis.push({ specUrl: config.specURL, timeoutMs: millis(timeout), from, ...(access && { access }) });
  }

  private isFree(what: string, from: string): boolean {
    const holder = this.holders.get(what);
    if (holder === undefined) {
      this.holders.set(what, from);
      return true;
    }
    this.refusals.add('ToolNameClash', `${from} and ${holder} both have the ${what}: rename one`);
    return false;
  }
}
