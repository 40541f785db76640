/** Sampling parameters of a call: the job beats the turn, the turn the Arena file, the Arena file the provider. */
import type { Bundle } from '../bundle/bundle.js';
import type { CallParameters } from '../core/provider.js';
import type { TurnSpec } from '../schema/scenario.js';

/** Field by field. A `max_tokens` of 0 counts as not given. */
export function callParameters(bundle: Bundle, provider: string, turn: TurnSpec, job: CallParameters): CallParameters {
  const arena = bundle.arena.spec.defaults;
  const own = bundle.providers.get(provider)?.spec.defaults;
  const all: CallParameters = {
    temperature: job.temperature ?? turn.assistant_temp ?? arena?.temperature ?? own?.temperature,
    topP: job.topP ?? arena?.top_p ?? own?.top_p,
    maxTokens: job.maxTokens || arena?.max_tokens || own?.max_tokens || undefined,
    seed: job.seed ?? turn.seed ?? arena?.seed ?? own?.seed,
    frequencyPenalty: job.frequencyPenalty ?? own?.frequency_penalty,
    presencePenalty: job.presencePenalty ?? own?.presence_penalty,
  };
  return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined));
}
