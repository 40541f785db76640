/** Finds what a run would need and this version cannot do yet, so that nothing is called in vain. */
import type { JsonValue } from '../core/conversation.js';
import type { Failure } from '../core/errors.js';
import type { PlanCell } from '../core/plan.js';
import type { AssertionSpec } from '../schema/assertion.js';
import { judgedTypes } from '../schema/assertion-types.js';
import type { EvalSpec } from '../schema/eval.js';
import type { PackEvalSpec } from '../schema/pack-eval.js';
import type { PersonaSpec } from '../schema/persona.js';
import { type PlatformFault, platformFault } from '../schema/platform.js';
import type { PromptConfigSpec, ValidatorSpec } from '../schema/prompt-config.js';
import type { ProviderSpec } from '../schema/provider.js';
import type { ScenarioSpec } from '../schema/scenario.js';
import type { ToolSpec } from '../schema/tool.js';
import { answeringTasks } from './answering-tasks.js';
import type { Bundle, Loaded } from './bundle.js';
import { usedBySteps } from './compositions/used-by-steps.js';
import { type Fault, placeIn } from './fault.js';
import { judgeNamed, judgesOf } from './judge-providers.js';
import { type Permissions, permissionFaults } from './permissions.js';
import { playerOfPersona, playerOfRole } from './self-play-roles.js';
import {
  agentRules,
  arenaRules,
  isScripted,
  type Path,
  personaRules,
  promptRules,
  providerRules,
  type Rule,
  scenarioRules,
  soundRules,
  toolRules,
  turnRules,
} from './unsupported-rules.js';

/** What the rest of the program can do; whoever composes it knows. */
export interface Support {
  assertionTypes: ReadonlySet<string>;
  providerTypes: ReadonlySet<string>;
  /** Why a provider of the bundle cannot be called at all; the message begins with where that stands. */
  providerFailure?(bundle: Bundle, id: string): Failure | undefined;
  /** The mock answers for every assistant, so that their types do not matter. */
  mockProvider: boolean;
  /** What bundles may do on this machine. */
  allowed: Permissions;
}

const OTHER_TYPE = 'take type openai with the base_url of a service that speaks its API';

class Needs {
  private readonly errors: Fault[] = [];
  /** One for each thing, however often it is written. */
  private readonly warnings = new Map<string, { fault: Fault; more: number }>();

  /** Ids of the providers that judge. */
  readonly judges = new Set<string>();

  constructor(
    private readonly bundle: Bundle,
    private readonly support: Support,
  ) {}

  apply<Spec>(rules: readonly Rule<Spec>[], document: Loaded<unknown>, spec: Spec, below: Path = []): void {
    for (const rule of rules) {
      if (rule.isUsed(spec)) this.add(document, ['spec', ...below, ...rule.path], rule.what, rule);
    }
  }

  /** `scope` is the id of an eval, which may have judges of its own. */
  checks(
    document: Loaded<unknown>,
    list: readonly (AssertionSpec | ValidatorSpec)[] | undefined,
    below: Path,
    scope?: string,
  ): void {
    for (const [index, check] of (list ?? []).entries()) {
      if ('enabled' in check && check.enabled === false) continue;
      for (const { type, params } of withWrapped(check)) {
        if (!this.support.assertionTypes.has(type)) this.add(document, ['spec', ...below, index], `the check ${type}`);
        if (judgedTypes.has(type)) this.judge(params?.judge, scope);
      }
    }
  }

  /** One of a type that does not exist fails by itself, and decides nothing. */
  evals(list: readonly PackEvalSpec[] | undefined): void {
    for (const { enabled, ...check } of list ?? []) {
      if (enabled === false) continue;
      for (const { type, params } of withWrapped(check)) {
        if (judgedTypes.has(type)) this.judge(params?.judge, undefined);
      }
    }
  }

  /** One that is an assistant as well may be mocked like any; a judge that does not exist is the check's affair. */
  private judge(name: JsonValue | undefined, scope: string | undefined): void {
    const judge = judgeNamed(this.bundle, scope, typeof name === 'string' ? name : undefined);
    const provider = this.bundle.providers.get(judge?.provider ?? '');
    if (provider === undefined) return;
    const isMocked = this.support.mockProvider && provider.group === 'default';
    if (!isMocked) this.judges.add(provider.id);
  }

