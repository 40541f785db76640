/** A turn of a scenario, ready to be played. */
import type { Bundle, Loaded } from '../bundle/bundle.js';
import type { Variant } from '../bundle/variants.js';
import type { ContentPart } from '../core/conversation.js';
import type { ScenarioSpec, TurnSpec } from '../schema/scenario.js';
import { type Assertion, compileAssertion } from './assertions/assertion.js';
import { toText } from './json.js';
import { preparePart } from './media.js';
import { prepareSelfPlay, type SelfPlay } from './self-play.js';
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

export interface TurnSource {
  turn: TurnSpec;
  index: number;
  scenario: Loaded<ScenarioSpec>;
  bundle: Bundle;
  variables: Variables;
  /** Replaces `{key}` in what the user says. */
  variant: Variant;
}

/** In turns, other than in system prompts, a placeholder that nothing fills stays as it is: it may be meant. */
export function prepareTurn({ turn, index, scenario, bundle, variables, variant }: TurnSource): PreparedTurn {
  const path = ['spec', 'turns', index];
  const textOf = (text: string) => render(vary(text, variant), variables);
  const selfPlay =
    turn.role === 'user' || turn.role === 'assistant'
      ? undefined
      : prepareSelfPlay({ turn, bundle, variables, place: scenario.at([...path, 'role']) });
  const parts = turn.parts?.map((part, number) =>
    preparePart(
      part.text === undefined ? part : { ...part, text: textOf(part.text) },
      bundle,
      scenario.at([...path, 'parts', number]),
    ),
  );
  const texts = parts?.flatMap((part) => (part.type === 'text' ? [part.text ?? ''] : [])) ?? [];
  const content = texts.length > 0 ? texts.join('\n') : textOf(turn.content ?? '');
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

/** `{key}` with single braces; `{{name}}` is a variable and stays. */
function vary(text: string, variant: Variant): string {
  return text.replace(/(?<!\{)\{([^{}]+)\}(?!\})/g, (whole, key: string) =>
    Object.hasOwn(variant, key) ? toText(variant[key] ?? '') : whole,
  );
}
