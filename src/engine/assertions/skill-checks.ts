/** Checks of which skills were taken up: by the calls of the tool that does it, those that failed left out. */
import { ACTIVATE } from '../skills/tool-specs.js';
import { type CheckFactory, optionalNumber, quoted, texts, verdict } from './check.js';
import { sequenceOf } from './sequence.js';
import type { ConversationView } from './view.js';

/** Names of the skills in the order in which they were activated. */
function activations({ calls }: ConversationView): string[] {
  return calls.flatMap(({ name, args, error }) =>
    name === ACTIVATE && error === undefined && typeof args.name === 'string' ? [args.name] : [],
  );
}

function missing(names: readonly string[], view: ConversationView, min: number): string[] {
  const activated = activations(view);
  return names.filter((name) => activated.filter((each) => each === name).length < min);
}

/** Each named skill was activated often enough. Score: found / all. */
export const skillActivated: CheckFactory = (params) => {
  const names = texts(params, 'skill_names');
  const min = optionalNumber(params, 'min_calls') ?? 1;
  return (view) => {
    const absent = missing(names, view, min);
    const times = min === 1 ? '' : ` ${min} times`;
    const explanation = absent.length === 0 ? 'all skills were activated' : `not activated${times}: ${quoted(absent)}`;
    return { score: (names.length - absent.length) / names.length, explanation };
  };
};

/** None of the named skills was activated as often as `min_calls`. */
export const skillNotActivated: CheckFactory = (params) => {
  const names = texts(params, 'skill_names');
  const min = optionalNumber(params, 'min_calls') ?? 1;
  return (view) => {
    const absent = new Set(missing(names, view, min));
    const found = names.filter((name) => !absent.has(name));
    return verdict(found.length === 0, found.length === 0 ? 'none was activated' : `activated: ${quoted(found)}`);
  };
};

/** The skills were activated in this order; others may come between. Score: matched / all. */
export const skillActivationOrder: CheckFactory = (params) => {
  const sequence = texts(params, 'sequence');
  return (view) => sequenceOf(sequence, activations(view));
};
