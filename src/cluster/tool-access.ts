/** What a handler of a ToolRegistry says of its credentials and its retries, as workers want it. */
import { MAX_TIMER_MS, parseDurationMs } from '../core/duration.js';
import type { RetryPolicy, ToolAccess, ToolAuth } from '../core/tool-access.js';
import type { ToolHandler } from '../schema/cluster/tool-registry.js';

/** Where a handler is called; undefined for what is not called over HTTP. */
export function endpointOf({ type, httpConfig, openAPIConfig, mcpConfig }: ToolHandler): string | undefined {
  if (type === 'http') return httpConfig?.endpoint;
  if (type === 'openapi') return openAPIConfig?.specURL;
  return type === 'mcp' ? mcpConfig?.endpoint : undefined;
}

/** Whether its callers show who they are. */
export const needsAuth = ({ auth }: ToolHandler): boolean => auth !== undefined && auth.type !== 'none';

/** `namespace` is that of the registry: its Secrets are there. Undefined when nothing is said. */
export function toolAccess(handler: ToolHandler, namespace: string): ToolAccess | undefined {
  const auth = authOf(handler, namespace);
  const retry = retryOf(handler);
  if (auth === undefined && retry === undefined) return undefined;
  return { ...(auth && { auth }), ...(retry && { retry }) };
}

function authOf(handler: ToolHandler, namespace: string): ToolAuth | undefined {
  const { auth } = handler;
  const endpoint = endpointOf(handler);
  if (auth === undefined || endpoint === undefined || !URL.canParse(endpoint)) return undefined;
  const { origin } = new URL(endpoint);
  if (auth.type === 'serviceAccount') return { origin, type: 'serviceAccount' };
  if (auth.type === 'basic' && auth.basic !== undefined) {
    return { origin, type: 'basic', secret: { name: auth.basic.secretRef.name, namespace } };
  }
  if (auth.type !== 'bearer' || auth.bearer === undefined) return undefined;
  const { name, key = 'token' } = auth.bearer.secretRef;
  return { origin, type: 'bearer', secret: { name, namespace }, key };
}

const DEFAULT_RETRY_ON = [408, 429, 500, 502, 503, 504];

/** The block within `httpConfig` beats the one of the handler, field by field. */
function retryOf({ retryPolicy, httpConfig }: ToolHandler): RetryPolicy | undefined {
  if (retryPolicy === undefined && httpConfig?.retryPolicy === undefined) return undefined;
  const written = { ...retryPolicy, ...httpConfig?.retryPolicy };
  return {
    maxAttempts: written.maxAttempts ?? 3,
    initialBackoffMs: waitOf(written.initialBackoff ?? '100ms'),
    backoffMultiplier: Number(written.backoffMultiplier ?? '2.0'),
    maxBackoffMs: waitOf(written.maxBackoff ?? '30s'),
    retryOn: written.retryOn ?? DEFAULT_RETRY_ON,
    respectRetryAfter: written.respectRetryAfter ?? true,
  };
}

/** Of a duration that a schema has checked, as far as a timer can wait. */
const waitOf = (span: string): number => Math.min(MAX_TIMER_MS, parseDurationMs(span) ?? 0);
