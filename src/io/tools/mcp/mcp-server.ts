/** An MCP server of a bundle: connected when it is needed, and again when its connection is gone. */
import { randomUUID } from 'node:crypto';
import { Secrets } from '../../../core/secrets.js';
import type { ToolArguments, ToolOutput, ToolRunOptions } from '../../../core/tool.js';
import type { ToolAccess } from '../../../core/tool-access.js';
import type { McpServerSpec } from '../../../schema/mcp-server.js';
import { bundleEnvironment } from '../../bundle-environment.js';
import { ServiceCaller } from '../service-caller.js';
import type { ToolSettings } from '../tool-settings.js';
import type { McpConnection } from './mcp-connection.js';
import { outputOf } from './mcp-result.js';

/** A tool as a server lists it; plain data. */
export interface ListedTool {
  name: string;
  description: string;
  inputSchema: { [key: string]: unknown };
}

export class McpServer {
  private readonly secrets: Secrets;
  private connection: Promise<McpConnection> | undefined;
  /** Names the server as it is now, with all it remembers; undefined when there is no connection. */
  side: string | undefined;

  constructor(
    readonly spec: McpServerSpec,
    private readonly settings: ToolSettings,
    private readonly access: ToolAccess = {},
  ) {
    this.secrets = new Secrets(bundleEnvironment(settings.env, settings.bundleEnv));
  }

  /** What it offers, as far as its filter lets through. Throws an Error that says why it cannot be asked. */
  async tools(): Promise<ListedTool[]> {
    const { allowlist, blocklist = [] } = this.spec.tool_filter ?? {};
    const tools = await this.using(async (connection) => connection.tools());
    return tools
      .filter(({ name }) => !blocklist.includes(name) && (allowlist?.includes(name) ?? true))
      .map(({ name, description = '', inputSchema }) => ({ name, description, inputSchema }));
  }

  /** Throws an Error that tells the model what went wrong. */
  call(
    tool: string,
    args: ToolArguments,
    { signal, remembers }: Pick<ToolRunOptions, 'signal' | 'remembers'>,
  ): Promise<ToolOutput> {
    return this.using(async (connection) => {
      // What a server elsewhere remembers outlives this process, unless it is asked to be one conversation's own.
      const isOurs = this.spec.command !== undefined || this.spec.scope === 'conversation';
      if (isOurs && this.side !== undefined) remembers?.(this.side);
      const result = await connection.call(tool, args, signal);
      return outputOf(result, (text) => this.secrets.scrub(text));
    });
  }

  /** Ends the connection, and the program with it. The next call makes another one. */
  async close(): Promise<void> {
    const { connection } = this;
    this.connection = undefined;
    this.side = undefined;
    await connection?.then(
      (open) => open.close(),
      () => undefined,
    );
  }

  private async using<T>(work: (connection: McpConnection) => Promise<T>): Promise<T> {
    try {
      return await work(await this.connect());
    } catch (error) {
      throw new Error(this.secrets.scrub(error instanceof Error ? error.message : String(error)), { cause: error });
    }
  }

  /** The protocol is loaded by those only who speak it: it is as large as the rest of a worker. */
  private async open(): Promise<McpConnection> {
    const { McpConnection } = await import('./mcp-connection.js');
    const caller = new ServiceCaller(this.access, this.settings, this.secrets);
    return McpConnection.open(this.spec, this.secrets, this.settings, caller);
  }

  private connect(): Promise<McpConnection> {
    if (this.connection !== undefined) return this.connection;
    const opening = this.open();
    this.connection = opening;
    this.side = randomUUID();
    const forget = (): void => {
      if (this.connection !== opening) return;
      this.connection = undefined;
      this.side = undefined;
    };
    opening.then((connection) => connection.onEnd(forget), forget);
    return opening;
  }
}
