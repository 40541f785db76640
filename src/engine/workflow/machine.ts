/** The states of one conversation: where it is, where it may go, what it has used. Knows nothing of models. */
import type { JsonValue, WorkflowRecord } from '../../core/conversation.js';
import { ArenaError } from '../../core/errors.js';
import type { WorkflowSpec, WorkflowStateSpec } from '../../schema/workflow.js';
import { toText } from '../json.js';
import type { Used } from '../stage.js';
import { eventsOf, isTerminal } from './state.js';

/** Greatest length of an artifact: it stands in prompts. */
const MAX_ARTIFACT_CHARACTERS = 256 * 1024;

/** A change of state that was asked for and takes effect when the round is over. */
interface Asked {
  event: string;
  to: string;
  /** What the model says about the conversation so far. */
  context: string;
  redirected: boolean;
}

export class WorkflowMachine {
  private readonly states: ReadonlyMap<string, WorkflowStateSpec>;
  private readonly visits = new Map<string, number>();
  private readonly artifacts = new Map<string, string>();
  private readonly entered: string[] = [];
  private readonly transitions: WorkflowRecord['transitions'] = [];
  private asked: Asked | undefined;
  private lastContext = '';

  constructor(
    readonly spec: WorkflowSpec,
    /** A state of it. */
    start: string,
  ) {
    this.states = new Map(Object.entries(spec.states));
    this.enter(start);
  }

  get state(): string {
    return this.entered.at(-1) ?? '';
  }

  get stateSpec(): WorkflowStateSpec {
    return this.specOf(this.state);
  }

  get complete(): boolean {
    return isTerminal(this.stateSpec);
  }

  get record(): WorkflowRecord {
    const { entered, transitions, artifacts, complete } = this;
    return {
      entered: [...entered],
      transitions: [...transitions],
      artifacts: Object.fromEntries(artifacts),
      complete,
    };
  }

  private specOf(state: string): WorkflowStateSpec {
    return this.states.get(state) ?? {};
  }

  /** Events that may be named now, and the states that they lead to. */
  get events(): ReadonlyMap<string, string> {
    return eventsOf(this.stateSpec);
  }

  /** Artifacts of all states by variable; those that nobody has set are empty. */
  *variables(): Iterable<readonly [string, string]> {
    yield ['workflow_context', this.lastContext];
    const names = new Set([...this.states.values()].flatMap(({ artifacts = {} }) => Object.keys(artifacts)));
    for (const name of names) yield [`artifacts.${name}`, this.artifacts.get(name) ?? ''];
  }

  /** Notes the change of state for the end of the round; the state that the event leads to. What it throws, the model is told. */
  ask(event: string, context: string): string {
    const target = this.events.get(event);
    if (target === undefined) throw new Error(`"${event}" is no event of state "${this.state}"`);
    if (this.asked !== undefined) {
      throw new Error(`"${this.asked.event}" is under way already: one change of state at a time`);
    }
    const to = this.withVisitsLeft(target);
    this.asked = { event, to, context, redirected: to !== target };
    return target;
  }

  /** The state itself, or the one that stands in for it once it has been entered too often. */
  private withVisitsLeft(target: string): string {
    const seen = new Set<string>();
    for (let name = target; !seen.has(name); ) {
      const { max_visits, on_max_visits } = this.specOf(name);
      const visits = this.visits.get(name) ?? 0;
      if (visits < (max_visits || Infinity)) return name;
      if (on_max_visits === undefined) {
        throw new Error(`state "${name}" was entered ${visits} times and may not be entered again`);
      }
      seen.add(name);
      name = on_max_visits;
    }
    throw new Error(`state "${target}" and all that stand in for it may not be entered again`);
  }

  /** Sets an artifact of the state. What it throws, the model is told. */
  setArtifact(name: string, value: JsonValue): void {
    const spec = new Map(Object.entries(this.stateSpec.artifacts ?? {})).get(name);
    if (spec === undefined) throw new Error(`"${name}" is no artifact of state "${this.state}"`);
    const text = toText(value);
    if (isJsonType(spec.type) && typeof value === 'string' && !isJson(value)) {
      throw new Error(`artifact "${name}" holds ${spec.type}: the value is not JSON`);
    }
    const before = this.artifacts.get(name);
    const next = spec.mode === 'append' && before !== undefined ? `${before}\n${text}` : text;
    if (next.length > MAX_ARTIFACT_CHARACTERS) {
      throw new Error(`artifact "${name}" would be longer than ${MAX_ARTIFACT_CHARACTERS} characters`);
    }
    this.artifacts.set(name, next);
  }

  /** Carries out what was asked for; false when it was nothing. Throws an `ArenaError` when no visits are left at all. */
  settle(): boolean {
    const { asked } = this;
    if (asked === undefined) return false;
    this.asked = undefined;
    const { event, to, context, redirected } = asked;
    const max = this.spec.engine?.budget?.max_total_visits || Infinity;
    if (this.entered.length >= max) {
      throw usedUp(
        'max_total_visits',
        `state "${to}" would be number ${max + 1} of the states entered, ${max} are allowed`,
      );
    }
    const transition = { from: this.state, to, event };
    this.transitions.push(redirected ? { ...transition, redirected } : transition);
    this.lastContext = context;
    this.enter(to);
    return true;
  }

  /** Throws an `ArenaError` at a used-up budget. */
  limit({ toolCalls, callMs }: Used): void {
    const { max_tool_calls, max_wall_time_sec } = this.spec.engine?.budget ?? {};
    if (toolCalls > (max_tool_calls || Infinity)) {
      throw usedUp('max_tool_calls', `the model asked for ${toolCalls} tool calls, ${max_tool_calls} are allowed`);
    }
    if (callMs > (max_wall_time_sec || Infinity) * 1000) {
      const seconds = (callMs / 1000).toFixed(1);
      throw usedUp('max_wall_time_sec', `its answers took ${seconds} s, ${max_wall_time_sec} s are allowed`);
    }
  }

  private enter(state: string): void {
    this.entered.push(state);
    this.visits.set(state, (this.visits.get(state) ?? 0) + 1);
  }
}

function usedUp(name: string, what: string): ArenaError {
  return new ArenaError({
    code: name === 'max_wall_time_sec' ? 'item_timeout' : 'tool_loop',
    message: `the budget of the workflow is used up: ${what}`,
    hint: `raise workflow.engine.budget.${name}, or let the workflow come to an end sooner`,
  });
}

function isJsonType(type: string | undefined): boolean {
  return type !== undefined && /^application\/(?:[\w.-]+\+)?json\s*(?:;|$)/i.test(type);
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
