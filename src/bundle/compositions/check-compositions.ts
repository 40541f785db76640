/** Whether the compositions of a bundle can be run as written. */
import type { CompositionSpec, SchemaReference, StepSpec } from '../../schema/composition.js';
import type { Place } from '../bundle.js';
import { bundlePath } from '../bundle-path.js';
import type { DocumentReader } from '../document-reader.js';
import type { ReadBundle } from '../load.js';
import { hintFor } from '../suggest.js';
import { parseYaml } from '../yaml-text.js';
import { piecesOf } from './bindings.js';
import { boundTexts, type Path, stepIndexes, stepOrder } from './step-order.js';

type Steps = readonly StepSpec[];

class Compositions {
  constructor(
    private readonly bundle: ReadBundle,
    private readonly reader: DocumentReader,
    /** Names are only looked up in lists that could be read as a whole. */
    private readonly whole: { prompts: boolean; tools: boolean },
  ) {}

  check(name: string, composition: CompositionSpec): void {
    const at = (path: Path): Place => this.bundle.arena.placeOf(['spec', 'compositions', name, ...path]);
    const { steps, output, input_schema, output_schema } = composition;
    if (this.bundle.prompts.has(name)) {
      this.reader.error(at([]), `there is a prompt with the task_type "${name}"`, 'give the composition another name');
    }
    const ids = new Set(stepIndexes(steps).keys());
    this.unique(steps, at);
    for (const [index, step] of steps.entries()) {
      const below = (path: Path) => at(['steps', index, ...path]);
      this.step(step, below);
      this.references(step, ids, below);
      if (step.kind === 'branch') this.targets(step, steps, below);
    }
    if (output !== undefined) this.known(ids, output, 'step', at(['output']));
    this.schema(input_schema, at(['input_schema']));
    this.schema(output_schema, at(['output_schema']));
    const [first] = stepOrder(steps).cyclic;
    if (first !== undefined) {
      const hint = 'loops belong into a workflow: on_event with max_visits';
      this.reader.error(at(['steps', first]), `step "${steps[first]?.id}" waits for itself`, hint);
    }
  }

  private known(known: Iterable<string>, name: string, what: string, at: Place): void {
    const all = [...known];
    if (!all.includes(name)) this.reader.error(at, `unknown ${what} "${name}"`, hintFor(name, all, `known ${what}s`));
  }

  private unique(steps: Steps, at: (path: Path) => Place): void {
    const seen = new Set<string>(['input']);
    const add = (id: string, path: Path) => {
      if (seen.has(id)) this.reader.error(at(path), `there is another "${id}"`, 'give each step an id of its own');
      seen.add(id);
    };
    for (const [index, step] of steps.entries()) {
      add(step.id, ['steps', index, 'id']);
      if (step.kind !== 'parallel') continue;
      for (const [inner, { id }] of step.branches.entries()) add(id, ['steps', index, 'branches', inner, 'id']);
    }
  }

  private step(step: StepSpec, at: (path: Path) => Place): void {
    if (step.kind === 'branch') return;
    this.schema(step.output_schema, at(['output_schema']));
    if (step.kind === 'parallel') {
      for (const [index, each] of step.branches.entries()) this.step(each, (path) => at(['branches', index, ...path]));
      return;
    }
    const { tools } = this.bundle;
    const isTool = (name: string, place: Place) => {
      if (this.whole.tools && !name.includes('__')) this.known(tools.keys(), name, 'tool', place);
    };
    if (step.kind === 'tool') {
      isTool(step.tool, at(['tool']));
      return;
    }
    if (this.whole.prompts) this.known(this.bundle.prompts.keys(), step.prompt_task, 'task_type', at(['prompt_task']));
    if (step.kind !== 'agent') return;
    for (const [index, tool] of (step.tools ?? []).entries()) isTool(tool, at(['tools', index]));
    const { tool_called } = step.termination;
    if (tool_called !== undefined && step.tools !== undefined) {
      this.known(step.tools, tool_called, 'tool of this step', at(['termination', 'tool_called']));
    }
  }

