/** How compositions came to their answers. Of a step that ran several times the newest run counts. */
import type { StepRecord } from '../../core/conversation.js';
import { type CheckFactory, type Finding, optionalText, ParameterFault, type Params, text, verdict } from './check.js';
import type { ConversationView } from './view.js';

const NOT_RUN = 'no composition has answered';

/** The step in the newest composition that has it; undefined when none has. */
function stepOf({ trace }: ConversationView, id: string): StepRecord | undefined {
  return trace.compositions?.flatMap(({ steps }) => steps).findLast((step) => step.id === id);
}

/** The step where it ran, or why the check fails. */
function stepThatRan(view: ConversationView, id: string): StepRecord | Finding {
  if ((view.trace.compositions ?? []).length === 0) return verdict(false, NOT_RUN);
  const step = stepOf(view, id);
  if (step === undefined) return verdict(false, `no composition that answered has a step "${id}"`);
  return step.ran ? step : verdict(false, `step "${id}" did not run`);
}

const isFinding = (value: StepRecord | Finding): value is Finding => 'explanation' in value;

/** Compares a text as `equals` (but for space around it) and `contains` say. */
function comparison(params: Params): (what: string, output: string) => Finding {
  const equals = optionalText(params, 'equals');
  const contains = optionalText(params, 'contains');
  if (equals === undefined && contains === undefined) {
    throw new ParameterFault('parameter "equals" or "contains" is missing');
  }
  return (what, output) => {
    if (equals !== undefined && output.trim() !== equals.trim()) return verdict(false, `${what} is not "${equals}"`);
    if (contains !== undefined && !output.toLowerCase().includes(contains.toLowerCase())) {
      return verdict(false, `${what} does not contain "${contains}"`);
    }
    return verdict(true, `${what} is as expected`);
  };
}

export const compositionStepOutput: CheckFactory = (params) => {
  const id = text(params, 'step');
  const compare = comparison(params);
  return (view) => {
    const step = stepThatRan(view, id);
    if (isFinding(step)) return step;
    if (step.output === undefined) return verdict(false, `step "${id}" is a branch and has no output`);
    return compare(`the output of step "${id}"`, step.output);
  };
};

export const compositionOutput: CheckFactory = (params) => {
  const compare = comparison(params);
  return ({ messages }) => {
    const answer = messages.findLast(({ composition }) => composition !== undefined);
    return answer === undefined ? verdict(false, NOT_RUN) : compare('the output of the composition', answer.content);
  };
};

/** `expected` is the step that was chosen, or `then` or `else`. */
export const compositionBranchTaken: CheckFactory = (params) => {
  const id = text(params, 'branch');
  const expected = text(params, 'expected');
  return (view) => {
    const step = stepThatRan(view, id);
    if (isFinding(step)) return step;
    if (step.kind !== 'branch') return verdict(false, `step "${id}" is no branch`);
    const arm = step.held === true ? 'then' : 'else';
    const took = `branch "${id}" took ${arm}${step.taken === undefined ? ', which leads nowhere' : ` to "${step.taken}"`}`;
    return verdict(expected === step.taken || expected === arm, took);
  };
};

export const compositionParallelComplete: CheckFactory = (params) => {
  const id = text(params, 'parallel');
  return (view) => {
    const step = stepThatRan(view, id);
    if (isFinding(step)) return step;
    if (step.kind !== 'parallel') return verdict(false, `step "${id}" is no parallel block`);
    const steps = view.trace.compositions?.findLast((one) => one.steps.includes(step))?.steps ?? [];
    const inner = new Set(step.branches);
    const missing = steps.filter((one) => inner.has(one.id) && !one.ran).map((one) => one.id);
    if (missing.length === 0) return verdict(true, `all branches of "${id}" ran`);
    return verdict(false, `branches of "${id}" that did not run: ${missing.join(', ')}`);
  };
};
