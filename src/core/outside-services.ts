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
  /** Skill that is meant; told to the agent beside the text. */
  skill?: string;
  /** The same for the same question of the same conversation. Absent: a new one. */
  messageId?: string;
}

/** What an agent says of itself. */
export interface AgentCard {
  description?: string;
  skills: { id: string; name?: string; description?: string; tags?: string[] }[];
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
  /** The agent's card. */
  agentCard(agent: RemoteAgent, options: OutsideOptions): Promise<AgentCard>;
  /** One vector a text, in order. `provider` is the id of an embedding provider of the bundle. */
  embed(provider: string, model: string | undefined, texts: string[], options: OutsideOptions): Promise<number[][]>;
  /** An environment variable, as far as this installation lets bundles read it. */
  env(name: string): string | undefined;
}