  private references(step: StepSpec, ids: ReadonlySet<string>, at: (path: Path) => Place): void {
    const own = new Set([step.id, ...(step.kind === 'parallel' ? step.branches.map(({ id }) => id) : [])]);
    const refer = (id: string, place: Place) => {
      if (own.has(id))
        this.reader.error(place, `"${id}" is not there yet`, 'refer to a step that ends before this one');
      else this.known(ids, id, 'step', place);
    };
    for (const { id, path } of dependencies(step)) refer(id, at(path));
    for (const { text, path } of boundTexts(step)) {
      for (const id of this.stepsIn(text, step.kind === 'branch', at(path))) refer(id, at(path));
    }
  }

  /** Steps that a text refers to. A predicate looks at one value, so that its path is a reference and nothing else. */
  private stepsIn(text: string, isPath: boolean, at: Place): string[] {
    const pieces = piecesOf(text);
    if (!Array.isArray(pieces)) {
      const hint = `write \${input}, \${input.KEY}, \${STEP.output} or \${STEP.output.KEY}`;
      this.reader.error(at, `${pieces.meaningless} stands for nothing`, hint);
      return [];
    }
    if (isPath && (pieces.length !== 1 || typeof pieces[0] === 'string')) {
      this.reader.error(at, 'is no reference', `write one value, such as \${STEP.output.KEY}`);
    }
    return pieces.flatMap((piece) => (typeof piece === 'string' ? [] : (piece.step ?? [])));
  }

  private targets(step: Extract<StepSpec, { kind: 'branch' }>, steps: Steps, at: (path: Path) => Place): void {
    const others = steps.map(({ id }) => id).filter((id) => id !== step.id);
    this.known(others, step.then, 'step', at(['then']));
    if (step.else !== undefined) this.known(others, step.else, 'step', at(['else']));
  }

  private schema(schema: SchemaReference, at: Place): void {
    if (typeof schema !== 'string') return;
    const path = bundlePath('.', schema);
    const failed = this.reader.attach(path);
    if (failed !== undefined) {
      this.reader.error(at, `${path} ${failed.problem}`, failed.hint);
      return;
    }
    const { text, faults } = parseYaml(path, this.reader.files.get(path) ?? Buffer.from(''));
    this.reader.faults.push(...faults);
    const isMap = typeof text?.value === 'object' && text.value !== null && !Array.isArray(text.value);
    if (text !== undefined && !isMap) this.reader.error(at, `${path} holds no JSON Schema`, 'a schema is a map');
  }
}

/** Steps that a step names in `depends_on`, those of a parallel block included. */
function dependencies(step: StepSpec): { id: string; path: Path }[] {
  const listed = (ids: readonly string[] | undefined, at: Path) =>
    (ids ?? []).map((id, index) => ({ id, path: [...at, 'depends_on', index] }));
  const inner = step.kind === 'parallel' ? step.branches : [];
  return [
    ...listed(step.depends_on, []),
    ...inner.flatMap((each, index) => listed(each.depends_on, ['branches', index])),
  ];
}

/** Adds a fault for everything in the compositions that would keep one from running. */
export function checkCompositions(
  bundle: ReadBundle,
  reader: DocumentReader,
  whole: { prompts: boolean; tools: boolean },
): void {
  const compositions = new Compositions(bundle, reader, whole);
  const known = bundle.arena.spec.compositions ?? {};
  for (const [name, spec] of Object.entries(known)) compositions.check(name, spec);
  for (const [state, { composition }] of Object.entries(bundle.arena.spec.workflow?.states ?? {})) {
    if (composition === undefined || Object.hasOwn(known, composition)) continue;
    const at = bundle.arena.placeOf(['spec', 'workflow', 'states', state, 'composition']);
    reader.error(at, `unknown composition "${composition}"`, hintFor(composition, Object.keys(known), 'compositions'));
  }
}
