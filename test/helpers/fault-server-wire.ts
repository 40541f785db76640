/** What a wire format has to be known of to answer it ill: whole answers, broken ones, and their framing. */
import type { JsonValue } from '../../src/core/conversation.js';
import type { Bytes } from './fault-server-answers.js';

export type Json = { [name: string]: JsonValue };

/** Streams as objects: an answer whole, or broken off behind some of it. */
export interface WireStreams {
  /** The word that fits to `text`. */
  text: Json[];
  /** Up to some text. */
  untilText: Json[];
  /** Up to the begin of a tool call, some of its arguments included where they come in pieces. */
  untilCall: Json[];
  /** Whole, but nothing is said. */
  empty: (reason: string) => Json[];
  /** Whole, with a tool call whose arguments are this text. */
  call: (args: string) => Json[];
}

export interface WireDocuments {
  text: Json;
  empty: (reason: string) => Json;
  call: (args: string) => Json;
}

export interface FaultWire {
  name: string;
  spec: (origin: string) => Json;
  /** Variable that holds the key. */
  variable: string;
  /** Content types of documents and streams. */
  types: readonly [document: string, stream: string];
  documents: WireDocuments;
  streams: WireStreams;
  /** A stream's object in its framing. */
  frame: (event: Json) => Bytes;
  /** Bytes that end a stream beside its events. */
  last: Bytes[];
  /** The service's words for: cut at the limit of tokens; withheld. */
  reasons: { length: string; filter: string };
  /** Tool arguments come as an object, so that they cannot be broken JSON. */
  objectArguments?: true;
}

/** What a wire format speaks, wherever it is spoken. */
export type SpokenWire = Omit<FaultWire, 'name' | 'spec' | 'variable'>;

/** What every whole answer says. */
export const WORD = 'Grüße';

export const sse = (event: Json): string => `data: ${JSON.stringify(event)}\n\n`;

/** An event with its name. */
export const named = (event: Json): string => `event: ${String(event.type)}\n${sse(event)}`;
