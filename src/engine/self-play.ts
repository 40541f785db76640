/** Personas that write the user's messages. */
import type { Bundle, Loaded } from '../bundle/bundle.js';
import type { Message } from '../core/conversation.js';
import { ArenaError } from '../core/errors.js';
import type { CallParameters, CompletionRequest } from '../core/provider.js';
import type { PersonaSpec } from '../schema/persona.js';
import type { TurnSpec } from '../schema/scenario.js';
import { toText } from './json.js';
import { firstPlaceholder, render, type Variables } from './template.js';

/** A persona that may end the conversation writes this; it never reaches the assistant. */
const END_MARKER = '[CONVERSATION_COMPLETE]';

const TEMPERATURE = 0.7;
/** Tokens of a message; more where an ending has to fit in. */
const MAX_TOKENS = 200;
const MAX_TOKENS_WITH_ENDING = 300;

export interface SelfPlay {
  persona: string;
  /** Provider that speaks for the persona. */
  provider: string;
  /** Exchanges at most; the persona may end earlier when `mayEnd` is set. */
  exchanges: number;
  mayEnd: boolean;
  system: string;
  parameters: CallParameters;
}

export interface SelfPlaySource {
  turn: TurnSpec;
  bundle: Bundle;
  variables: Variables;
  /** Where the turn stands. */
  place: string;
}

/** Throws an `ArenaError` when role or persona do not exist, or when the persona's prompt cannot be filled. */
export function prepareSelfPlay({ turn, bundle, variables, place }: SelfPlaySource): SelfPlay {
  const role = bundle.arena.spec.self_play?.roles?.find(({ id }) => id === turn.role);
  if (role === undefined) {
    const hint = 'write user or assistant, or list the role under self_play.roles of the Arena file';
    throw new ArenaError({ code: 'invalid_input', message: `${place} there is no role "${turn.role}"`, hint });
  }
  const persona = turn.persona === undefined ? undefined : bundle.personas.get(turn.persona);
  if (persona === undefined) {
    const known = [...bundle.personas.keys()].join(', ') || 'none';
    const message = `${place} ${turn.persona === undefined ? 'the turn names no persona' : `there is no persona "${turn.persona}"`}`;
    throw new ArenaError({ code: 'invalid_input', message, hint: `there are: ${known}` });
  }
  const turns = turn.turns ?? 1;
  const most = turn.max_turns ?? turns;
  const mayEnd = most > turns;
  const { defaults } = persona.spec;
  const parameters: CallParameters = {
    temperature: turn.user_temp ?? defaults?.temperature ?? TEMPERATURE,
    maxTokens: mayEnd ? MAX_TOKENS_WITH_ENDING : MAX_TOKENS,
  };
  if (defaults?.seed !== undefined) parameters.seed = defaults.seed;
  const system = personaPrompt(persona, bundle, variables);
  return {
    persona: persona.id,
    provider: role.provider,
    exchanges: Math.max(turns, most),
    mayEnd,
    system: mayEnd
      ? `${system}\n\nWhen you have what you came for, write ${END_MARKER} behind your last message.`
      : system,
    parameters,
  };
}

function personaPrompt(persona: Loaded<PersonaSpec>, bundle: Bundle, variables: Variables): string {
  const { system_template: own, system_prompt: plain, prompt_activity: activity = '' } = persona.spec;
  const template = own ?? plain ?? bundle.prompts.get(activity)?.spec.system_template;
  if (template === undefined) {
    throw new ArenaError({
      code: 'invalid_input',
      message: `${persona.at(['spec'])} persona "${persona.id}" has no system_template and no system_prompt`,
    });
  }
  const text = render(template, personaVariables(persona.spec, variables));
  const left = firstPlaceholder(text);
  if (left === undefined) return text;
  throw new ArenaError({
    code: 'unresolved_variable',
    message: `${persona.at(['spec', own === undefined ? 'system_prompt' : 'system_template'])} nothing fills {{${left.name}}}`,
    hint: 'give it under optional_vars, in the scenario, or with --var',
  });
}

function personaVariables(spec: PersonaSpec, variables: Variables): Variables {
  const values = new Map(variables);
  for (const [name, value] of Object.entries(spec.optional_vars ?? {})) {
    if (!values.has(name)) values.set(name, toText(value));
  }
  const list = (items: readonly string[] | undefined) => (items ?? []).map((item) => `- ${item}`).join('\n');
  values.set('goals', list(spec.goals));
  values.set('constraints', list(spec.constraints));
  values.set('verbosity', spec.style?.verbosity ?? 'medium');
  values.set('challenge_level', spec.style?.challenge_level ?? 'medium');
  values.set('friction_tags', (spec.style?.friction_tags ?? []).join(', '));
  return values;
}

/** The request for the persona's next message: it sees the conversation with the sides swapped, and nothing of tools. */
export function personaRequest(selfPlay: SelfPlay, history: readonly Message[], scenario: string): CompletionRequest {
  const messages: Message[] = [{ role: 'system', content: selfPlay.system }];
  for (const { role, content } of history) {
    if (role === 'user') messages.push({ role: 'assistant', content });
    else if (role === 'assistant' && content !== '') messages.push({ role: 'user', content });
  }
  return {
    messages,
    parameters: selfPlay.parameters,
    context: { scenario, provider: selfPlay.provider, persona: selfPlay.persona },
  };
}

/** The message without the marker, and whether the persona is done. */
export function readPersona(content: string): { text: string; done: boolean } {
  const done = content.includes(END_MARKER);
  return { text: (done ? content.replaceAll(END_MARKER, '') : content).trim(), done };
}
