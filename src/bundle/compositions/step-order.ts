/** What steps of a composition need of each other, and the order that follows from it. */
import type { JsonValue } from '../../core/conversation.js';
import type { PredicateSpec, StepSpec, WorkStepSpec } from '../../schema/composition.js';
import { type Binding, piecesOf, textsIn } from './bindings.js';

export type Path = (string | number)[];

/** A text with references, and where it stands below its step. */
export interface BoundText {
  text: string;
  path: Path;
}

/** All texts of a step that may refer to earlier values. */
export function boundTexts(step: StepSpec): BoundText[] {
  const found: BoundText[] = [];
  const add = (value: JsonValue | undefined, at: Path) => {
    if (value === undefined) return;
    for (const [text, path] of textsIn(value)) found.push({ text, path: [...at, ...path] });
  };
  if (step.kind === 'branch') {
    for (const { text, path } of predicatePaths(step.predicate, ['predicate'])) add(text, path);
  } else if (step.kind === 'parallel') {
    for (const [index, each] of step.branches.entries()) {
      const [value, key] = boundValue(each);
      add(value, ['branches', index, key]);
    }
  } else {
    const [value, key] = boundValue(step);
    add(value, [key]);
  }
  return found;
}

const boundValue = (step: WorkStepSpec): [JsonValue | undefined, string] =>
  step.kind === 'tool' ? [step.args, 'args'] : [step.input, 'input'];

function* predicatePaths({ path, all_of, any_of, not }: PredicateSpec, at: Path): Generator<BoundText> {
  if (path !== undefined) yield { text: path, path: [...at, 'path'] };
  for (const [index, one] of (all_of ?? []).entries()) yield* predicatePaths(one, [...at, 'all_of', index]);
  for (const [index, one] of (any_of ?? []).entries()) yield* predicatePaths(one, [...at, 'any_of', index]);
  if (not !== undefined) yield* predicatePaths(not, [...at, 'not']);
}

/** Steps by id, those of parallel blocks under the index of their block. */
export function stepIndexes(steps: readonly StepSpec[]): Map<string, number> {
  const indexes = new Map<string, number>();
  for (const [index, step] of steps.entries()) {
    indexes.set(step.id, index);
    if (step.kind === 'parallel') for (const { id } of step.branches) indexes.set(id, index);
  }
  return indexes;
}

/** Ids of the steps that a step waits for, as written in `depends_on` and in references. */
function neededBy(step: StepSpec): string[] {
  const inner = step.kind === 'parallel' ? step.branches.flatMap(({ depends_on = [] }) => depends_on) : [];
  const referred = boundTexts(step).flatMap(({ text }) => {
    const pieces = piecesOf(text);
    return Array.isArray(pieces) ? pieces.filter(isBinding).flatMap(({ step: id }) => id ?? []) : [];
  });
  return [...(step.depends_on ?? []), ...inner, ...referred];
}

const isBinding = (piece: string | Binding): piece is Binding => typeof piece !== 'string';

/**
 * Indexes of the steps in the order in which they run: as written, but for those that need a later one. Steps that wait
 * for one another are in `cyclic`.
 */
export function stepOrder(steps: readonly StepSpec[]): { order: number[]; cyclic: number[] } {
  const indexes = stepIndexes(steps);
  const waitsFor = steps.map((step, index) => {
    const needed = neededBy(step).flatMap((id) => indexes.get(id) ?? []);
    // A step that names itself has a fault of its own.
    return new Set(needed.filter((one) => one !== index));
  });
  for (const [index, step] of steps.entries()) {
    if (step.kind !== 'branch') continue;
    for (const id of [step.then, step.else]) {
      const target = id === undefined ? undefined : indexes.get(id);
      if (target !== undefined) waitsFor[target]?.add(index);
    }
  }
  const order: number[] = [];
  const left = new Set(steps.keys());
  for (;;) {
    const next = [...left].find((index) => [...(waitsFor[index] ?? [])].every((one) => !left.has(one)));
    if (next === undefined) return { order, cyclic: [...left] };
    left.delete(next);
    order.push(next);
  }
}
