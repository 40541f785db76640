/** What a conversation needs of the outside. It awaits nothing else, and has no clock and no chance of its own. */
import type { JsonValue } from '../core/conversation.js';
import type { Completion, CompletionRequest } from '../core/provider.js';
import type { ToolRunOptions } from '../core/tool.js';

export interface EnginePorts {
  /**
   * One answer of a provider of the bundle. The caller adds permits, retries and records. Throws an `ArenaError`, or
   * the signal's reason when it was aborted.
   */
  complete(provider: string, request: CompletionRequest): Promise<Completion>;
  /**
   * Any other work outside. Its answer is recorded under `what` and `input`, and after a crash it is given again
   * instead of the work being done twice. What the action throws is thrown on, and not recorded.
   */
  perform<T extends JsonValue>(
    what: string,
    input: JsonValue,
    action: (options: ToolRunOptions) => Promise<T>,
  ): Promise<T>;
  /** Returns when it is that time, in milliseconds since the epoch. A long wait may end this try of the conversation. */
  waitUntil(epochMs: number): Promise<void>;
  /** Milliseconds since the epoch. */
  now(): number;
  signal: AbortSignal;
}
