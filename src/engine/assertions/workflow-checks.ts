/** Checks of the way through a workflow. In recordings, which have no workflow at work, the states of messages count. */
import { isTerminal } from '../workflow/state.js';
import { type CheckFactory, objects, text, texts, verdict } from './check.js';
import { sequenceOf } from './sequence.js';
import type { ConversationView } from './view.js';

/** States in the order in which they were entered, the first one included. */
function entered({ trace, messages }: ConversationView): readonly string[] {
  if (trace.entered.length > 0) return trace.entered;
  const states: string[] = [];
  for (const { state } of messages) if (state !== undefined && state !== states.at(-1)) states.push(state);
  return states;
}

const NO_STATE = 'the conversation has no workflow state';

/** The conversation is in a state. */
export const stateIs: CheckFactory = (params) => {
  const expected = text(params, 'state');
  return (view) => {
    const state = entered(view).at(-1);
    const found = state === undefined ? NO_STATE : `the state is "${state}"`;
    return verdict(state === expected, state === expected ? found : `${found}, "${expected}" is expected`);
  };
};

/** A state was entered at some time. */
export const transitionedTo: CheckFactory = (params) => {
  const expected = text(params, 'state');
  return (view) => {
    const states = entered(view);
    const way = states.length === 0 ? NO_STATE : `the way was ${states.join(' → ')}`;
    return verdict(
      states.includes(expected),
      `"${expected}" was ${states.includes(expected) ? '' : 'not '}entered: ${way}`,
    );
  };
};

/** An assistant message with text was written in a state. */
export const spokeInState: CheckFactory = (params) => {
  const expected = text(params, 'state');
  return ({ messages }) => {
    const spoke = messages.some(
      ({ role, state, content }) => role === 'assistant' && state === expected && content.trim() !== '',
    );
    return verdict(spoke, `the assistant said ${spoke ? 'something' : 'nothing'} in state "${expected}"`);
  };
};

/** States were entered in this order; others may come between. Score: matched / all. */
export const workflowTransitionOrder: CheckFactory = (params) => {
  const sequence = texts(params, 'sequence');
  return (view) => sequenceOf(sequence, entered(view));
};

/** While in a state that a rule names, no tool but those that it allows was called. States without a rule allow all. */
export const workflowToolAccess: CheckFactory = (params) => {
  const allowed = new Map<string, Set<string>>();
  for (const rule of objects(params, 'rules')) {
    const state = text(rule, 'state');
    const tools = rule.allowed === undefined || isEmptyList(rule.allowed) ? [] : texts(rule, 'allowed');
    allowed.set(state, new Set([...(allowed.get(state) ?? []), ...tools]));
  }
  return ({ calls }) => {
    const wrong = calls.filter(({ name, state }) => state !== undefined && allowed.get(state)?.has(name) === false);
    const list = [...new Set(wrong.map(({ name, state }) => `${name} in state "${state}"`))].join(', ');
    return verdict(wrong.length === 0, wrong.length === 0 ? 'no other tool was called' : `not allowed: ${list}`);
  };
};

const isEmptyList = (value: unknown): boolean => Array.isArray(value) && value.length === 0;

/** A terminal state was reached. */
export const workflowComplete: CheckFactory = (_params, { bundle }) => {
  const states = new Map(Object.entries(bundle.arena.spec.workflow?.states ?? {}));
  return (view) => {
    const state = entered(view).at(-1);
    if (state === undefined) return verdict(false, NO_STATE);
    const spec = states.get(state);
    const complete = view.trace.complete || (spec !== undefined && isTerminal(spec));
    return verdict(complete, `"${state}" is ${complete ? 'a' : 'no'} terminal state`);
  };
};
