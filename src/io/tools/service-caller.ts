/** Calls to the service of a tool: with the credentials that it wants, and again where that may help. */
import type { Secrets } from '../../core/secrets.js';
import type { RetryPolicy, ToolAccess } from '../../core/tool-access.js';
import { type BoundedAnswer, type BoundedRequest, callService } from '../bounded-http.js';
import { retryAfterMs } from '../providers/retry-after.js';
import { withRetries } from './retries.js';
import { ToolCredential } from './tool-credential.js';
import type { ToolSettings } from './tool-settings.js';

type Fetch = (url: string | URL, init?: RequestInit) => Promise<Response>;

export class ServiceCaller {
  private readonly credential: ToolCredential | undefined;
  private readonly retry: RetryPolicy | undefined;

  /** Throws `invalid_input` when this process cannot have the credentials. `secrets` takes whatever is shown. */
  constructor({ auth, retry }: ToolAccess, settings: ToolSettings, secrets: Secrets) {
    this.credential = auth === undefined ? undefined : new ToolCredential(auth, settings, secrets);
    this.retry = retry;
  }

  /** As `callService`. Its time limit is that of each try. */
  call(request: BoundedRequest, signal: AbortSignal): Promise<BoundedAnswer> {
    return this.tried(request.method, request.url, signal, async (authorization) => {
      if (authorization === undefined) return callService(request, signal);
      const others = Object.entries(request.headers).filter(([name]) => name.toLowerCase() !== 'authorization');
      return callService({ ...request, headers: { ...Object.fromEntries(others), authorization } }, signal);
    });
  }

  /** The same for whoever brings a `fetch` of its own. */
  wrap(fetch: Fetch): Fetch {
    return async (url, init = {}) => {
      const signal = init.signal ?? new AbortController().signal;
      const tried = await this.tried(init.method ?? 'GET', new URL(url), signal, async (authorization) => {
        const headers = new Headers(init.headers);
        if (authorization !== undefined) headers.set('authorization', authorization);
        const response = await fetch(url, { ...init, headers });
        const { status } = response;
        const asked = retryAfterMs({ 'retry-after': response.headers.get('retry-after') ?? undefined }, Date.now());
        return { status, ...(asked !== undefined && { retryAfterMs: asked }), response };
      });
      return tried.response;
    };
  }

  private tried<Answer extends { status: number; retryAfterMs?: number }>(
    method: string,
    url: URL,
    signal: AbortSignal,
    send: (authorization: string | undefined) => Promise<Answer>,
  ): Promise<Answer> {
    return withRetries(this.retry, method, signal, async () => {
      const { credential } = this;
      if (credential === undefined) return send(undefined);
      const answer = await send(await credential.authorization(url));
      // A Secret may have been changed since it was read. Whoever is refused has done nothing yet.
      if (answer.status !== 401 || !(await credential.refused())) return answer;
      return send(await credential.authorization(url));
    });
  }
}
