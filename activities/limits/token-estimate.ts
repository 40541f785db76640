import type { Usage } from '../../src/core/conversation.js';
import type { CompletionRequest } from '../../src/core/provider.js';

const CHARACTERS_PER_TOKEN = 4;

/** Length of an answer before any is known, where the request sets no bound. */
const USUAL_ANSWER = 500;

/** What one call can use at most: a service that counts wrongly must not block its key for years. */
export const MAX_CALL_TOKENS = 10_000_000;

/** Part by which a new answer moves the average. */
const WEIGHT = 0.1;

/** What a request will use, before it is sent: its length, and what the answers so far were like. */
export class TokenEstimate {
  private averageAnswer: number | undefined;

  of({ messages, tools, parameters }: CompletionRequest): number {
    const sent = (JSON.stringify(messages).length + JSON.stringify(tools ?? []).length) / CHARACTERS_PER_TOKEN;
    return Math.ceil(sent + (this.averageAnswer ?? parameters.maxTokens ?? USUAL_ANSWER));
  }

  learn({ outputTokens }: Usage): void {
    if (outputTokens === undefined) return;
    const length = Math.min(MAX_CALL_TOKENS, outputTokens);
    const average = this.averageAnswer ?? length;
    this.averageAnswer = average + WEIGHT * (length - average);
  }
}
