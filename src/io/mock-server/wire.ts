/**
 * What the parts of the mock server agree on. A *format* knows how one API words requests and answers, a *platform* who
 * serves it: keys and failures. A *framing* is how events of a stream are told apart. A route combines the three.
 */
import type { IncomingHttpHeaders } from 'node:http';

export type JsonObject = { readonly [name: string]: unknown };

/** What of a request decides about its answer, in the same terms for every format. */
export interface ChatFacts {
  model: string;
  system: string;
  /** The last user text. */
  user: string;
  /** User messages so far; results of tools are none. */
  turn: number;
  afterTool: boolean;
  /** The last message when it is the result of a tool, else empty. */
  toolResult: string;
  /** Kinds of media in the last user message. */
  media: readonly MediaKind[];
}

export const MEDIA_KINDS = ['image', 'audio', 'video', 'document'] as const;

export type MediaKind = (typeof MEDIA_KINDS)[number];

/** A request as the script and the format see it. */
export interface Call extends ChatFacts {
  /** Whether the body asks for a stream. */
  stream: boolean;
  /** Text of the last message, whoever wrote it: what the default answer echoes. */
  last: string;
  /** The body, for what only its own format understands. */
  request: JsonObject;
}

/** An answer in no vendor's words; each format words it. */
export interface Reply {
  /** Made from the request, so that equal requests get equal bytes. */
  id: string;
  model: string;
  /** Undefined when tools are called, or the answer is refused, without a word. */
  text: string | undefined;
  thinking: string | undefined;
  refusal: string | undefined;
  toolCalls: readonly ReplyToolCall[];
  /** stop, length, tool_calls, content_filter; any other word goes out as it stands. */
  finish: string;
  usage: Usage | undefined;
  /** Pieces of the text when it is streamed. */
  chunks: number;
}

export interface ReplyToolCall {
  /** As scripted; formats that need one make their own. */
  id: string | undefined;
  name: string;
  /** JSON, unless the script wants it broken. */
  arguments: string;
}

/** Tokens. `input` counts the cached and the newly cached ones, `output` those of the reasoning. */
export interface Usage {
  input: number;
  output: number;
  cached: number;
  cacheCreated: number;
  reasoning: number;
}

/** A failure to be worded by a platform. */
export interface Fault {
  status: number;
  message: string;
  /** In the platform's own words; usually the one that goes with the status. */
  type?: string;
  code?: string;
  /** For platforms that say it in the body. */
  retryAfterSeconds?: number;
}

/** What is left of an allowance, for platforms that say so in headers. */
export interface RateLimit {
  requests?: RateLimitWindow;
  tokens?: RateLimitWindow;
}

interface RateLimitWindow {
  limit: number;
  remaining: number;
  reset_seconds: number;
}

export interface WireEvent {
  /** Name of the event, where the framing has names. */
  name?: string;
  /** A text is sent as it stands, anything else as JSON. */
  data: unknown;
  /** The stream breaks off with this failure. */
  fault?: Fault;
}

export interface Format {
  /** The call, or what is wrong with the request. */
  read(request: JsonObject, model: string | undefined): Call | string;
  document(call: Call, reply: Reply): unknown;
  /** Absent where nothing is ever streamed. */
  events?(call: Call, reply: Reply): WireEvent[];
  /** The event that ends a stream with a failure after `position` others. Default: the platform's error document. */
  broken?(fault: Fault, body: unknown, position: number): WireEvent;
}

export type Headers = { [name: string]: string | number };

export interface Platform {
  /** Every key that the request carries, in any of the places where this platform looks. */
  keys(headers: IncomingHttpHeaders, query: URLSearchParams): (string | undefined)[];
  /** The refusal of a wrong key, or of none. */
  denied(given: boolean): Fault;
  /** What the platform demands of a request beside its format; undefined when nothing is missing. */
  missing?(headers: IncomingHttpHeaders, query: URLSearchParams, request: JsonObject): Fault | undefined;
  errorBody(fault: Fault): unknown;
  /** The status of a failure that is given by its type alone. */
  statusOf?(type: string): number | undefined;
  errorHeaders?(fault: Fault): Headers;
  rateLimitHeaders?(limit: RateLimit, nowMs: number): Headers;
  /** Whether what to wait stands in the body of a failure, and so not in `Retry-After`. */
  saysRetryInBody?: boolean;
  /** The header that names the request. */
  requestIdHeader?: string;
}

export type Frame = string | Uint8Array;

export interface Framing {
  contentType: string;
  frame(events: WireEvent[]): Frame[] | Promise<Frame[]>;
  /** Wraps the error document of a call that asked for a stream. */
  errorDocument?(body: unknown): unknown;
}

/** What stands behind one address. */
export interface Route {
  /** Key in the statistics. */
  name: string;
  format: Format;
  platform: Platform;
  framing: Framing;
  /** Given by the address. */
  model?: string;
  /** Given by the address; else the body says it. */
  stream?: boolean;
}

export function isRecord(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
