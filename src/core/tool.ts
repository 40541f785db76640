/** What the engine asks of a tool. `io` implements it; the engine checks arguments and results itself. */
import type { ContentPart, JsonValue } from './conversation.js';

export type ToolArguments = { [name: string]: JsonValue };

export interface ToolOutput {
  /** The result proper, before it is checked against the tool's output schema. */
  value: JsonValue;
  /** Text and media beside it; where there is text, the model sees it in place of the value. */
  parts?: ContentPart[];
}

export interface ToolRunOptions {
  signal: AbortSignal;
  /** The same for the same call of the same conversation, also when a crash makes it be repeated. */
  idempotencyKey: string;
  /**
   * Told by work whose other side remembers what it was asked: a name for that side as it is now. A conversation is taken
   * up again only while all its sides are still there.
   */
  remembers?(side: string): void;
  /**
   * Asks a provider of the bundle, a model or an agent. The answer is recorded by itself, so only tools that are `local`
   * get this. That nobody answers ends the conversation, as it does elsewhere.
   */
  ask?(question: ToolQuestion): Promise<string>;
}

/** What a tool asks a provider. */
export interface ToolQuestion {
  /** Id of the provider. */
  provider: string;
  system?: string;
  text: string;
}

/**
 * One tool of the bundle, ready to be called. What it throws becomes the text of a tool error that the model sees.
 * A runner keeps its own time limit: the engine has no clock.
 */
export interface ToolRunner {
  /** Computes its result in this process from the arguments alone: needs no record. Others reach outside. */
  readonly local: boolean;
  run(args: ToolArguments, options: ToolRunOptions): ToolOutput | Promise<ToolOutput>;
}
