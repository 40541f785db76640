/** HTTP to a registry and to where it sends us: through the proxy of the installation, and closed when the fetch is over. */
import { Agent, type Dispatcher, ProxyAgent, request } from 'undici';
import { ArenaError } from '../../../core/errors.js';
import { describeConnectionError } from '../../connection-error.js';
import { proxyFor } from '../../providers/proxy.js';

const CONNECT_TIMEOUT_MS = 15_000;
const MAX_REDIRECTS = 5;

export interface HttpCall {
  method: 'GET' | 'HEAD' | 'POST';
  url: URL;
  /** Sent to the origin of `url` and to no other. */
  authorization?: string;
  accept?: string;
  /** Form of a POST. */
  form?: string;
}

export type HttpAnswer = Dispatcher.ResponseData;

export interface ConnectionOptions {
  /** Take any certificate, and plain http. */
  insecure: boolean;
  env: Readonly<Record<string, string | undefined>>;
  signal: AbortSignal;
}

export class RegistryConnections {
  private readonly dispatchers = new Map<string, Dispatcher>();

  constructor(private readonly options: ConnectionOptions) {}

  /** The answer of any status but a redirect. Its body must be read or dumped. */
  async send(call: HttpCall, redirects = 0): Promise<HttpAnswer> {
    const { signal } = this.options;
    const { method, url, authorization, accept, form } = call;
    const headers: Record<string, string> = { 'user-agent': 'arena', 'accept-encoding': 'identity' };
    if (authorization !== undefined) headers.authorization = authorization;
    if (accept !== undefined) headers.accept = accept;
    if (form !== undefined) headers['content-type'] = 'application/x-www-form-urlencoded';
    const answer = await this.reach(url, () =>
      request(url, {
        method,
        headers,
        signal,
        dispatcher: this.dispatcher(url),
        ...(form === undefined ? {} : { body: form }),
      }),
    );
    const { location } = answer.headers;
    if (answer.statusCode < 300 || answer.statusCode >= 400 || typeof location !== 'string') return answer;
    await answer.body.dump();
    return this.send(this.redirected(call, location, redirects), redirects + 1);
  }

  /** Runs what talks to an address; what goes wrong there is told in our words. */
  async reach<T>(url: URL, talk: () => Promise<T>): Promise<T> {
    const { signal } = this.options;
    signal.throwIfAborted();
    try {
      return await talk();
    } catch (error) {
      if (signal.aborted) throw signal.reason;
      if (error instanceof ArenaError) throw error;
      const { detail, hint } = describeConnectionError(error);
      throw new ArenaError(
        {
          code: 'connection_failed',
          message: `${url.host} cannot be reached (${detail})`,
          hint:
            hint ?? 'check the address, and that the workers may reach it; oci.insecure is for registries without TLS',
        },
        { cause: error },
      );
    }
  }

  async close(): Promise<void> {
    await Promise.all([...this.dispatchers.values()].map((dispatcher) => dispatcher.destroy()));
    this.dispatchers.clear();
  }

  /** Blobs often lie elsewhere: what opens the registry is not for there. */
  private redirected(call: HttpCall, location: string, redirects: number): HttpCall {
    const refuse = (why: string) =>
      new ArenaError({
        code: 'redirect_refused',
        message: `${call.url.host} ${why}`,
        hint: 'ask who runs the registry',
      });
    if (redirects >= MAX_REDIRECTS) throw refuse(`redirects more than ${MAX_REDIRECTS} times`);
    const url = URL.canParse(location, call.url.href) ? new URL(location, call.url.href) : undefined;
    if (url === undefined || !/^https?:$/.test(url.protocol)) throw refuse('redirects to what is no address');
    if (url.protocol === 'http:' && call.url.protocol === 'https:') throw refuse('redirects to an address without TLS');
    if (call.form !== undefined) throw refuse('redirects where a token is asked for');
    const { authorization, ...open } = call;
    return {
      ...open,
      url,
      ...(url.origin === call.url.origin && authorization !== undefined ? { authorization } : {}),
    };
  }

  private dispatcher(url: URL): Dispatcher {
    let dispatcher = this.dispatchers.get(url.origin);
    if (dispatcher === undefined) {
      dispatcher = this.open(url.origin);
      this.dispatchers.set(url.origin, dispatcher);
    }
    return dispatcher;
  }

  private open(origin: string): Dispatcher {
    const { insecure, env } = this.options;
    const proxy = proxyFor(origin, env);
    // The time limit of the whole fetch stands in the signal.
    const limits = { headersTimeout: 0, bodyTimeout: 0, maxResponseSize: -1 };
    const connect = { timeout: CONNECT_TIMEOUT_MS, rejectUnauthorized: !insecure };
    if (proxy === undefined) return new Agent({ ...limits, connect });
    return new ProxyAgent({
      ...limits,
      uri: proxy.url.href,
      ...(proxy.authorization === undefined ? {} : { token: proxy.authorization }),
      proxyTls: { timeout: CONNECT_TIMEOUT_MS },
      requestTls: connect,
    });
  }
}

/** The body, which may be longer than said; more than `maxBytes` is refused. */
export async function readBody({ body }: HttpAnswer, maxBytes: number, what: string): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of body as AsyncIterable<Buffer>) {
    bytes += chunk.byteLength;
    if (bytes > maxBytes) {
      throw new ArenaError({ code: 'answer_too_large', message: `${what} is longer than ${maxBytes} bytes` });
    }
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}
