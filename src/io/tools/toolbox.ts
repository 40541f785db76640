/** The tools of one run in this process, with what they keep open between calls. */
import { AsyncLocalStorage } from 'node:async_hooks';
import type { Bundle } from '../../bundle/bundle.js';
import type { ToolRunner } from '../../core/tool.js';
import { createTool, type ToolSource } from './create-tool.js';
import { boundTool, type DiscoveredTool, qualifiedName, withDiscovered } from './mcp/discover.js';
import { McpServer } from './mcp/mcp-server.js';
import type { ToolSettings } from './tool-settings.js';

/** Servers that nobody needs any more are stopped after this time; a run's next shard may begin at once. */
const IDLE_MS = 10_000;

type Servers = ReadonlyMap<string, McpServer>;

export class Toolbox {
  /** With the tools that servers offer. */
  readonly bundle: Bundle;
  private readonly shared: Servers;
  private readonly perConversation: Bundle['arena']['spec']['mcp_servers'];
  private readonly conversation = new AsyncLocalStorage<Servers>();
  private users = 0;
  private idleTimer: NodeJS.Timeout | undefined;

  constructor(
    private readonly written: Bundle,
    private readonly discovered: readonly DiscoveredTool[],
    private readonly settings: ToolSettings,
  ) {
    this.bundle = withDiscovered(written, discovered);
    const servers = written.arena.spec.mcp_servers ?? [];
    this.shared = this.serversOf(servers.filter(({ scope }) => scope !== 'conversation'));
    this.perConversation = servers.filter(({ scope }) => scope === 'conversation');
  }

  /** Makes the runner of a tool. Throws `invalid_input` when its settings cannot be used. */
  readonly create = (source: ToolSource): ToolRunner => {
    if (source.spec.mode !== 'mcp') {
      const access = this.written.tools.get(source.name)?.access;
      return createTool({ ...source, files: this.written.files, access }, this.settings);
    }
    const found =
      this.discovered.find((tool) => qualifiedName(tool) === source.name) ??
      this.boundTool(source.name) ??
      this.discovered.find(({ tool }) => tool === source.name);
    return {
      local: false,
      run: async (args, options) => {
        const server = found && (this.conversation.getStore()?.get(found.server) ?? this.shared.get(found.server));
        if (found === undefined || server === undefined) throw new Error(`no MCP server offers ${source.name}`);
        return server.call(found.tool, args, options);
      },
    };
  };

  /** Holds a conversation: servers that belong to a single one live as long as this takes. */
  async during<T>(hold: () => Promise<T>): Promise<T> {
    if (this.perConversation === undefined || this.perConversation.length === 0) return hold();
    const servers = this.serversOf(this.perConversation);
    try {
      return await this.conversation.run(servers, hold);
    } finally {
      await closeAll(servers);
    }
  }

  /** Whether a server that gave an answer is still the same, and so remembers it. */
  isThere(side: string): boolean {
    return [...this.shared.values()].some((server) => server.side === side);
  }

  /** Keeps what is open alive until the returned function is called. */
  use(): () => void {
    this.users += 1;
    clearTimeout(this.idleTimer);
    return () => {
      this.users -= 1;
      if (this.users > 0) return;
      this.idleTimer = setTimeout(() => void closeAll(this.shared), IDLE_MS);
      this.idleTimer.unref();
    };
  }

  /** Stops what is open now; a later call opens it again. */
  async close(): Promise<void> {
    clearTimeout(this.idleTimer);
    await closeAll(this.shared);
  }

  private boundTool(name: string): DiscoveredTool | undefined {
    const document = this.written.tools.get(name);
    return document === undefined ? undefined : boundTool(document, this.discovered);
  }

  private serversOf(specs: NonNullable<Bundle['arena']['spec']['mcp_servers']>): Servers {
    const { serverAccess } = this.written;
    return new Map(specs.map((spec) => [spec.name, new McpServer(spec, this.settings, serverAccess?.get(spec.name))]));
  }
}

async function closeAll(servers: Servers): Promise<void> {
  await Promise.allSettled([...servers.values()].map((server) => server.close()));
}
