/** One connection to an MCP server: started, introduced, and watched for its end. */
import { resolve } from 'node:path';
import {
  type CallToolResult,
  Client,
  ProtocolError,
  SdkError,
  SdkErrorCode,
  SSEClientTransport,
  StreamableHTTPClientTransport,
  type Tool,
  type Transport,
} from '@modelcontextprotocol/client';
import type { Secrets } from '../../../core/secrets.js';
import type { ToolArguments } from '../../../core/tool.js';
import type { McpServerSpec } from '../../../schema/mcp-server.js';
import { timeoutOf } from '../limits.js';
import type { ServiceCaller } from '../service-caller.js';
import type { ToolSettings } from '../tool-settings.js';
import { boundedFetch } from './bounded-fetch.js';
import { MAX_LIST_PAGES, START_TIMEOUT_MS } from './limits.js';
import { StdioTransport } from './stdio-transport.js';

/** Variables that every program needs; the same that the reference client of MCP hands on. */
const COMMON = ['HOME', 'LOGNAME', 'PATH', 'SHELL', 'TERM', 'USER', 'LANG', 'TZ', 'TMPDIR'];

export class McpConnection {
  private readonly ended: Promise<void>;

  private constructor(
    private readonly client: Client,
    private readonly transport: Transport,
    private readonly timeoutMs: number,
  ) {
    this.ended = new Promise((resolve) => {
      client.onclose = resolve;
    });
  }

  /** Throws an Error that says, with the server's last words, why it could not be had. */
  static async open(
    spec: McpServerSpec,
    secrets: Secrets,
    settings: ToolSettings,
    caller: ServiceCaller,
  ): Promise<McpConnection> {
    const transports = transportsOf(spec, secrets, settings, caller);
    let reason: unknown;
    for (const transport of transports) {
      try {
        const client = await introduce(transport);
        return new McpConnection(client, transport, timeoutOf(spec.timeout_ms));
      } catch (error) {
        // The first way is the one that is meant: its failure says more than that of the older one.
        reason ??= error;
      }
    }
    throw reason;
  }

  /** Calls back when the server, or the way to it, is gone. */
  onEnd(callback: () => void): void {
    void this.ended.then(callback);
  }

  async tools(): Promise<Tool[]> {
    try {
      const { tools } = await this.client.listTools(undefined, { timeout: START_TIMEOUT_MS });
      return tools;
    } catch (error) {
      throw explain(error, this.transport);
    }
  }

  async call(name: string, args: ToolArguments, signal: AbortSignal): Promise<CallToolResult> {
    const { timeoutMs: timeout } = this;
    try {
      return await this.client.callTool({ name, arguments: args }, { signal, timeout, maxTotalTimeout: timeout });
    } catch (error) {
      const failure = explain(error, this.transport);
      if (!signal.aborted && !isAnswer(error)) await this.close();
      throw failure;
    }
  }

  async close(): Promise<void> {
    await this.client.close();
  }
}

/** Whether the server itself is well: it refuses the call, or takes its time. Any other failure is one of the connection. */
function isAnswer(error: unknown): boolean {
  return error instanceof ProtocolError || (error instanceof SdkError && error.code === SdkErrorCode.RequestTimeout);
}

async function introduce(transport: Transport): Promise<Client> {
  const client = new Client({ name: 'arena', version: '1' }, { listMaxPages: MAX_LIST_PAGES });
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    const message = `it did not introduce itself within ${START_TIMEOUT_MS / 1000} s`;
    timer = setTimeout(() => reject(new Error(message)), START_TIMEOUT_MS);
  });
  try {
    await Promise.race([client.connect(transport, { timeout: START_TIMEOUT_MS + 1000 }), late]);
    return client;
  } catch (error) {
    await Promise.allSettled([client.close(), transport.close()]);
    throw explain(error, transport, false);
  } finally {
    clearTimeout(timer);
  }
}

/** A program that is gone, or never came up, has often said why. */
function explain(error: unknown, transport: Transport, introduced = true): Error {
  const message = spell(error);
  if (!(transport instanceof StdioTransport)) return new Error(message, { cause: error });
  const { end, lastWords } = transport;
  if (introduced && end === undefined) return new Error(message, { cause: error });
  const why = end ?? message;
  return new Error(lastWords === '' ? why : `${why}; it last said: ${lastWords}`, { cause: error });
}

/** `fetch` keeps the reason of a failure in its cause. */
function spell(error: unknown): string {
  if (typeof error !== 'object' || error === null || !('message' in error)) return String(error);
  const reason = 'cause' in error && error.cause !== undefined ? spell(error.cause) : '';
  return reason === '' ? String(error.message) : `${String(error.message)} (${reason})`;
}

/** The ways to try, in order. */
function transportsOf(
  spec: McpServerSpec,
  secrets: Secrets,
  settings: ToolSettings,
  caller: ServiceCaller,
): Transport[] {
  const expand = (values: Record<string, string> | undefined, what: string): Record<string, string> => {
    secrets.keepNamed(values ?? {});
    const entries = Object.entries(values ?? {});
    return Object.fromEntries(entries.map(([name, value]) => [name, secrets.expand(value, `${what} ${name}`)]));
  };
  if (spec.command !== undefined) {
    const common = COMMON.flatMap((name): [string, string][] => {
      const value = settings.env[name];
      return value === undefined ? [] : [[name, value]];
    });
    const env = { ...Object.fromEntries(common), ...expand(spec.env, `the server ${spec.name}: env`) };
    const folder = spec.working_dir === undefined ? undefined : resolve(spec.working_dir);
    return [new StdioTransport({ command: spec.command, args: spec.args ?? [], env, folder })];
  }
  const url = new URL(spec.url ?? '');
  const requestInit = { headers: expand(spec.headers, `the server ${spec.name}: header`) };
  const options = { requestInit, fetch: caller.wrap(boundedFetch) };
  const http = () => new StreamableHTTPClientTransport(url, options);
  const sse = () => new SSEClientTransport(url, options);
  if (spec.transport === undefined) return [http(), sse()];
  return [spec.transport === 'sse' ? sse() : http()];
}
