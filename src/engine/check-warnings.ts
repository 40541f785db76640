/** What is odd about checks and guardrails, said before anything is called rather than in every record. */
import { answeringTasks } from '../bundle/answering-tasks.js';
import type { Bundle, Loaded } from '../bundle/bundle.js';
import type { Fault } from '../bundle/fault.js';
import type { AssertionSpec } from '../schema/assertion.js';
import type { PackEvalSpec } from '../schema/pack-eval.js';
import { complaintsOf } from './assertions/assertion.js';
import type { CheckSetup } from './assertions/check.js';
import { findCheck, isWrapper } from './assertions/registry.js';
import { compileGuardrails } from './guardrails.js';
import { checkOf } from './pack-evals.js';
import { answerCheckLists, wholeCheckLists } from './prepared-eval.js';
import { unknownNames } from './unknown-names.js';

type Path = readonly (string | number)[];

/** Warnings on the checks of these scenarios and evals, of the scenarios' prompts and of the Arena file. */
export function checkWarnings(bundle: Bundle, planned: Iterable<string>): Fault[] {
  const { arena } = bundle;
  const setup: CheckSetup = { bundle };
  const faults = complaints(setup, arena, arena.spec.globals?.conversation_assertions, [
    'spec',
    'globals',
    'conversation_assertions',
  ]);
  faults.push(...packEvalWarnings(bundle, arena, arena.spec.pack_evals, ['spec', 'pack_evals']));
  const prompts = new Set<string>();
  for (const id of planned) {
    faults.push(...evalWarnings(bundle, id));
    const scenario = bundle.scenarios.get(id);
    if (scenario === undefined) continue;
    for (const [index, turn] of (scenario.spec.turns ?? []).entries()) {
      faults.push(...complaints(setup, scenario, turn.assertions, ['spec', 'turns', index, 'assertions']));
    }
    faults.push(
      ...complaints(setup, scenario, scenario.spec.conversation_assertions, ['spec', 'conversation_assertions']),
    );
    for (const task of answeringTasks(arena.spec, scenario.spec)) prompts.add(task);
  }
  for (const task of prompts) {
    faults.push(...guardrailWarnings(bundle, task));
    const prompt = bundle.prompts.get(task);
    if (prompt !== undefined) faults.push(...packEvalWarnings(bundle, prompt, prompt.spec.evals, ['spec', 'evals']));
  }
  return faults;
}

/** They decide nothing, so a degree for a score is all right; a type that does not exist is said here only. */
function packEvalWarnings(
  bundle: Bundle,
  document: Loaded<unknown>,
  evals: readonly PackEvalSpec[] | undefined,
  path: Path,
): Fault[] {
  return (evals ?? []).flatMap((spec, index) => {
    if (spec.enabled === false) return [];
    const place = document.placeOf([...path, index]);
    const { type, params } = checkOf(spec);
    const unknown = findCheck(type) === undefined && !isWrapper(type);
    const said = unknown
      ? [`there is no check "${type}": this eval fails`]
      : complaintsOf({ type, params: { min_score: 0, ...params } }, { bundle });
    return said.map((message) => ({ severity: 'warning' as const, ...place, message }));
  });
}

function evalWarnings(bundle: Bundle, id: string): Fault[] {
  const each = bundle.evals.get(id);
  if (each === undefined) return [];
  const lists = [...answerCheckLists(each), ...wholeCheckLists(each)];
  return lists.flatMap(({ document, specs, path }) => complaints({ bundle, evalId: id }, document, specs, path));
}

function complaints(
  setup: CheckSetup,
  document: Loaded<unknown>,
  specs: readonly AssertionSpec[] | undefined,
  path: Path,
): Fault[] {
  return (specs ?? []).flatMap((spec, index) => {
    const odd = complaintsOf(spec, setup);
    // A recording comes from elsewhere, with tools and states of its own.
    if (odd.length === 0 && setup.evalId === undefined) odd.push(...unknownNames(setup.bundle, spec));
    const place = document.placeOf([...path, index]);
    return odd.map((message) => ({ severity: 'warning' as const, ...place, message }));
  });
}

function guardrailWarnings(bundle: Bundle, task: string): Fault[] {
  const prompt = bundle.prompts.get(task);
  return (prompt?.spec.validators ?? []).flatMap((spec, index) => {
    const place = prompt?.placeOf(['spec', 'validators', index]) ?? { file: task };
    const { warnings } = compileGuardrails([spec], { bundle });
    return warnings.map((message) => ({ severity: 'warning' as const, ...place, message }));
  });
}
