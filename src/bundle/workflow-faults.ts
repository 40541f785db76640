/** What is wrong or odd about a workflow, and about skills in its states. */
import type { WorkflowStateSpec } from '../schema/workflow.js';
import type { DocumentReader } from './document-reader.js';
import { BadGlob } from './glob.js';
import type { ReadBundle } from './load.js';
import { NO_SKILLS, skillMatcher, skillPatterns } from './skill-filter.js';
import { hintFor } from './suggest.js';

const PATH = ['spec', 'workflow'];

/** Faults of the workflow; `promptsKnown` is false when some prompt could not be read. */
export function checkWorkflow(bundle: ReadBundle, reader: DocumentReader, promptsKnown: boolean): void {
  const { workflow } = bundle.arena.spec;
  if (workflow === undefined) return;
  const checker = new WorkflowChecker(bundle, reader, new Map(Object.entries(workflow.states)), promptsKnown);
  checker.entry(workflow.entry);
  for (const [name, state] of checker.states) checker.state(name, state);
  checker.reachable(workflow.entry);
}

class WorkflowChecker {
  /** Every name of a state is that of one. */
  private wholeWay = true;

  constructor(
    private readonly bundle: ReadBundle,
    private readonly reader: DocumentReader,
    readonly states: ReadonlyMap<string, WorkflowStateSpec>,
    private readonly promptsKnown: boolean,
  ) {}

  private at(...path: string[]) {
    return this.bundle.arena.placeOf([...PATH, ...path]);
  }

  private expectState(name: string, ...path: string[]): void {
    if (this.states.has(name)) return;
    this.wholeWay = false;
    this.reader.error(this.at(...path), `unknown state "${name}"`, hintFor(name, this.states.keys(), 'known states'));
  }

  entry(name: string): void {
    this.expectState(name, 'entry');
  }

  state(name: string, state: WorkflowStateSpec): void {
    const here = ['states', name];
    const { prompts } = this.bundle;
    const { prompt_task, on_event = {}, terminal, max_visits, on_max_visits, orchestration } = state;
    if (prompt_task !== undefined && this.promptsKnown && !prompts.has(prompt_task)) {
      const hint = hintFor(prompt_task, prompts.keys(), 'known task_types');
      this.reader.error(this.at(...here, 'prompt_task'), `unknown task_type "${prompt_task}"`, hint);
    }
    for (const [event, next] of Object.entries(on_event)) this.expectState(next, ...here, 'on_event', event);
    if (on_max_visits !== undefined) this.expectState(on_max_visits, ...here, 'on_max_visits');
    if (on_max_visits !== undefined && (max_visits ?? 0) === 0) {
      this.reader.warn(
        this.at(...here, 'on_max_visits'),
        'on_max_visits changes nothing without max_visits',
        'give max_visits',
      );
    }
    const ends = Object.keys(on_event).length === 0;
    if (terminal === true && !ends) {
      this.reader.warn(
        this.at(...here, 'on_event'),
        'on_event changes nothing in a terminal state',
        'remove it, or terminal',
      );
    }
    if (orchestration === 'external' && !ends && terminal !== true) {
      const hint = 'there is no host here that names events: a conversation that enters the state stays in it';
      this.reader.warn(this.at(...here, 'orchestration'), 'no model can leave the state', hint);
    }
    this.skills(name, state);
  }

  private skills(name: string, state: WorkflowStateSpec): void {
    const place = this.at('states', name, 'skills');
    for (const pattern of skillPatterns(state.skills) ?? []) {
      if (pattern === NO_SKILLS) continue;
      try {
        if ([...this.bundle.skills.values()].some(skillMatcher(pattern))) continue;
      } catch (error) {
        if (!(error instanceof BadGlob)) throw error;
        this.reader.error(place, `${pattern} is not a glob: ${error.message}`);
        continue;
      }
      this.reader.warn(place, `no skill matches ${pattern}`, 'write a name, or a glob over folders such as skills/a/*');
    }
  }

  /** States that no conversation can come to are most likely named wrongly somewhere. */
  reachable(entry: string): void {
    // Else a state would be complained of because another one is spelt wrongly.
    if (!this.wholeWay) return;
    const starts = new Set([...this.bundle.scenarios.values()].map(({ spec }) => spec.task_type));
    const members = Object.values(this.bundle.arena.spec.agents?.members ?? {});
    const open = [
      entry,
      ...members.flatMap(({ state }) => state ?? []),
      ...[...this.states].filter(([, { prompt_task }]) => starts.has(prompt_task)).map(([name]) => name),
    ];
    const reached = new Set<string>();
    for (let name = open.pop(); name !== undefined; name = open.pop()) {
      const state = this.states.get(name);
      if (state === undefined || reached.has(name)) continue;
      reached.add(name);
      if (state.terminal !== true) open.push(...Object.values(state.on_event ?? {}));
      if (state.on_max_visits !== undefined) open.push(state.on_max_visits);
    }
    for (const name of this.states.keys()) {
      if (reached.has(name)) continue;
      this.reader.warn(this.at('states', name), `nothing leads to state "${name}"`, 'let an event lead there');
    }
  }
}

/** A skill can only bring tools that the bundle has; without them it is still of use. */
export function checkSkillTools({ skills, tools }: ReadBundle, reader: DocumentReader, toolsKnown: boolean): void {
  if (!toolsKnown) return;
  for (const { name, allowedTools, place } of skills.values()) {
    // What MCP servers offer is known once they run.
    const unknown = allowedTools.filter((tool) => !tools.has(tool) && !tool.startsWith('mcp__'));
    if (unknown.length === 0) continue;
    const message = `skill "${name}" allows tools that the bundle does not have: ${unknown.join(', ')}`;
    reader.warn(place, message, 'define them under tools, or take them out');
  }
}
