/** From ToolRegistries to the tools that models are offered. */

import type { DiscoveredTool, ToolHandler, ToolRegistryObject } from '../schema/cluster/tool-registry.js';
import { mcpServersSchema } from '../schema/mcp-server.js';
import { toolSpecSchema } from '../schema/tool.js';
import type { ClusterReader, ObjectKey } from './cluster-reader.js';
import { called, faultsOf, readObject } from './read-object.js';
import type { Refusals } from './refusal.js';
import type { ResolvedMcpServer, ResolvedOpenApi, ResolvedTool } from './resolved-job.js';
import { clientToolSpec, foundToolSpec, httpToolSpec, mcpServerSpec, millis, type ToolSpecText } from './tool-spec.js';

export interface ResolvedTools {
  tools: ResolvedTool[];
  mcpServers: ResolvedMcpServer[];
  openApis: ResolvedOpenApi[];
  warnings: string[];
}

/** Tools of all registries in their order; two of one name are refused. */
export async function resolveTools(
  reader: ClusterReader,
  keys: readonly ObjectKey[],
  refusals: Refusals,
): Promise<ResolvedTools> {
  const registries = await Promise.all(keys.map((key) => registryOf(reader, key, refusals)));
  const gathering = new Gathering(refusals);
  for (const registry of registries) if (registry !== undefined) gathering.take(registry);
  return gathering.found;
}

async function registryOf(
  reader: ClusterReader,
  key: ObjectKey,
  refusals: Refusals,
): Promise<ToolRegistryObject | undefined> {
  const what = called('ToolRegistry', key);
  const found = await readObject(reader, 'ToolRegistry', key);
  if (found === undefined) {
    return refusals.add('ToolRegistryNotFound', `there is no ${what}: create it, or correct the reference to it`);
  }
  if ('faults' in found) return refusals.add('InvalidTool', `${what}: ${found.faults}`);
  return found.object;
}

class Gathering {
  readonly found: ResolvedTools = { tools: [], mcpServers: [], openApis: [], warnings: [] };
  /** Who has a name first. */
  private readonly holders = new Map<string, string>();

  constructor(private readonly refusals: Refusals) {}

  take({ metadata, spec, status }: ToolRegistryObject): void {
    const registry = called('ToolRegistry', metadata);
    const discovered = new Map((status?.discoveredTools ?? []).map((tool) => [tool.handlerName ?? tool.name, tool]));
    for (const handler of spec.handlers) {
      this.handler(handler, discovered.get(handler.name), `${registry}, handler ${handler.name}`);
      discovered.delete(handler.name);
    }
    for (const tool of discovered.values()) this.foundOnly(tool, registry);
    if (spec.probe?.enabled === true) {
      this.found.warnings.push(`${registry}: probe: nobody looks whether tools are there, a call that fails tells`);
    }
  }

  private handler(handler: ToolHandler, discovered: DiscoveredTool | undefined, from: string): void {
    const { type, auth, retryPolicy, httpConfig, tool } = handler;
    if (auth !== undefined && auth.type !== 'none') {
      const message = `${from}: auth of type ${auth.type} is not available for tools: put a proxy in front that adds it`;
      this.refusals.add('InvalidTool', message);
      return;
    }
    if (discovered?.status === 'Unavailable') {
      const { error } = discovered;
      this.found.warnings.push(`${from}: its registry says that it is not available${error ? ` (${error})` : ''}`);
    }
    if (Object.keys({ ...retryPolicy, ...httpConfig?.retryPolicy }).length > 0) {
      this.found.warnings.push(`${from}: retryPolicy: a failed call is told to the model, which may call again`);
    }
    if (type === 'http') this.tool(tool?.name, httpToolSpec(handler, discovered), from);
    else if (type === 'client') this.client(handler, discovered, from);
    else if (type === 'mcp') this.server(handler, from);
    else if (type === 'openapi') this.openApi(handler, from);
    else {
      const message = `${from}: type ${type} is not called by this version: offer the tool over http, openapi or mcp`;
      this.refusals.add('InvalidTool', message);
    }
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

  private tool(name: string | undefined, spec: ToolSpecText | undefined, from: string): void {
    if (name === undefined || spec === undefined) {
      this.refusals.add('InvalidTool', `${from}: the block of its type, or the block tool, is missing: add it`);
      return;
    }
    const parsed = toolSpecSchema.safeParse(spec);
    if (!parsed.success) this.refusals.add('InvalidTool', `${from}: ${faultsOf(parsed.error)}`);
    else if (this.isFree(`tool ${name}`, from)) this.found.tools.push({ name, spec, from });
  }

  private server(handler: ToolHandler, from: string): void {
    const spec = mcpServerSpec(handler);
    const parsed = mcpServersSchema.safeParse([{ name: handler.name, ...spec }]);
    if (!parsed.success) this.refusals.add('InvalidTool', `${from}: ${faultsOf(parsed.error)}`);
    else if (spec !== undefined && this.isFree(`MCP server ${handler.name}`, from)) {
      this.found.mcpServers.push({ name: handler.name, spec, from });
    }
  }

  private openApi({ openAPIConfig: config, timeout }: ToolHandler, from: string): void {
    if (config === undefined) {
      this.refusals.add('InvalidTool', `${from}: the block openAPIConfig is missing: add it`);
      return;
    }
    for (const field of Object.keys(config)) {
      if (field !== 'specURL') this.found.warnings.push(`${from}: openAPIConfig.${field}: nothing reads this field`);
    }
    this.found.openApis.push({ specUrl: config.specURL, timeoutMs: millis(timeout), from });
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
