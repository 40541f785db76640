/** HTTP calls to services that a bundle names: shared connections, bounded time and size, no redirect to elsewhere. */
import { Agent, request as send } from 'undici';
import { ArenaError } from '../core/errors.js';
import { watchAbort } from './providers/abort-hub.js';
import { retryAfterMs } from './providers/retry-after.js';

const MAX_REDIRECTS = 5;

export interface BoundedRequest {
  method: string;
  url: URL;
  headers: Readonly<Record<string, string>>;
  body?: string;
  /** Milliseconds until the whole answer is there. */
  timeoutMs: number;
  maxBytes: number;
}

export interface BoundedAnswer {
  status: number;
  /** In lower case, without parameters; empty when the server names none. */
  contentType: string;
  /** What `Retry-After` asks for, in milliseconds. */
  retryAfterMs?: number;
  body: Buffer;
}

/** Idle connections do not keep the process alive. Time limits are each call's own. */
const connections = new Agent({ connect: { timeout: 10_000 }, headersTimeout: 0, bodyTimeout: 0 });

/**
 * The answer, of any status. Redirects are followed within the origin only: headers are meant for the one that was named.
 * Throws an `ArenaError`, or the signal's reason when it was aborted.
 */
export async function callService(call: BoundedRequest, signal: AbortSignal): Promise<BoundedAnswer> {
  signal.throwIfAborted();
  const ending = new AbortController();
  const unwatch = watchAbort(signal, (reason) => ending.abort(reason));
  const timeout = new ArenaError({
    code: 'call_timeout',
    message: `no complete answer of ${call.url.origin} within ${call.timeoutMs / 1000} s`,
  });
  const timer = setTimeout(() => ending.abort(timeout), call.timeoutMs);
  try {
    return await follow(call, ending.signal, 0);
  } catch (error) {
    if (ending.signal.aborted) throw ending.signal.reason;
    if (error instanceof ArenaError) throw error;
    const message = `${call.url.origin} cannot be reached (${describe(error)})`;
    throw new ArenaError({ code: 'connection_failed', message }, { cause: error });
  } finally {
    clearTimeout(timer);
    unwatch();
  }
}

async function follow(call: BoundedRequest, signal: AbortSignal, redirects: number): Promise<BoundedAnswer> {
  const { method, url, headers, body } = call;
  const answer = await send(url, { method: method as 'GET', headers, body, signal, dispatcher: connections });
  const status = answer.statusCode;
  const location = first(answer.headers.location);
  if (status >= 300 && status < 400 && location !== undefined) {
    answer.body.destroy();
    // What is left of a body that nobody reads ends in an error that nobody needs.
    answer.body.on('error', () => undefined);
    return follow(redirected(call, status, location, redirects), signal, redirects + 1);
  }
  const encoding = first(answer.headers['content-encoding']) ?? 'identity';
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of answer.body as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > call.maxBytes) {
      const message = `the answer of ${url.origin} is longer than ${call.maxBytes} bytes`;
      throw new ArenaError({ code: 'answer_too_large', message });
    }
    chunks.push(chunk);
  }
  if (encoding !== 'identity' && bytes > 0) {
    const message = `the answer of ${url.origin} is compressed (${encoding}), which was not asked for`;
    throw new ArenaError({ code: 'malformed_answer', message });
  }
  const contentType = (first(answer.headers['content-type']) ?? '').split(';', 1)[0]?.trim().toLowerCase() ?? '';
  const asked = retryAfterMs(answer.headers, Date.now());
  return { status, contentType, ...(asked !== undefined && { retryAfterMs: asked }), body: Buffer.concat(chunks) };
}

function redirected(call: BoundedRequest, status: number, location: string, redirects: number): BoundedRequest {
  const refuse = (why: string) => new ArenaError({ code: 'redirect_refused', message: `${call.url.origin} ${why}` });
  if (redirects >= MAX_REDIRECTS) throw refuse(`redirects more than ${MAX_REDIRECTS} times`);
  if (!URL.canParse(location, call.url.href)) throw refuse('redirects to what is no address');
  const url = new URL(location, call.url.href);
  if (url.origin !== call.url.origin) throw refuse(`redirects to ${url.origin}; name the address that is meant`);
  const asGet = status === 303 || (status < 303 && call.method === 'POST');
  if (!asGet) return { ...call, url };
  const headers = Object.fromEntries(
    Object.entries(call.headers).filter(([name]) => !/^content-(type|length)$/i.test(name)),
  );
  return { ...call, url, headers, method: 'GET', body: undefined };
}

const first = (header: string | string[] | undefined): string | undefined =>
  Array.isArray(header) ? header[0] : header;

function describe(error: unknown): string {
  if (error instanceof AggregateError && error.errors.length > 0) return describe(error.errors[0]);
  return error instanceof Error ? error.message : String(error);
}
