/** What the engine asks of a tool. `io` implements it; the engine checks arguments and results itself. */
import type { ContentPart, JsonValue } from './conversation.js';

export type ToolArguments = { [name: string]: JsonValue };

export interface ToolOutput {
  /** The result proper, before it is checked against the tool's output schema. */
  value: JsonValue;
  /** Text and media beside it; where there is text, the model sees it in place of the value. */
  parts?: ContentPart[];
}

/**
 * One tool of the bundle, ready to be called. What it throws becomes the text of a tool error that the model sees.
 * A runner keeps its own time limit: the engine has no clock.
 */
export interface ToolRunner {
  run(args: ToolArguments, options: { signal: AbortSignal }): ToolOutput | Promise<ToolOutput>;
}
