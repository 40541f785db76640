/** An eval of recordings with everything that can be worked out before its first conversation. */
import type { Loaded } from '../bundle/bundle.js';
import type { RecordedConversation } from '../core/recording.js';
import type { AssertionSpec } from '../schema/assertion.js';
import type { EvalSpec } from '../schema/eval.js';
import { type Assertion, compileAssertion, type Level } from './assertions/assertion.js';
import type { PreparedBundle } from './prepare.js';

/** A check on each answer. */
export interface AnswerCheck {
  spec: AssertionSpec;
  /** Where it stands, `file:line:col`. */
  source: string;
  assertion: Assertion;
}

export interface PreparedEval {
  document: Loaded<EvalSpec>;
  recordings: ReadonlyMap<string, RecordedConversation>;
  answerChecks: AnswerCheck[];
  /** Checks of the whole conversation: those of the Arena file, then the eval's. */
  assertions: Assertion[];
}

/** A list of checks and its place in the document. */
export interface CheckList {
  document: Loaded<unknown>;
  path: readonly (string | number)[];
  specs: readonly AssertionSpec[];
}

/** Checks on each answer, in the order in which they are carried out. */
export function answerCheckLists(document: Loaded<EvalSpec>): CheckList[] {
  return (document.spec.turns ?? []).map((turn, index) => ({
    document,
    path: ['spec', 'turns', index, 'all_turns', 'assertions'],
    specs: turn.all_turns?.assertions ?? [],
  }));
}

/** The eval's own checks of the whole conversation. */
export function wholeCheckLists(document: Loaded<EvalSpec>): CheckList[] {
  return (['conversation_assertions', 'assertions'] as const).map((name) => ({
    document,
    path: ['spec', name],
    specs: document.spec[name] ?? [],
  }));
}

const prepared = new WeakMap<PreparedBundle, Map<string, PreparedEval>>();

/** Prepared when it is first asked for, then kept. Undefined when the bundle has no such eval. */
export function prepareEval(bundle: PreparedBundle, id: string): PreparedEval | undefined {
  const kept = prepared.get(bundle) ?? new Map<string, PreparedEval>();
  prepared.set(bundle, kept);
  const document = bundle.bundle.evals.get(id);
  if (document === undefined) return undefined;
  const known = kept.get(id);
  if (known !== undefined) return known;
  const made = prepareOnce(bundle, document);
  kept.set(id, made);
  return made;
}

function prepareOnce(prepared: PreparedBundle, document: Loaded<EvalSpec>): PreparedEval {
  const { bundle } = prepared;
  const compile = (lists: readonly CheckList[], level: Level): AnswerCheck[] =>
    lists.flatMap(({ document: where, path, specs }) =>
      specs.map((spec, index) => {
        const source = where.at([...path, index]);
        return { spec, source, assertion: compileAssertion(spec, level, source, { bundle, evalId: document.id }) };
      }),
    );
  const globals: CheckList = {
    document: bundle.arena,
    path: ['spec', 'globals', 'conversation_assertions'],
    specs: bundle.arena.spec.globals?.conversation_assertions ?? [],
  };
  const { conversations } = bundle.recordings.ofEval(document.id);
  return {
    document,
    recordings: new Map(conversations.map((each) => [each.name, each])),
    answerChecks: compile(answerCheckLists(document), 'turn'),
    assertions: compile([globals, ...wholeCheckLists(document)], 'conversation').map(({ assertion }) => assertion),
  };
}