  provider(provider: Loaded<ProviderSpec>): void {
    const { type } = provider.spec;
    if (this.support.providerTypes.has(type)) {
      this.apply(providerRules, provider, provider.spec);
      const fault = isScripted(type) ? undefined : platformFault(provider.spec);
      if (fault !== undefined) this.platform(provider, fault);
      else this.callable(provider);
    } else {
      const hint = this.support.mockProvider ? OTHER_TYPE : `${OTHER_TYPE}, or try the bundle with --mock-provider`;
      this.add(provider, ['spec', 'type'], `the provider type ${type}`, { severity: 'error', hint });
    }
  }

  private platform(provider: Loaded<ProviderSpec>, { path, message, hint }: PlatformFault): void {
    this.errors.push({ severity: 'error', ...provider.placeOf(['spec', ...path]), message, hint });
  }

  private callable(provider: Loaded<ProviderSpec>): void {
    const failure = this.support.providerFailure?.(this.bundle, provider.id);
    if (failure === undefined) return;
    const { message, hint } = failure;
    const place = placeIn(message) ?? { ...provider.placeOf(['spec']), message };
    this.errors.push({ severity: 'error', ...place, hint });
  }

  get faults(): Fault[] {
    const warnings = [...this.warnings.values()].map(({ fault, more }) =>
      more === 0 ? fault : { ...fault, hint: `as in ${more} more place${more === 1 ? '' : 's'}` },
    );
    return [...this.errors, ...warnings];
  }

  private add(
    document: Loaded<unknown>,
    path: Path,
    what: string,
    { severity, hint }: Pick<Rule<never>, 'severity' | 'hint'> = { severity: 'error' },
  ): void {
    const place = document.placeOf(path);
    if (severity === 'error') {
      this.errors.push({ severity, ...place, message: `${what} is not run by this version`, hint });
      return;
    }
    const known = this.warnings.get(what);
    if (known !== undefined) known.more += 1;
    else {
      const fault: Fault = { severity, ...place, message: `${what} has no effect in this version`, hint };
      this.warnings.set(what, { fault, more: 0 });
    }
  }
}

type WrittenCheck = Pick<AssertionSpec, 'type' | 'params'>;

/** The check, and the one that it wraps. */
function withWrapped(check: WrittenCheck): WrittenCheck[] {
  const { type, params } = check;
  const inner = type === 'assertion' || type === 'guardrail' ? params?.eval_type : undefined;
  if (typeof inner !== 'string') return [check];
  const written = params?.eval_params;
  const isMap = typeof written === 'object' && written !== null && !Array.isArray(written);
  return [check, { type: inner, params: isMap ? written : {} }];
}

/** What the cells use, each once. */
class Used {
  readonly scenarios = new Map<string, Loaded<ScenarioSpec>>();
  /** Ids of the scenarios that a model holds which takes in what is said. */
  readonly listened = new Set<string>();
  /** Ids of the scenarios that an agent holds. */
  readonly byAgents = new Set<string>();
  readonly prompts = new Map<string, Loaded<PromptConfigSpec>>();
  readonly tools = new Map<string, Loaded<ToolSpec>>();
  readonly personas = new Map<string, Loaded<PersonaSpec>>();
  readonly providers = new Map<string, Loaded<ProviderSpec>>();
  readonly evals = new Map<string, Loaded<EvalSpec>>();

  constructor(
    private readonly bundle: Bundle,
    cells: readonly PlanCell[],
    private readonly mockProvider: boolean,
  ) {
    for (const cell of cells) {
      if (cell.recordings !== undefined) {
        this.addEval(cell.scenario);
        continue;
      }
      keep(this.scenarios, bundle.scenarios, cell.scenario);
      for (const id of mockProvider ? [] : cell.providers) {
        keep(this.providers, bundle.providers, id);
        keep(this.providers, bundle.providers, bundle.providers.get(id)?.player ?? '');
        const type = bundle.providers.get(id)?.spec.type ?? '';
        if (!isScripted(type)) this.listened.add(cell.scenario);
        if (type === 'agent') this.byAgents.add(cell.scenario);
      }
    }
    for (const { spec } of this.scenarios.values()) this.addScenario(spec);
    if (this.scenarios.size > 0) this.addTools(usedBySteps(bundle.arena.spec).tools);
    for (const { spec } of this.prompts.values()) this.addTools(spec.allowed_tools);
  }

