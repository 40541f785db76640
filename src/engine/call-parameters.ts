/**
 * Sampling parameters of a call: the job beats the turn, the turn the prompt, the prompt the Arena file, the Arena file
 * the provider. The seed of a generated record stands behind the turn's: below it all records would share one.
 */
import type { Bundle } from '../bundle/bundle.js';
import type { PlanItem } from '../core/plan.js';
import type { CallParameters } from '../core/provider.js';
import type { TurnSpec } from '../schema/scenario.js';

export interface ParameterSources {
  bundle: Bundle;
  /** Who is called, and the seed of the record that the conversation becomes. */
  item: Pick<PlanItem, 'provider' | 'seed'>;
  turn: TurnSpec;
  /** Of the prompt that answers. */
  prompt: CallParameters;
  job: CallParameters;
  /** Tokens of an answer that the scenario allows, whoever asks for more. */
  tokensPerTurn: number | undefined;
}

/** Field by field. A `max_tokens` of 0 counts as not given. */
export function callParameters({
  bundle,
  item: { provider, seed },
  turn,
  prompt,
  job,
  tokensPerTurn,
}: ParameterSources): CallParameters {
  const arena = bundle.arena.spec.defaults;
  const own = bundle.providers.get(provider)?.spec.defaults;
  const maxTokens = job.maxTokens || prompt.maxTokens || arena?.max_tokens || own?.max_tokens || undefined;
  const all: CallParameters = {};
  const set = <K extends keyof CallParameters>(name: K, value: CallParameters[K]) => {
    if (value !== undefined) all[name] = value;
  };
  set(
    'temperature',
    job.temperature ?? turn.assistant_temp ?? prompt.temperature ?? arena?.temperature ?? own?.temperature,
  );
  set('topP', job.topP ?? prompt.topP ?? arena?.top_p ?? own?.top_p);
  set('maxTokens', tokensPerTurn === undefined ? maxTokens : Math.min(tokensPerTurn, maxTokens ?? tokensPerTurn));
  set('seed', job.seed ?? turn.seed ?? seed ?? prompt.seed ?? arena?.seed ?? own?.seed);
  set('frequencyPenalty', job.frequencyPenalty ?? prompt.frequencyPenalty ?? own?.frequency_penalty);
  set('presencePenalty', job.presencePenalty ?? prompt.presencePenalty ?? own?.presence_penalty);
  // What the provider file says of these two stands in its additional_config, and providers add it themselves.
  set('stop', prompt.stop);
  set('responseFormat', prompt.responseFormat);
  return all;
}

/** Of a call that stands outside the turns, such as one that carries out a tool: what Arena file and provider say. */
export function standingParameters(bundle: Bundle, provider: string): CallParameters {
  return callParameters({
    bundle,
    item: { provider },
    turn: { role: 'user' },
    prompt: {},
    job: {},
    tokensPerTurn: undefined,
  });
}
