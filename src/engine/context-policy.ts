/** Cuts a long history to a token budget before it is sent. */
import type { Message } from '../core/conversation.js';
import { ArenaError } from '../core/errors.js';
import type { ScenarioSpec } from '../schema/scenario.js';

type ContextPolicySpec = NonNullable<ScenarioSpec['context_policy']>;

/** Tokens of a word of English prose, on average. */
const TOKENS_PER_WORD = 1.35;

export type ContextPolicy = (messages: Message[]) => Message[];

/**
 * `oldest` drops messages from the start; the system message and the newest user message always stay. `fail` ends the
 * conversation. `summarize` and `relevance` need a model of their own and fall back to `oldest` without one.
 */
export function compileContextPolicy(spec: ContextPolicySpec | undefined): ContextPolicy {
  const budget = spec?.token_budget ?? 0;
  if (spec === undefined || budget === 0) return (messages) => messages;
  const limit = budget - (spec.reserve_for_output ?? 0);
  return (messages) => {
    const tokens = messages.map(({ content }) => estimateTokens(content));
    const total = tokens.reduce((sum, count) => sum + count, 0);
    if (total <= limit) return messages;
    if (spec.strategy === 'fail') {
      throw new ArenaError({
        code: 'context_too_long',
        message: `the history has about ${total} tokens, context_policy leaves room for ${limit}`,
        hint: 'raise token_budget, or choose the strategy oldest',
      });
    }
    return dropOldest(messages, tokens, total - limit);
  };
}

function dropOldest(messages: Message[], tokens: number[], excess: number): Message[] {
  const first = messages[0]?.role === 'system' ? 1 : 0;
  const newest = messages.findLastIndex(({ role }) => role === 'user');
  let from = first;
  let left = excess;
  while (from < newest && left > 0) {
    left -= tokens[from] ?? 0;
    from += 1;
  }
  // The answer of a tool means nothing without the call before it.
  while (from < newest && messages[from]?.role === 'tool') from += 1;
  return [...messages.slice(0, first), ...messages.slice(from)];
}

function estimateTokens(content: string): number {
  return Math.floor(content.split(/\s+/).filter(Boolean).length * TOKENS_PER_WORD);
}
