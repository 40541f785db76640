/** A turn of a scenario, ready to be played. */
import type { Bundle, Loaded, LoadedPrompt } from '../bundle/bundle.js';
import type { Variant } from '../bundle/variants.js';
import type { ContentPart } from '../core/conversation.js';
import { ArenaError } from '../core/errors.js';
import type { ScenarioSpec, TurnSpec } from '../schema/scenario.js';
import { type Assertion, compileAssertion } from './assertions/assertion.js';
import { toText } from './json.js';
import { preparePart } from './media.js';
import { placeOfPlaceholder } from './placeholder-place.js';
import { prepareScenarioSelfPlay, prepareSelfPlay, type SelfPlay } from './self-play.js';
import { render, type Variables } from './template.js';

export interface PreparedTurn {
  spec: TurnSpec;
  role: 'user' | 'assistant';
  /** Empty on a turn that a persona writes. */
  content: string;
  parts?: ContentPart[];
  /** Set on a turn that a persona writes. */
  selfPlay?: SelfPlay;
  stream: boolean;
  /** Checks of the answer. */
  assertions: Assertion[];
}

export interface TurnsSource {
  scenario: Loaded<ScenarioSpec>;
  bundle: Bundle;
  /** The prompt that answers first. */
  prompt: LoadedPrompt | undefined;
  variables: Variables;
  /** Replaces `{key}` in what the user says. */
  variant: Variant;
  /** Who plays every persona, where the conversation is one of a pair. */
  player: string | undefined;
}

/** The scripted turns, and behind them the persona that plays the scenario. Throws an `ArenaError`. */
export function prepareTurns(source: TurnsSource): PreparedTurn[] {
  const { scenario, bundle, variables, player } = source;
  const turns = (scenario.spec.turns ?? []).map((turn, index) => prepareTurn(source, turn, index));
  const { self_play: spec } = scenario.spec;
  if (spec === undefined || spec.enabled === false) return turns;
  const place = scenario.at(['spec', 'self_play', 'persona']);
  const selfPlay = prepareScenarioSelfPlay({ spec, bundle, variables, place, player });
  const stream = scenario.spec.streaming ?? false;
  const turn: TurnSpec = { role: 'user', persona: spec.persona };
  return [...turns, { spec: turn, role: 'user', content: '', selfPlay, stream, assertions: [] }];
}

/** In turns a placeholder stays as it is, since it may be meant, unless the prompt declares a variable of that name. */
function prepareTurn(source: TurnsSource, turn: TurnSpec, index: number): PreparedTurn {
  const { scenario, bundle, variables, variant, player } = source;
  const path = ['spec', 'turns', index];
  const textOf = (text: string, at: (string | number)[]) => filled(source, vary(text, variant), [...path, ...at]);
  const selfPlay =
    turn.role === 'user' || turn.role === 'assistant'
      ? undefined
      : prepareSelfPlay({ turn, bundle, variables, player, place: scenario.at([...path, 'role']) });
  const parts = turn.parts?.map((part, number) =>
    preparePart(
      part.text === undefined ? part : { ...part, text: textOf(part.text, ['parts', number, 'text']) },
      bundle,
      scenario.at([...path, 'parts', number]),
    ),
  );
  const texts = parts?.flatMap((part) => (part.type === 'text' ? [part.text ?? ''] : [])) ?? [];
  const content = texts.length > 0 ? texts.join('\n') : textOf(turn.content ?? '', ['content']);
  // Providers send either the content or the parts: media alone would lose the words beside them.
  if (texts.length === 0 && content !== '') parts?.unshift({ type: 'text', text: content });
  return {
    spec: turn,
    role: turn.role === 'assistant' ? 'assistant' : 'user',
    selfPlay,
    content,
    parts,
    stream: turn.streaming ?? scenario.spec.streaming ?? false,
    assertions: (turn.assertions ?? []).map((spec, number) =>
      compileAssertion(spec, 'turn', scenario.at([...path, 'assertions', number]), { bundle }),
    ),
  };
}

function filled(source: TurnsSource, text: string, path: (string | number)[]): string {
  const { scenario, bundle, prompt, variables } = source;
  const rendered = render(text, variables);
  if (!rendered.includes('{{')) return rendered;
  const left = prompt?.spec.variables?.find(({ name }) => rendered.includes(`{{${name}}}`) && !variables.has(name));
  if (left === undefined) return rendered;
  throw new ArenaError({
    code: 'unresolved_variable',
    message: `${placeOfPlaceholder(bundle, scenario, path, left.name)} nothing fills {{${left.name}}}, which the prompt declares`,
    hint: `give it a default, or a value in the Arena file, the scenario or with --var ${left.name}=…`,
  });
}

/** `{key}` with single braces; `{{name}}` is a variable and stays. */
function vary(text: string, variant: Variant): string {
  return text.replace(/(?<!\{)\{([^{}]+)\}(?!\})/g, (whole, key: string) =>
    Object.hasOwn(variant, key) ? toText(variant[key] ?? '') : whole,
  );
}
