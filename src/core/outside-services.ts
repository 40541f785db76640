/** What checks and features of the engine reach outside beside models and tools. `io` implements it. */

export interface HttpRequest {
  url: string;
  method: string;
  headers: { [name: string]: string };
  body?: string;
  /** Milliseconds until the whole answer is there. */
  timeoutMs: number;
}

/** An agent that speaks the A2A protocol. */
export interface RemoteAgent {
  url: string;
  headers?: { [name: string]: string };
  /** Milliseconds until the answer is there. */
  timeoutMs: number;
}

export interface OutsideOptions {
  signal: AbortSignal;
}

/** Each throws an `ArenaError` for every failure, or the signal's reason when it was aborted. */
export interface OutsideServices {
  /** Answers of any status; bodies are bounded. */
  http(request: HttpRequest, options: OutsideOptions): Promise<{ status: number; body: string }>;
  /** The text of the agent's answer. */
  askAgent(agent: RemoteAgent, text: string, options: OutsideOptions): Promise<string>;
  /** One vector a text, in order. `provider` is the id of an embedding provider of the bundle. */
  embed(provider: string, model: string | undefined, texts: string[], options: OutsideOptions): Promise<number[][]>;
  /** An environment variable, as far as this installation lets bundles read it. */
  env(name: string): string | undefined;
}
