/**
 * What a run would need and this version cannot do yet. Each table below is one kind of thing; a line leaves its table
 * with the work that makes the thing true.
 */
import type { JsonValue } from '../core/conversation.js';
import type { PlanCell } from '../core/plan.js';
import type { ArenaSpec } from '../schema/arena.js';
import type { AssertionSpec } from '../schema/assertion.js';
import type { PromptConfigSpec, ValidatorSpec } from '../schema/prompt-config.js';
import type { ProviderSpec } from '../schema/provider.js';
import type { ScenarioSpec, TurnSpec } from '../schema/scenario.js';
import type { ToolSpec } from '../schema/tool.js';
import type { Bundle, Loaded } from './bundle.js';
import type { Fault } from './fault.js';

/** What the rest of the program can do; whoever composes it knows. */
export interface Support {
  assertionTypes: ReadonlySet<string>;
  providerTypes: ReadonlySet<string>;
  /** The mock answers for every assistant, so that their types do not matter. */
  mockProvider: boolean;
}

type Path = readonly (string | number)[];

/** `error`: the run is refused. `warning`: it runs, and this part has no effect. */
interface Rule<Spec> {
  severity: Fault['severity'];
  /** Below the spec. */
  path: Path;
  /** What is named there, e.g. `self-play`. */
  what: string;
  isUsed(spec: Spec): boolean;
}

const has = <Spec>(key: keyof Spec & string, what: string, severity: Fault['severity'] = 'error'): Rule<Spec> => ({
  severity,
  path: [key],
  what,
  isUsed: (spec) => !isEmpty(spec[key]),
});

function isEmpty(value: unknown): boolean {
  if (value === undefined || value === null) return true;
  return typeof value === 'object' && Object.keys(value).length === 0;
}

const ARENA: readonly Rule<ArenaSpec>[] = [
  has('workflow', 'a workflow'),
  has('compositions', 'a composition'),
  has('a2a_agents', 'agents over A2A'),
  has('skills', 'skills'),
  has('agents', 'agents made of prompts'),
  has('pack_file', 'a packed prompt file'),
  { ...has('memory', 'memory'), isUsed: ({ memory }) => memory !== undefined && memory.enabled !== false },
  {
    ...has('state', 'a store for conversations other than memory'),
    isUsed: ({ state }) => state?.enabled !== false && (state?.persistence ?? 'memory') !== 'memory',
  },
  {
    ...has('state', 'max_history_turns'),
    path: ['state', 'max_history_turns'],
    isUsed: ({ state }) => state?.enabled !== false && state?.max_history_turns !== undefined,
  },
  has('evals', 'evaluation of recordings', 'warning'),
  has('eval_specs', 'evaluation of recordings', 'warning'),
  has('pack_evals', 'evals of the whole bundle', 'warning'),
  has('runtime', 'hooks of a host', 'warning'),
  {
    ...has('defaults', 'writing recordings', 'warning'),
    path: ['defaults', 'output', 'recording'],
    isUsed: ({ defaults }) => defaults?.output.recording?.enabled === true,
  },
];

const SCENARIO: readonly Rule<ScenarioSpec>[] = [
  {
    ...has('self_play', 'self-play of a whole scenario'),
    isUsed: ({ self_play }) => self_play !== undefined && self_play.enabled !== false,
  },
  has('duplex', 'a two-way audio stream'),
  has('voice', 'a spoken conversation'),
  has('seed_memories', 'memory'),
  {
    ...has('context_policy', 'the strategy (the oldest messages go instead)', 'warning'),
    path: ['context_policy', 'strategy'],
    isUsed: ({ context_policy }) => ['summarize', 'relevance'].includes(context_policy?.strategy ?? ''),
  },
];

const TURN: readonly Rule<TurnSpec>[] = [
  has('perturbations', 'variation of the content'),
  has('chaos', 'injection of faults'),
];

const PROMPT: readonly Rule<PromptConfigSpec>[] = [
  has('model_overrides', 'templates by model', 'warning'),
  has('evals', 'evals of a prompt', 'warning'),
  {
    ...has('allowed_tools', 'tools of an MCP server'),
    isUsed: ({ allowed_tools }) => allowed_tools?.some((tool) => tool.startsWith('mcp__')) ?? false,
  },
];

const TOOL: readonly Rule<ToolSpec>[] = [
  { ...has('mode', 'a tool that is not a mock'), isUsed: ({ mode }) => mode !== 'mock' && mode !== 'client' },
];

