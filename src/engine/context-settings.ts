/** What a context policy takes from elsewhere in the bundle. */
import type { Bundle } from '../bundle/bundle.js';
import { embeddingProvider } from '../bundle/embedding-providers.js';
import type { ArenaSpec } from '../schema/arena.js';
import type { ProviderSpec } from '../schema/provider.js';
import type { ScenarioSpec } from '../schema/scenario.js';
import type { ContextPolicySpec, ContextSettings } from './context-policy.js';
import { render, type Variables } from './template.js';

/** Turns that are kept where `state` is switched on and says no number. */
const HISTORY_TURNS = 10;

export function contextSettings(
  bundle: Bundle,
  { context_policy }: ScenarioSpec,
  variables: Variables,
): ContextSettings {
  const { provider, custom_query: query } = context_policy?.relevance ?? {};
  return {
    historyTurns: historyTurns(bundle.arena.spec.state),
    embeddings: embeddingProvider(bundle, provider),
    customQuery: query === undefined ? undefined : render(query, variables),
  };
}

/** Newest turns of a request at most; undefined: all. */
export function historyTurns(state: ArenaSpec['state']): number | undefined {
  if (state === undefined || state.enabled === false) return undefined;
  return state.max_history_turns ?? (state.enabled === true ? HISTORY_TURNS : undefined);
}

/** What a provider's own limits come to where the scenario has none. */
export function policyOfProvider(spec: ProviderSpec | undefined): ContextPolicySpec | undefined {
  if (spec?.truncation_strategy === undefined || spec.context_window === undefined) return undefined;
  return {
    token_budget: spec.context_window,
    // More cannot be kept free than there is.
    reserve_for_output: Math.min(spec.defaults?.max_tokens ?? 0, spec.context_window - 1),
    strategy: spec.truncation_strategy === 'summarize' ? 'summarize' : 'oldest',
  };
}
