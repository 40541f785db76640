/** What the engine asks of the outside. `io` implements it, `activities` makes it durable, the engine only calls it. */
import type { ContentPart, JsonValue, Message, ToolCall, Usage } from './conversation.js';
import type { Failure } from './errors.js';

export interface ToolDescriptor {
  name: string;
  description: string;
  inputSchema: { [key: string]: JsonValue };
}

/** Sampling parameters after precedence is settled; an absent one is not sent. */
export interface CallParameters {
  temperature?: number;
  topP?: number;
  maxTokens?: number;
  seed?: number;
  frequencyPenalty?: number;
  presencePenalty?: number;
  /** Texts that end the answer. */
  stop?: string[];
  responseFormat?: ResponseFormat;
}

/** The form that an answer is to have: any JSON, or JSON of a schema. */
export type ResponseFormat =
  | { type: 'json' }
  | {
      type: 'json_schema';
      name: string;
      description?: string;
      schema: { [key: string]: JsonValue };
      /** Whether the service must keep to the schema exactly; absent: as it usually does. */
      strict?: boolean;
    };

/** Where in a conversation a call stands. Not sent to real providers; the mock provider answers by it. */
export interface CallContext {
  scenario: string;
  provider: string;
  /** Set when the call speaks for a self-play persona. */
  persona?: string;
  /** Set when the call asks a judge. */
  judge?: true;
  /** Set when the call is a step of a composition: its id. */
  step?: string;
  /** Set when the call speaks for a member of the bundle's agents: its name. */
  agent?: string;
  /** Set when the call is how a tool is carried out: the tool's name. */
  tool?: string;
}

/** A message as it goes to a provider. */
export interface RequestMessage extends Message {
  /**
   * What the provider wants back with its own answer, such as signatures of its reasoning. It names the wire format that
   * wrote it and means nothing to others.
   */
  opaque?: JsonValue;
}

export interface CompletionRequest {
  messages: RequestMessage[];
  tools?: ToolDescriptor[];
  toolChoice?: 'auto' | 'required' | 'none' | { tool: string };
  parameters: CallParameters;
  stream?: boolean;
  /** Marks the stable part of the request for services that cache prompts. */
  cachePrompt?: boolean;
  context: CallContext;
}

export interface Completion {
  content: string;
  parts?: ContentPart[];
  toolCalls?: ToolCall[];
  finishReason?: string;
  usage?: Usage;
  costUsd?: number;
  /** Time of the call alone. */
  latencyMs: number;
  /** Waiting inside the provider, for example until an agent takes the next message; not part of the latency. */
  waitMs?: number;
  ttftMs?: number;
  raw?: JsonValue;
  /** What the service wants back with this answer in later requests; see `RequestMessage.opaque`. */
  opaque?: JsonValue;
  /** By what name the other side remembers the conversation, where it does. */
  session?: string;
  /** Taken from the cache: nobody was asked. What it used, cost and took tells of the call that brought it there. */
  cached?: true;
}

/** What shapes the answer to a request, as far as its provider knows. */
export interface CacheKey {
  /** All that is sent, credentials left out; may be long. */
  text: string;
  /** The temperature that is sent; absent: it is left to the service. */
  temperature?: number;
}

/** A conversation as far as providers need to know it: one whose other side remembers it keeps its end of it by this. */
export interface Conversation {
  /** The same for every try of this conversation, and only for it: idempotency keys of tools begin with it. */
  readonly id: string;
  /** `close` is called once, when this process is done with the conversation, however it ended. */
  onEnd(close: () => void): void;
}

export interface CompleteOptions {
  /** Ends the call at once. The call's own time limit is the provider's affair. */
  signal: AbortSignal;
  /**
   * The conversation that the call belongs to: the same object for all its calls in this process, another one when it is
   * taken up again. Absent: a call on its own.
   */
  conversation?: Conversation;
  /**
   * Told before a further request within the same call, with the failure of the one before; returns when it may be sent.
   * Rejects when it may not.
   */
  again?(failure: Failure): Promise<void>;
  /** To be given what the call waits for before it is made, such as a free connection: that is not the conversation's time. */
  untimed?<T>(waiting: Promise<T>): Promise<T>;
}

/**
 * One entry of the matrix that can answer. `complete` throws an `ArenaError` for every failure, or the signal's reason
 * when it was aborted.
 */
export interface Provider {
  readonly id: string;
  /** Computes its answers from the request alone, in this process: needs no permit, no record and no retry. */
  readonly local: boolean;
  complete(request: CompletionRequest, options: CompleteOptions): Promise<Completion>;
  /** What an answer to the request may be kept under; absent or undefined: nothing is kept. Throws like `complete`. */
  cacheKey?(request: CompletionRequest): CacheKey | undefined;
  /** Told of an answer of this provider that is given again from a record, without a call. */
  recall?(request: CompletionRequest, answer: Completion, conversation: Conversation): void;
}
