/** What a wire format has to know: how a request is written, and how an answer is read. Nothing of keys and connections. */
import type { ContentPart, JsonValue, Usage } from '../../../core/conversation.js';
import type { CompletionRequest } from '../../../core/provider.js';
import type { AnswerUnderway } from './answer-underway.js';

export interface WireToolCall {
  id: string;
  name: string;
  /** JSON text, as the model wrote it. */
  arguments: string;
}

/** An answer before it is judged: from a document or put together from a stream. */
export interface WireAnswer {
  content: string;
  /** What the model says in place of an answer. */
  refusal: string;
  /** Media of the answer; text stands in `content`. */
  parts?: ContentPart[];
  toolCalls: WireToolCall[];
  /** In the terms of `FINISH_REASONS` where the service has a word for it, else its own word. */
  finishReason: string | undefined;
  usage: WireUsage | undefined;
  /** What the service wants back with this message in later requests. */
  opaque?: JsonValue;
}

/** Counts of a call, with what only its price depends on. */
export interface WireUsage extends Usage {
  /** What input costs beyond its tokens, such as writing to a cache: as many input tokens at the list price. */
  surchargeTokens?: number;
}

/** The common words for the end of an answer. `length`: cut at `max_tokens`. `content_filter`: withheld. */
export type FinishReason = 'stop' | 'length' | 'tool_calls' | 'content_filter';

/** An object of a stream, whatever its framing: a server-sent event, a line of JSON, a frame. */
export type StreamEvent = Record<string, unknown>;

export type Framing = 'sse' | 'ndjson' | 'aws-event-stream';

export interface Wire {
  /** For people, e.g. `an OpenAI-compatible API`: what `base_url` should be the address of. */
  readonly name: string;
  /** Sent with each request beside content type and credentials; names and values in turn. */
  readonly headers: readonly string[];
  readonly framing: Framing;
  /** Path and query of a call. */
  path(stream: boolean): string;
  /** The request as JSON text. Throws an `ArenaError` for what the service cannot be told. */
  body(request: CompletionRequest): string;
  /** Reads a whole answer. Undefined when the document holds none. */
  read(document: JsonValue): WireAnswer | undefined;
  /** Begins a streamed answer; the function takes its events in order and throws an `ArenaError` for a broken one. */
  openStream(answer: AnswerUnderway): (event: StreamEvent) => void;
  /**
   * The error object that an answer or an event holds in place of what was asked; undefined when it holds none. Without
   * this function it is the member `error`.
   */
  errorOf?(value: Record<string, unknown>): unknown;
  /** What to do when the service does not know the model. */
  readonly missingModelHint?: string;
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export function textOrEmpty(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

/** The objects of a list; none when it is no list. */
export function recordsOf(value: unknown): Record<string, unknown>[] {
  return Array.isArray(value) ? value.filter(isRecord) : [];
}

/** A number of tokens; undefined when it is none. */
export function countOf(value: unknown): number | undefined {
  return typeof value === 'number' && Number.isFinite(value) && value >= 0 ? value : undefined;
}

/** Some servers send the arguments as an object instead of as text. */
export function argumentsText(value: unknown): string {
  return isRecord(value) ? JSON.stringify(value) : textOrEmpty(value);
}
