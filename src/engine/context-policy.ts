/** Cuts a long history to a token budget before it is sent. */
import type { Message } from '../core/conversation.js';
import { ArenaError } from '../core/errors.js';
import type { OutsideServices } from '../core/outside-services.js';
import type { Completion, CompletionRequest } from '../core/provider.js';
import type { ScenarioSpec } from '../schema/scenario.js';
import { dropOldest, type Fitted, isSystem, measure } from './context-cut.js';
import { RelevanceWindow } from './context-relevance.js';
import { SummaryWindow } from './context-summary.js';
import type { EnginePorts } from './ports.js';

export type ContextPolicySpec = NonNullable<ScenarioSpec['context_policy']>;

/** What a policy may ask while it cuts. */
export interface ContextOutside extends Pick<EnginePorts, 'perform'> {
  /** The conversation's own model, for summaries. */
  summarize(request: Omit<CompletionRequest, 'context'>): Promise<Completion>;
  embed: OutsideServices['embed'];
}

/** The policy of one conversation: it may remember what it has found out about earlier messages. */
export interface ContextWindow {
  /** Messages for the next request; the given list is not changed. A promise only where somebody has to be asked. */
  fit(messages: Message[], outside: ContextOutside): Message[] | Promise<Message[]>;
}

export interface ContextPolicy {
  open(): ContextWindow;
}

export interface ContextSettings {
  /** Turns of a request at most: `state.max_history_turns` of the Arena file. */
  historyTurns: number | undefined;
  /** Id or type of the provider that embeds; undefined: there is none. */
  embeddings: string | undefined;
  /** `relevance.custom_query`, filled. */
  customQuery: string | undefined;
}

/**
 * `oldest` drops messages from the start; the system message and the newest user message always stay. `fail` ends the
 * conversation. `summarize` puts a summary in the place of what it drops. `relevance` keeps what resembles the newest
 * question most; without a provider of embeddings it is `oldest`.
 */
export function compileContextPolicy(spec: ContextPolicySpec | undefined, settings: ContextSettings): ContextPolicy {
  const budgeted = budgetPolicy(spec, settings);
  const { historyTurns } = settings;
  if (historyTurns === undefined) return budgeted;
  return {
    open() {
      const window = budgeted.open();
      return { fit: (messages, outside) => window.fit(newestTurns(messages, historyTurns), outside) };
    },
  };
}

/** Nothing is cut. */
export const EVERYTHING: ContextWindow = { fit: (messages) => messages };

function budgetPolicy(spec: ContextPolicySpec | undefined, settings: ContextSettings): ContextPolicy {
  const budget = spec?.token_budget ?? 0;
  if (spec === undefined || budget === 0) return { open: () => EVERYTHING };
  const limit = budget - (spec.reserve_for_output ?? 0);
  const { embeddings, customQuery } = settings;
  if (spec.strategy === 'summarize') return { open: () => within(limit, new SummaryWindow(limit)) };
  if (spec.strategy === 'relevance' && embeddings !== undefined) {
    const relevance = { ...spec.relevance, provider: embeddings, custom_query: customQuery };
    return { open: () => within(limit, new RelevanceWindow(limit, relevance)) };
  }
  const cut = spec.strategy === 'fail' ? refuseLong : dropOldest;
  return { open: () => within(limit, { fit: (messages) => cut(messages, limit) }) };
}

/** Most requests fit as they are. */
function within(limit: number, window: ContextWindow): ContextWindow {
  return { fit: (messages, outside) => (measure(messages) <= limit ? messages : window.fit(messages, outside)) };
}

function refuseLong(messages: Message[], limit: number): Fitted {
  throw new ArenaError({
    code: 'context_too_long',
    message: `the history has about ${measure(messages)} tokens, context_policy leaves room for ${limit}`,
    hint: 'raise token_budget, or choose the strategy oldest',
  });
}

/** A turn begins with a user message; what stands before the first one goes with it. */
function newestTurns(messages: Message[], turns: number): Message[] {
  let from = messages.length;
  for (let left = turns; left > 0 && from > 0; left -= 1) {
    from = messages.findLastIndex(({ role }, index) => index < from && role === 'user');
    if (from === -1) return messages;
  }
  const earlier = messages.slice(0, from);
  return earlier.some(({ role }) => role === 'user')
    ? [...earlier.filter(isSystem), ...messages.slice(from)]
    : messages;
}