  private addScenario(spec: ScenarioSpec): void {
    const { bundle } = this;
    for (const task of answeringTasks(bundle.arena.spec, spec)) keep(this.prompts, bundle.prompts, task);
    for (const { role, persona } of spec.turns ?? []) this.addSpeaker(persona, playerOfRole(bundle, role));
    const { persona, enabled } = spec.self_play ?? {};
    if (persona !== undefined && enabled !== false) this.addSpeaker(persona, playerOfPersona(bundle, persona));
    for (const { allowedTools } of bundle.skills.values()) this.addTools(allowedTools);
  }

  /** Judges of its own are never replaced by the mock. */
  private addEval(id: string): void {
    keep(this.evals, this.bundle.evals, id);
    const judges = judgesOf(this.bundle, id);
    for (const name of Object.keys(this.bundle.evals.get(id)?.spec.judge_targets ?? {})) {
      keep(this.providers, this.bundle.providers, judges.get(name) ?? '');
    }
  }

  /** Whoever plays the user is never replaced by the mock. */
  private addSpeaker(persona: string | undefined, provider: string | undefined): void {
    if (provider !== undefined) keep(this.providers, this.bundle.providers, provider);
    if (persona !== undefined) keep(this.personas, this.bundle.personas, persona);
  }

  private addTools(allowed: readonly string[] = []): void {
    for (const name of allowed) {
      const stem = name.endsWith('*') ? name.slice(0, -1) : undefined;
      const names = stem === undefined ? [name] : [...this.bundle.tools.keys()].filter((tool) => tool.startsWith(stem));
      for (const tool of names) this.addTool(tool);
    }
  }

  private addTool(name: string): void {
    keep(this.tools, this.bundle.tools, name);
    const { mode, provider } = this.bundle.tools.get(name)?.spec ?? {};
    if (mode === 'provider' && !this.mockProvider) keep(this.providers, this.bundle.providers, provider?.id ?? '');
  }
}

function keep<T>(into: Map<string, T>, from: ReadonlyMap<string, T>, key: string): void {
  const value = from.get(key);
  if (value !== undefined) into.set(key, value);
}

/** Everything that the cells would need and cannot have, so that a run is refused before anything is called. */
export function unsupportedFaults(bundle: Bundle, cells: readonly PlanCell[], support: Support): Fault[] {
  const needs = new Needs(bundle, support);
  const used = new Used(bundle, cells, support.mockProvider);
  const { arena } = bundle;
  needs.apply(arenaRules, arena, arena.spec);
  needs.evals(arena.spec.pack_evals);
  needs.checks(arena, arena.spec.globals?.conversation_assertions, ['globals', 'conversation_assertions']);
  for (const scenario of used.scenarios.values()) {
    needs.apply(scenarioRules, scenario, scenario.spec);
    if (used.byAgents.has(scenario.id)) needs.apply(agentRules, scenario, scenario.spec);
    if (used.listened.has(scenario.id)) needs.apply(soundRules, scenario, scenario.spec);
    for (const [index, turn] of (scenario.spec.turns ?? []).entries()) {
      needs.apply(turnRules, scenario, turn, ['turns', index]);
      needs.checks(scenario, turn.assertions, ['turns', index, 'assertions']);
    }
    needs.checks(scenario, scenario.spec.conversation_assertions, ['conversation_assertions']);
  }
  for (const each of used.evals.values()) {
    for (const [index, turn] of (each.spec.turns ?? []).entries()) {
      needs.checks(each, turn.all_turns?.assertions, ['turns', index, 'all_turns', 'assertions'], each.id);
    }
    needs.checks(each, each.spec.conversation_assertions, ['conversation_assertions'], each.id);
    needs.checks(each, each.spec.assertions, ['assertions'], each.id);
  }
  for (const prompt of used.prompts.values()) {
    needs.apply(promptRules, prompt, prompt.spec);
    needs.checks(prompt, prompt.spec.validators, ['validators']);
    needs.evals(prompt.spec.evals);
  }
  for (const persona of used.personas.values()) needs.apply(personaRules, persona, persona.spec);
  for (const tool of used.tools.values()) needs.apply(toolRules, tool, tool.spec);
  for (const id of needs.judges) keep(used.providers, bundle.providers, id);
  const recordings: Fault[] = [];
  for (const [id, provider] of used.providers) {
    needs.provider(provider);
    const held = bundle.providers.get(id)?.heldBy ?? id;
    if (provider.spec.type === 'replay') recordings.push(...bundle.recordings.ofProvider(held).faults);
  }
  return [...needs.faults, ...permissionFaults(bundle, used.tools.values(), support.allowed), ...recordings];
}
