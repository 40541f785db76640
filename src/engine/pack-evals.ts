/** Evals of prompts and of the bundle: carried out beside the assertions and reported, they never decide a verdict. */
import { createHash } from 'node:crypto';
import type { Bundle, Loaded } from '../bundle/bundle.js';
import type { AssertionResult, JsonValue } from '../core/conversation.js';
import type { PackEvalSpec } from '../schema/pack-eval.js';
import { allEnded } from './all-ended.js';
import { type Assertion, compileAssertion, type Level } from './assertions/assertion.js';
import type { CheckOutside } from './assertions/check.js';
import { recordedParams } from './assertions/recorded-params.js';
import { canonicalType } from './assertions/registry.js';
import type { ConversationView } from './assertions/view.js';

/** Percent of the answers or conversations that evals look at which only sample. */
const SAMPLE_PERCENTAGE = 5;

type Trigger = NonNullable<PackEvalSpec['trigger']>;

const AT_THE_END: ReadonlySet<Trigger> = new Set([
  'on_session_complete',
  'on_conversation_complete',
  'sample_sessions',
]);
const SAMPLING: ReadonlySet<Trigger> = new Set(['sample_turns', 'sample_sessions']);

export interface PackEval {
  id: string;
  trigger: Trigger;
  /** 0..100. */
  percentage: number;
  assertion: Assertion;
  /** What a result says that could not be come to. */
  unreached: Pick<AssertionResult, 'level' | 'type' | 'params' | 'source'>;
}

/** Which evals are carried out. */
export interface EvalChoice {
  skip: boolean;
  types?: readonly string[];
}

/** Those under `path` of a document which the job asks for, in their order. */
export function preparePackEvals(
  bundle: Bundle,
  document: Loaded<unknown>,
  specs: readonly PackEvalSpec[] | undefined,
  path: readonly string[],
  choice: EvalChoice = { skip: false },
): PackEval[] {
  const types = choice.types === undefined ? undefined : new Set(choice.types.map(canonicalType));
  return (specs ?? []).flatMap((spec, index) => {
    const { id, type, trigger = 'on_session_complete' } = spec;
    if (choice.skip || spec.enabled === false || types?.has(canonicalType(type)) === false) return [];
    const level: Level = AT_THE_END.has(trigger) ? 'conversation' : 'turn';
    const source = document.at([...path, index]);
    const check = checkOf(spec);
    const assertion = compileAssertion(check, level, source, { bundle });
    const percentage = SAMPLING.has(trigger) ? (spec.sample_percentage ?? SAMPLE_PERCENTAGE) : 100;
    const params = check.params === undefined ? undefined : recordedParams(type, check.params);
    return [{ id, trigger, percentage, assertion, unreached: { level, type, params, source } }];
  });
}

/** The eval as a check. */
export function checkOf({ type, params, message, when, threshold }: PackEvalSpec) {
  const bounds: { [name: string]: JsonValue } = {};
  if (threshold?.min_score !== undefined) bounds.min_score = threshold.min_score;
  if (threshold?.max_score !== undefined) bounds.max_score = threshold.max_score;
  return { type, message, when, params: threshold === undefined ? params : { ...bounds, ...params } };
}

/** The evals of one conversation. */
export class ConversationEvals {
  readonly results: AssertionResult[] = [];
  /** Evals of all prompts that answered, by id; they stand before those of the bundle. */
  private readonly known = new Map<string, PackEval>();
  private statesEntered = 1;

  /** `item` is the id of the conversation, `ofBundle` are those that hold whatever the prompt. */
  constructor(
    private readonly item: string,
    private readonly ofBundle: readonly PackEval[],
    private readonly outside: CheckOutside,
  ) {}

  /** After the answer at `messageIndex`; `ofPrompt` are the evals of the prompt that gave it. Undefined: nothing is due. */
  afterAnswer(ofPrompt: readonly PackEval[], view: ConversationView, messageIndex: number): Promise<void> | undefined {
    const entered = view.trace.entered.length;
    const isStep = entered > this.statesEntered;
    this.statesEntered = Math.max(entered, this.statesEntered);
    const due = this.with(ofPrompt).filter(
      ({ trigger }) => !AT_THE_END.has(trigger) && (trigger !== 'on_workflow_step' || isStep),
    );
    return due.length > 0 ? this.carryOut(due, view, messageIndex) : undefined;
  }

  /** When nothing more is said; `ofPrompt` are the evals of the first prompt. Undefined: nothing is due. */
  atTheEnd(ofPrompt: readonly PackEval[], view: ConversationView): Promise<void> | undefined {
    const due = this.with(ofPrompt).filter(({ trigger }) => AT_THE_END.has(trigger));
    return due.length > 0 ? this.carryOut(due, view) : undefined;
  }

  private with(ofPrompt: readonly PackEval[]): PackEval[] {
    for (const one of ofPrompt) if (!this.known.has(one.id)) this.known.set(one.id, one);
    return [...this.known.values(), ...this.ofBundle.filter(({ id }) => !this.known.has(id))];
  }

  private async carryOut(evals: readonly PackEval[], view: ConversationView, messageIndex?: number): Promise<void> {
    const sampled = evals.filter((one) => isSampled(one, `${this.item}\n${one.id}\n${messageIndex ?? ''}`));
    const results = await allEnded(sampled.map((one) => this.result(one, view)));
    for (const [index, result] of results.entries()) {
      if (messageIndex !== undefined) result.messageIndex = messageIndex;
      result.evalId = sampled[index]?.id;
    }
    this.results.push(...results);
  }

  /** That somebody cannot be asked is a result like any other: the conversation itself is as good as without. */
  private async result({ assertion, unreached }: PackEval, view: ConversationView): Promise<AssertionResult> {
    try {
      return await assertion.evaluate(view, this.outside);
    } catch (error) {
      if (this.outside.signal.aborted) throw this.outside.signal.reason;
      const reason = error instanceof Error ? error.message : String(error);
      return { ...unreached, passed: false, score: 0, explanation: 'the eval could not be carried out', error: reason };
    }
  }
}

/** Chance by hash: the same conversation is looked at the same way each time it is taken up. */
function isSampled({ percentage }: PackEval, what: string): boolean {
  if (percentage >= 100) return true;
  const draw = createHash('sha256').update(what).digest().readUInt32BE(0) / 2 ** 32;
  return draw * 100 < percentage;
}
