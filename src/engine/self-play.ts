/** Personas that write the user's messages. */
import type { Bundle, Loaded } from '../bundle/bundle.js';
import { playerOfPersona, playerOfRole } from '../bundle/self-play-roles.js';
import type { Message } from '../core/conversation.js';
import { ArenaError } from '../core/errors.js';
import type { PlanItem } from '../core/plan.js';
import type { CallParameters, CompletionRequest } from '../core/provider.js';
import type { PersonaSpec } from '../schema/persona.js';
import type { ScenarioSpec, TurnSpec } from '../schema/scenario.js';
import { personaPrompt } from './persona-prompt.js';
import { endingInstructions, type SelfPlayEnding } from './self-play-ending.js';
import type { Variables } from './template.js';

const TEMPERATURE = 0.7;
/** Tokens of a message; more where an ending has to fit in. */
const MAX_TOKENS = 200;
const MAX_TOKENS_WITH_ENDING = 300;
/** Exchanges of a scenario that a persona plays, where nobody says. */
const SCENARIO_EXCHANGES = 10;
/** What a persona that speaks first is told: models do not answer to a system message alone. */
const OPENING = 'Begin the conversation.';

export interface SelfPlay {
  persona: string;
  /** Provider that speaks for the persona. */
  provider: string;
  /** Exchanges at most; the persona may end earlier by one of its endings. */
  exchanges: number;
  ending: SelfPlayEnding;
  system: string;
  parameters: CallParameters;
}

interface Source {
  bundle: Bundle;
  variables: Variables;
  /** Where the persona is asked for. */
  place: string;
  /** Who plays, whatever the Arena file says; undefined: as it says. */
  player?: string;
}

export interface TurnSource extends Source {
  turn: TurnSpec;
}

/** Throws an `ArenaError` when role or persona do not exist, or when the persona's prompt cannot be filled. */
export function prepareSelfPlay({ turn, ...source }: TurnSource): SelfPlay {
  const provider = source.player ?? playerOfRole(source.bundle, turn.role);
  if (provider === undefined) {
    const hint = 'write user or assistant, or list the role under self_play.roles of the Arena file';
    throw new ArenaError({ code: 'invalid_input', message: `${source.place} there is no role "${turn.role}"`, hint });
  }
  const persona = personaOf(source, turn.persona);
  const turns = turn.turns ?? 1;
  const most = turn.max_turns ?? (turn.turns === undefined ? persona.spec.max_turns : undefined) ?? turns;
  return selfPlayOf(source, persona, {
    provider,
    exchanges: Math.max(turns, most),
    ending: { natural: most > turns, conditions: conditionsOf(persona.spec, undefined) },
    temperature: turn.user_temp,
  });
}

export interface ScenarioSelfPlaySource extends Source {
  spec: NonNullable<ScenarioSpec['self_play']>;
}

/** A persona that plays a whole scenario. Throws as `prepareSelfPlay` does. */
export function prepareScenarioSelfPlay({ spec, ...source }: ScenarioSelfPlaySource): SelfPlay {
  const provider = source.player ?? playerOfPersona(source.bundle, spec.persona);
  if (provider === undefined) {
    const hint = 'list one role with its provider under self_play.roles of the Arena file';
    const message = `${source.place} it is not clear who plays persona "${spec.persona}"`;
    throw new ArenaError({ code: 'invalid_input', message, hint });
  }
  const persona = personaOf(source, spec.persona);
  return selfPlayOf(source, persona, {
    provider,
    exchanges: spec.max_turns ?? persona.spec.max_turns ?? SCENARIO_EXCHANGES,
    ending: { natural: true, conditions: conditionsOf(persona.spec, spec.exit_conditions) },
    temperature: undefined,
  });
}

function personaOf({ bundle, place }: Source, id: string | undefined): Loaded<PersonaSpec> {
  const persona = id === undefined ? undefined : bundle.personas.get(id);
  if (persona !== undefined) return persona;
  const known = [...bundle.personas.keys()].join(', ') || 'none';
  const message = `${place} ${id === undefined ? 'the turn names no persona' : `there is no persona "${id}"`}`;
  throw new ArenaError({ code: 'invalid_input', message, hint: `there are: ${known}` });
}

/** Those that the scenario names, in the persona's words; else all of the persona's. */
function conditionsOf(
  { exit_conditions: own = [] }: PersonaSpec,
  named: readonly string[] | undefined,
): Map<string, string | undefined> {
  const words = new Map(own.map(({ type, description }) => [type, description]));
  return named === undefined ? words : new Map(named.map((type) => [type, words.get(type)]));
}

function selfPlayOf(
  { bundle, variables }: Source,
  persona: Loaded<PersonaSpec>,
  how: Pick<SelfPlay, 'provider' | 'exchanges' | 'ending'> & { temperature: number | undefined },
): SelfPlay {
  const { provider, exchanges, ending } = how;
  const { defaults } = persona.spec;
  const instructions = endingInstructions(ending);
  const parameters: CallParameters = {
    temperature: how.temperature ?? defaults?.temperature ?? TEMPERATURE,
    maxTokens: instructions === undefined ? MAX_TOKENS : MAX_TOKENS_WITH_ENDING,
  };
  if (defaults?.seed !== undefined) parameters.seed = defaults.seed;
  const prompt = personaPrompt(persona, bundle, variables);
  const system = instructions === undefined ? prompt : `${prompt}\n\n${instructions}`;
  return { persona: persona.id, provider, exchanges, ending, system, parameters };
}

/** The request for the persona's next message: it sees the conversation with the sides swapped, and nothing of tools. */
export function personaRequest(
  selfPlay: SelfPlay,
  history: readonly Message[],
  { scenario, seed }: Pick<PlanItem, 'scenario' | 'seed'>,
): CompletionRequest {
  const messages: Message[] = [{ role: 'system', content: selfPlay.system }];
  for (const { role, content } of history) {
    if (role === 'user') messages.push({ role: 'assistant', content });
    else if (role === 'assistant' && content !== '') messages.push({ role: 'user', content });
  }
  if (messages.length === 1) messages.push({ role: 'user', content: OPENING });
  return {
    messages,
    // What is written for the persona beats the seed of a generated record.
    parameters: seed === undefined ? selfPlay.parameters : { seed, ...selfPlay.parameters },
    context: { scenario, provider: selfPlay.provider, persona: selfPlay.persona },
  };
}
