/** Handlers of a ToolRegistry in the words of a bundle. */
import type { JsonValue } from '../core/conversation.js';
import { MAX_TIMER_MS, parseDurationMs } from '../core/duration.js';
import type { DiscoveredTool, ToolHandler } from '../schema/cluster/tool-registry.js';
import { needsAuth } from './tool-access.js';

export type ToolSpecText = { [field: string]: JsonValue };

/** An argument in the path of an address: `{id}`, as opposed to the `{{…}}` of a template. */
const ARGUMENT = /(?<!\{)\{([A-Za-z_]\w*)\}(?!\})/g;

/** A tool that models call and that is one request over HTTP. */
export function httpToolSpec(handler: ToolHandler, discovered: DiscoveredTool | undefined): ToolSpecText | undefined {
  const { tool, httpConfig: config } = handler;
  if (tool === undefined || config === undefined) return undefined;
  // Where the tool really is may have been found out since the handler was written.
  // Credentials go where their owner says.
  const found = needsAuth(handler) ? undefined : discovered?.endpoint;
  const endpoint = isAddress(found) ? found : config.endpoint;
  const { url, placed } = addressOf(endpoint, config.urlTemplate);
  const headers = {
    ...(config.contentType === undefined ? {} : { 'Content-Type': config.contentType }),
    ...config.headers,
  };
  return present({
    ...described(handler, discovered),
    mode: 'live',
    http: present({
      url,
      method: config.method,
      headers: block(headers),
      redact: config.redact,
      request: block({
        query_params: config.queryParams,
        header_params: config.headerParams,
        static_query: config.staticQuery,
        static_body: config.staticBody,
        body_mapping: config.bodyMapping,
        exclude: placed.length === 0 ? undefined : placed,
      }),
      response: block({ body_mapping: config.responseMapping }),
    }),
  });
}

/** A tool that the client of an agent would carry out. */
export function clientToolSpec(handler: ToolHandler, discovered: DiscoveredTool | undefined): ToolSpecText | undefined {
  if (handler.tool === undefined) return undefined;
  const { consentMessage, categories } = handler.clientConfig ?? {};
  return present({
    ...described(handler, discovered),
    mode: 'client',
    client: block({
      consent: consentMessage === undefined ? undefined : { required: true, message: consentMessage },
      categories,
    }),
  });
}

/** A tool of which only the status of the registry tells: an address that takes the arguments as JSON. */
export function foundToolSpec(tool: DiscoveredTool): ToolSpecText | undefined {
  if (!isAddress(tool.endpoint)) return undefined;
  return present({
    description: tool.description ?? '',
    input_schema: tool.inputSchema ?? { type: 'object' },
    output_schema: tool.outputSchema,
    mode: 'live',
    http: { url: literal(tool.endpoint) },
  });
}

/** An MCP server, whose tools are listed when a run is planned. */
export function mcpServerSpec({ mcpConfig: config, timeout }: ToolHandler): ToolSpecText | undefined {
  if (config === undefined) return undefined;
  const { transport, endpoint, command, args, env, workDir, toolFilter } = config;
  return present({
    transport,
    url: endpoint,
    command,
    args,
    env,
    working_dir: workDir,
    tool_filter: block({ ...toolFilter }),
    timeout_ms: millis(timeout),
  });
}

function described({ tool, timeout }: ToolHandler, discovered: DiscoveredTool | undefined): ToolSpecText {
  return present({
    description: tool?.description ?? discovered?.description ?? '',
    input_schema: tool?.inputSchema ?? discovered?.inputSchema ?? { type: 'object' },
    output_schema: tool?.outputSchema ?? discovered?.outputSchema,
    timeout_ms: millis(timeout),
  });
}

/** The address as a template over the arguments, and the arguments that have their place in it. */
function addressOf(endpoint: string, template: string | undefined): { url: string; placed: string[] } {
  if (template === undefined) return { url: literal(endpoint), placed: [] };
  const placed = [...template.matchAll(ARGUMENT)].map(([, name = '']) => name);
  const path = template.replace(ARGUMENT, '{{.$1}}');
  if (isAddress(template)) return { url: path, placed };
  return { url: `${literal(endpoint).replace(/\/+$/, '')}/${path.replace(/^\/+/, '')}`, placed };
}

/** An endpoint is an address and no template. */
const literal = (endpoint: string): string => endpoint.replaceAll('{', '%7B').replaceAll('}', '%7D');

const isAddress = (text: string | undefined): text is string => /^https?:\/\/./i.test(text ?? '');

/** Of a duration that a schema has checked, as far as a timer can wait. */
export const millis = (span: string | undefined): number | undefined =>
  span === undefined ? undefined : Math.min(MAX_TIMER_MS, parseDurationMs(span) ?? 0);

/** Without what is absent. */
function present(fields: { [field: string]: JsonValue | undefined }): ToolSpecText {
  return Object.fromEntries(
    Object.entries(fields).filter((entry): entry is [string, JsonValue] => entry[1] !== undefined),
  );
}

/** The same; nothing at all where it says nothing. */
function block(fields: { [field: string]: JsonValue | undefined }): ToolSpecText | undefined {
  const written = present(fields);
  return Object.keys(written).length === 0 ? undefined : written;
}
