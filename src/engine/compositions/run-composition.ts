/** Carries out the steps of a composition, one after the other or side by side, down to its answer. */
import { stepOrder } from '../../bundle/compositions/step-order.js';
import type {
  CompositionRecord,
  ContentPart,
  JsonValue,
  Message,
  StepRecord,
  Violation,
} from '../../core/conversation.js';
import { ArenaError } from '../../core/errors.js';
import type {
  BranchStepSpec,
  CompositionSpec,
  ParallelStepSpec,
  StepSpec,
  WorkStepSpec,
} from '../../schema/composition.js';
import { allEnded } from '../all-ended.js';
import { findJson, isObject, sortKeys } from '../json.js';
import type { Reply } from '../stage.js';
import { holds } from './predicate.js';
import type { StepOutput, Values } from './values.js';
import { checkOutput, type Done, runWork, StepFailure, type Workshop } from './work-step.js';

/** A composition of the bundle; `place` says where one of its parts stands. */
export interface NamedComposition {
  name: string;
  spec: CompositionSpec;
  place(path: readonly (string | number)[]): string;
}

/** Throws an `ArenaError` that names the step when it cannot come to its output. */
export async function runComposition(
  { name, spec, place }: NamedComposition,
  message: Message,
  shop: Workshop,
): Promise<Reply> {
  const run = new Run(spec, message, shop);
  run.checkInput(place(['input_schema']));
  for (const index of stepOrder(spec.steps).order) {
    const step = spec.steps[index];
    if (step !== undefined) await run.step(step, place(['steps', index]));
  }
  const answer = run.answer(place([]));
  const { records: steps, violations } = run;
  const composition: CompositionRecord = { name, steps };
  if (spec.description !== undefined) composition.description = spec.description;
  const reply: Reply = { text: answer.text, violations, composition };
  const event = isObject(answer.value) ? answer.value.event : undefined;
  return typeof event === 'string' ? { ...reply, event } : reply;
}

class Run {
  readonly records: StepRecord[] = [];
  readonly violations: Violation[] = [];
  private readonly outputs = new Map<string, StepOutput>();
  private readonly values: Values;
  private readonly parts: ContentPart[] | undefined;
  /** Steps that ran, branches included. */
  private readonly ran = new Set<string>();
  /** Steps that run only if a branch leads to them, and those to which one did. */
  private readonly targets: ReadonlySet<string>;
  private readonly chosen = new Set<string>();
  private last: string | undefined;

  constructor(
    private readonly spec: CompositionSpec,
    { content, parts }: Message,
    private readonly shop: Workshop,
  ) {
    const json = findJson(content, { allowWrapped: false, extract: false });
    const input = typeof json === 'object' && json !== null ? json : content;
    this.values = { input, inputText: content, outputs: this.outputs };
    this.parts = parts;
    const branches = spec.steps.filter((step) => step.kind === 'branch');
    this.targets = new Set(branches.flatMap((step) => [step.then, step.else ?? step.then]));
  }

  checkInput(place: string): void {
    const { input_schema } = this.spec;
    if (input_schema === undefined) return;
    const faults = this.shop.schema(input_schema)(this.values.input);
    if (faults.length === 0) return;
    const message = `${place} the message is not as input_schema says: ${faults.join('; ')}`;
    throw new ArenaError({ code: 'invalid_input', message, hint: 'write the turn as JSON, or change the schema' });
  }

  async step(step: StepSpec, place: string): Promise<void> {
    if (!this.isDue(step)) {
      this.note(step, { ran: false });
      if (step.kind === 'parallel') for (const each of step.branches) this.note(each, { ran: false });
      return;
    }
    this.ran.add(step.id);
    if (step.kind === 'branch') {
      this.branch(step);
      return;
    }
    try {
      if (step.kind === 'parallel') await this.parallel(step);
      else this.keep(step, await runWork(step, this.values, this.parts, this.shop));
    } catch (error) {
      throw error instanceof StepFailure ? stepFailed(place, step.id, error.message) : error;
    }
    this.last = step.id;
  }

  /** The answer of the composition. Throws an `ArenaError` when it has none, or not as its schema says. */
  answer(place: string): StepOutput {
    const id = this.spec.output ?? this.last;
    const output = id === undefined ? undefined : this.outputs.get(id);
    if (id === undefined || output === undefined) {
      throw stepFailed(place, id ?? '(none)', 'it is the output, and it did not run');
    }
    try {
      checkOutput(this.spec.output_schema, output.value, this.shop);
    } catch (error) {
      throw error instanceof StepFailure ? stepFailed(place, id, error.message) : error;
    }
    return output;
  }

  private isDue({ id, depends_on = [] }: StepSpec): boolean {
    if (this.targets.has(id) && !this.chosen.has(id)) return false;
    return depends_on.length === 0 || depends_on.some((one) => this.ran.has(one));
  }

  private branch(step: BranchStepSpec): void {
    const held = holds(step.predicate, this.values);
    const taken = held ? step.then : step.else;
    if (taken !== undefined) this.chosen.add(taken);
    this.note(step, taken === undefined ? { ran: true, held } : { ran: true, held, taken });
  }

  private async parallel(step: ParallelStepSpec): Promise<void> {
    const due = step.branches.filter((each) => {
      const { depends_on = [] } = each;
      return depends_on.length === 0 || depends_on.some((one) => this.ran.has(one));
    });
    const all = await allEnded(due.map((each) => this.oneOf(each)));
    const value = { [step.reduce.into]: reduced(step, due, all) };
    checkOutput(step.output_schema, value, this.shop);
    this.keep(step, { value, text: JSON.stringify(sortKeys(value)), violations: [] });
    for (const each of step.branches) {
      const done = all[due.indexOf(each)];
      if (done === undefined) this.note(each, { ran: false });
      else {
        this.ran.add(each.id);
        this.keep(each, done);
      }
    }
  }

  private async oneOf(step: WorkStepSpec): Promise<Done> {
    try {
      return await runWork(step, this.values, this.parts, this.shop);
    } catch (error) {
      throw error instanceof StepFailure ? new StepFailure(`"${step.id}": ${error.message}`) : error;
    }
  }

  private keep(step: StepSpec, { value, text, violations }: Done): void {
    this.outputs.set(step.id, { value, text });
    this.violations.push(...violations);
    this.note(step, { ran: true, output: text });
  }

  private note(step: StepSpec, rest: Omit<StepRecord, 'id' | 'kind' | 'description' | 'branches'>): void {
    const { id, kind, description } = step;
    const record: StepRecord = description === undefined ? { id, kind, ...rest } : { id, kind, description, ...rest };
    if (step.kind === 'parallel') record.branches = step.branches.map((each) => each.id);
    this.records.push(record);
  }
}

function reduced({ reduce }: ParallelStepSpec, steps: readonly WorkStepSpec[], done: readonly Done[]): JsonValue {
  if (reduce.strategy === 'replace') return done.at(-1)?.value ?? null;
  if (reduce.strategy === 'append') return done.flatMap(({ value }) => value);
  return Object.fromEntries(steps.map(({ id }, index) => [id, done[index]?.value ?? null]));
}

function stepFailed(place: string, id: string, why: string): ArenaError {
  return new ArenaError({
    code: 'step_failed',
    message: `${place} step "${id}" of the composition: ${why}`,
    hint: 'change the step, or give it more tries with modifiers.retry.max_attempts',
  });
}
