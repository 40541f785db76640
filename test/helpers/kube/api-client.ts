/** As much of a client of the API server as tests need: bare requests with a token, and watches. */
import { createInterface } from 'node:readline';
import { Agent, request } from 'undici';

export interface KubeObject {
  apiVersion?: string;
  kind?: string;
  metadata: {
    name: string;
    namespace?: string;
    uid?: string;
    resourceVersion?: string;
    generation?: number;
    deletionTimestamp?: string;
    deletionGracePeriodSeconds?: number;
    labels?: { [name: string]: string };
    annotations?: { [name: string]: string };
    ownerReferences?: { kind: string; name: string; uid: string }[];
    finalizers?: string[];
  };
}

export interface Answer<T> {
  status: number;
  body: T;
}

export interface WatchEvent<T> {
  type: 'ADDED' | 'MODIFIED' | 'DELETED' | 'BOOKMARK' | 'ERROR';
  object: T;
}

const PATCHES = {
  merge: 'application/merge-patch+json',
  strategic: 'application/strategic-merge-patch+json',
  apply: 'application/apply-patch+yaml',
};

export class ApiClient {
  private readonly agent: Agent;

  constructor(
    private readonly url: string,
    ca: string,
    private readonly token: string,
  ) {
    this.agent = new Agent({ connect: { ca }, bodyTimeout: 0, headersTimeout: 30_000 });
  }

  async request<T = KubeObject>(method: 'GET' | 'POST' | 'PUT' | 'DELETE', path: string, body?: object) {
    return this.send<T>(method, path, body, 'application/json');
  }

  patch<T = KubeObject>(path: string, body: object, kind: keyof typeof PATCHES = 'merge'): Promise<Answer<T>> {
    return this.send<T>('PATCH', path, body, PATCHES[kind]);
  }

  /** The body of a good answer; any other is an error with the API server's words. */
  async get<T = KubeObject>(path: string): Promise<T> {
    return good(path, await this.request<T>('GET', path));
  }

  async create<T = KubeObject>(path: string, body: object): Promise<T> {
    return good(path, await this.request<T>('POST', path, body));
  }

  /** Events until the connection ends or the signal is given; never throws for either. */
  async *watch<T = KubeObject>(path: string, signal: AbortSignal): AsyncGenerator<WatchEvent<T>> {
    try {
      const { statusCode, body } = await request(`${this.url}${path}`, {
        dispatcher: this.agent,
        headers: { authorization: `Bearer ${this.token}` },
        signal,
      });
      if (statusCode !== 200) return await body.dump();
      for await (const line of createInterface({ input: body })) {
        if (line !== '') yield JSON.parse(line) as WatchEvent<T>;
      }
    } catch {
      // The API server went away, or the watcher does: who watches lists again, or has ended.
    }
  }

  close(): Promise<void> {
    return this.agent.destroy();
  }

  private async send<T>(
    method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE',
    path: string,
    body: object | undefined,
    type: string,
  ) {
    const answer = await request(`${this.url}${path}`, {
      method,
      dispatcher: this.agent,
      headers: { authorization: `Bearer ${this.token}`, ...(body === undefined ? {} : { 'content-type': type }) },
      body: body === undefined ? null : JSON.stringify(body),
    });
    const text = await answer.body.text();
    const isJson = String(answer.headers['content-type']).startsWith('application/json');
    return { status: answer.statusCode, body: (isJson ? JSON.parse(text) : text) as T } satisfies Answer<T>;
  }
}

function good<T>(path: string, { status, body }: Answer<T>): T {
  if (status >= 200 && status < 300) return body;
  const { message } = body as { message?: string };
  throw new Error(`${path}: ${status} ${message ?? String(body)}`);
}