const PROVIDER: readonly Rule<ProviderSpec>[] = [
  {
    ...has('platform', 'a model hosted by a cloud'),
    isUsed: ({ type, platform }) => type !== 'mock' && !isEmpty(platform),
  },
  { ...has('role', 'generation of images'), isUsed: ({ role }) => role === 'image' },
  {
    ...has('additional_config', 'the Responses API'),
    path: ['additional_config', 'api_mode'],
    isUsed: ({ additional_config }) => additional_config?.api_mode === 'responses',
  },
];

class Needs {
  readonly faults: Fault[] = [];

  constructor(private readonly support: Support) {}

  apply<Spec>(rules: readonly Rule<Spec>[], document: Loaded<unknown>, spec: Spec, below: Path = []): void {
    for (const rule of rules) {
      if (rule.isUsed(spec)) this.add(document, ['spec', ...below, ...rule.path], rule.what, rule.severity);
    }
  }

  checks(document: Loaded<unknown>, list: readonly (AssertionSpec | ValidatorSpec)[] | undefined, below: Path): void {
    for (const [index, check] of (list ?? []).entries()) {
      if ('enabled' in check && check.enabled === false) continue;
      const { type, params } = check;
      const wrapped = type === 'assertion' || type === 'guardrail' ? wrappedType(params) : undefined;
      for (const name of wrapped === undefined ? [type] : [type, wrapped]) {
        if (!this.support.assertionTypes.has(name)) this.add(document, ['spec', ...below, index], `the check ${name}`);
      }
    }
  }

  provider(provider: Loaded<ProviderSpec>): void {
    if (this.support.mockProvider) return;
    const { type } = provider.spec;
    if (this.support.providerTypes.has(type)) this.apply(PROVIDER, provider, provider.spec);
    else this.add(provider, ['spec', 'type'], `the provider type ${type}`);
  }

  private add(document: Loaded<unknown>, path: Path, what: string, severity: Fault['severity'] = 'error'): void {
    const ending = severity === 'error' ? 'is not run by this version' : 'has no effect in this version';
    this.faults.push({ severity, ...document.placeOf(path), message: `${what} ${ending}` });
  }
}

function wrappedType(params: { [name: string]: JsonValue } | undefined): string | undefined {
  const type = params?.eval_type;
  return typeof type === 'string' ? type : undefined;
}

/** Everything that the cells would need and cannot have, so that a run is refused before anything is called. */
export function unsupportedFaults(bundle: Bundle, cells: readonly PlanCell[], support: Support): Fault[] {
  const needs = new Needs(support);
  const { arena } = bundle;
  needs.apply(ARENA, arena, arena.spec);
  needs.checks(arena, arena.spec.globals?.conversation_assertions, ['globals', 'conversation_assertions']);
  const prompts = new Set<string>();
  for (const cell of cells) {
    const scenario = bundle.scenarios.get(cell.scenario);
    if (scenario === undefined) continue;
    needs.apply(SCENARIO, scenario, scenario.spec);
    for (const [index, turn] of (scenario.spec.turns ?? []).entries()) {
      needs.apply(TURN, scenario, turn, ['turns', index]);
      needs.checks(scenario, turn.assertions, ['turns', index, 'assertions']);
    }
    needs.checks(scenario, scenario.spec.conversation_assertions, ['conversation_assertions']);
    if (scenario.spec.task_type !== undefined) prompts.add(scenario.spec.task_type);
  }
  const tools = new Set<string>();
  for (const task of prompts) {
    const prompt = bundle.prompts.get(task);
    if (prompt === undefined) continue;
    needs.apply(PROMPT, prompt, prompt.spec);
    needs.checks(prompt, prompt.spec.validators, ['validators']);
    for (const name of offeredTools(bundle, prompt.spec.allowed_tools ?? [])) tools.add(name);
  }
  for (const name of tools) {
    const tool = bundle.tools.get(name);
    if (tool !== undefined) needs.apply(TOOL, tool, tool.spec);
  }
  for (const id of new Set(cells.flatMap((cell) => cell.providers))) {
    const provider = bundle.providers.get(id);
    if (provider !== undefined) needs.provider(provider);
  }
  return needs.faults;
}

function offeredTools(bundle: Bundle, allowed: readonly string[]): string[] {
  return allowed.flatMap((name) =>
    name.endsWith('*') ? [...bundle.tools.keys()].filter((tool) => tool.startsWith(name.slice(0, -1))) : [name],
  );
}
