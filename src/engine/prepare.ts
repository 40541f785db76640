/** Everything about a bundle that can be worked out before its first conversation. */
import type { Bundle, Loaded, LoadedPrompt } from '../bundle/bundle.js';
import { type Variant, variantAt, variantCount } from '../bundle/variants.js';
import type { ContentPart, JsonValue } from '../core/conversation.js';
import { ArenaError } from '../core/errors.js';
import type { OutsideServices } from '../core/outside-services.js';
import type { PlanItem } from '../core/plan.js';
import type { CallParameters } from '../core/provider.js';
import type { ToolRunner } from '../core/tool.js';
import type { AssertionSpec } from '../schema/assertion.js';
import type { ScenarioSpec } from '../schema/scenario.js';
import type { ToolSpec } from '../schema/tool.js';
import { type Assertion, compileAssertion } from './assertions/assertion.js';
import { standingParameters } from './call-parameters.js';
import { promptOfSteps } from './compositions/prompt-of-steps.js';
import { type ContextPolicy, type ContextWindow, compileContextPolicy, EVERYTHING } from './context-policy.js';
import { contextSettings, historyTurns, policyOfProvider } from './context-settings.js';
import { featureKinds, openFeatures } from './features.js';
import { compileGuardrails } from './guardrails.js';
import { preparePart } from './media.js';
import type { ModelAccess } from './model-access.js';
import { type EvalChoice, type PackEval, preparePackEvals } from './pack-evals.js';
import { type PreparedPrompt, systemMessage } from './prompt.js';
import { promptForModel } from './prompt-for-model.js';
import { asksForRecord, recordVariables } from './record-variables.js';
import { notesOf, type ScenarioNotes } from './scenario-notes.js';
import { Stage } from './stage.js';
import { toolPolicyOf } from './tools/policy.js';
import { type PreparedTool, prepareTool } from './tools/prepared-tool.js';
import { type PreparedTurn, prepareTurns } from './turn.js';
import { resolveVariables } from './variables.js';
import { openingTask } from './workflow/start.js';

export interface EngineSettings extends CallParameters {
  /** Template variables with the highest precedence. */
  variables: { [name: string]: JsonValue };
  /** Which evals of prompts and of the bundle are carried out. Default: all. */
  packEvals?: EvalChoice;
}

/** A tool as its runner is made of it. */
export interface ToolSource {
  name: string;
  spec: ToolSpec;
  /** `mock_parts` with the content of their files. */
  mockParts?: ContentPart[];
}

export type ToolFactory = (source: ToolSource) => ToolRunner;

/** What the engine needs made for it, besides the ports of each conversation. */
export interface Surroundings {
  createTool: ToolFactory;
  services: OutsideServices;
}

/** A scenario in one region and one variant. */
export interface PreparedScenario {
  document: Loaded<ScenarioSpec>;
  variant: Variant;
  notes: ScenarioNotes;
  turns: PreparedTurn[];
  /** The prompt that its task_type names. */
  opening: PreparedPrompt;
  contextPolicy: ContextPolicy;
  /** Mark the stable part of requests, for services that cache prompts. */
  cachePrompt: boolean;
  /** Checks of the whole conversation: those of the Arena file, then the scenario's. */
  assertions: Assertion[];
  /** A stage for one conversation; `model` is called only where something of it asks the model itself. */
  openStage(model: () => ModelAccess): Stage;
}

export class PreparedBundle {
  /** Evals of the whole bundle. */
  readonly packEvals: readonly PackEval[];
  private readonly scenarios = new Map<string, PreparedScenario | ArenaError>();
  private readonly variantCounts = new Map<string, number>();
  private readonly tools = new Map<string, PreparedTool>();
  /** Nothing of a generated record's own stands in any text, so that its scenario can be kept. */
  private readonly recordsShare: boolean;
  /** Some prompt, or who plays the user, is not the same for all providers: each has scenarios of its own. */
  readonly promptsDiffer: boolean;
  private readonly features: ReturnType<typeof featureKinds>;

  constructor(
    readonly bundle: Bundle,
    readonly settings: EngineSettings,
    readonly surroundings: Surroundings,
  ) {
    const { arena } = bundle;
    const { packEvals } = settings;
    this.features = featureKinds(bundle);
    this.recordsShare = !asksForRecord(bundle, settings.variables);
    this.packEvals = preparePackEvals(bundle, arena, arena.spec.pack_evals, ['spec', 'pack_evals'], packEvals);
    this.promptsDiffer =
      bundle.pairs !== undefined ||
      [...bundle.prompts.values()].some(
        ({ spec }) => spec.model_overrides !== undefined || spec.parameters !== undefined,
      );
  }

  /** Prepared when it is first asked for, then kept. Throws an `ArenaError` when it cannot be held as written. */
  scenario(item: Omit<PlanItem, 'id'>): PreparedScenario {
    const { scenario: id, region, trial, provider } = item;
    const variant = (trial - 1) % this.variants(id);
    if (item.seed !== undefined && !this.recordsShare) {
      return this.prepareScenario(id, region, provider, variant, recordVariables(item));
    }
    // With lengths no two can be alike, whatever the names hold; JSON would cost more than the rest of the look-up.
    const key = `${id.length} ${id} ${region.length} ${region} ${variant} ${this.promptsDiffer ? provider : ''}`;
    let prepared = this.scenarios.get(key);
    if (prepared === undefined) {
      prepared = this.tryPrepare(id, region, provider, variant);
      this.scenarios.set(key, prepared);
    }
    if (prepared instanceof ArenaError) throw prepared;
    return prepared;
  }

  /** What the provider under test is told of a long history. An agent keeps the history itself. */
  contextOf({ contextPolicy, document }: PreparedScenario, { provider }: PlanItem): ContextWindow {
    const spec = this.bundle.providers.get(provider)?.spec;
    if (spec?.type === 'agent') return EVERYTHING;
    const own = (document.spec.context_policy?.token_budget ?? 0) > 0 ? undefined : policyOfProvider(spec);
    if (own === undefined) return contextPolicy.open();
    const { state } = this.bundle.arena.spec;
    return compileContextPolicy(own, {
      historyTurns: historyTurns(state),
      embeddings: undefined,
      customQuery: undefined,
    }).open();
  }

  /** Throws an `ArenaError` when the bundle has no such provider. */
  expectProvider(id: string): void {
    const { providers } = this.bundle;
    if (providers.has(id)) return;
    throw new ArenaError({
      code: 'provider_not_found',
      message: `there is no provider "${id}" in the bundle`,
      hint: `there are: ${[...providers.keys()].join(', ')}`,
    });
  }

  private variants(id: string): number {
    let count = this.variantCounts.get(id);
    if (count === undefined) {
      const scenario = this.bundle.scenarios.get(id);
      count = scenario === undefined ? 1 : variantCount(scenario.spec);
      this.variantCounts.set(id, count);
    }
    return count;
  }

  private tryPrepare(id: string, region: string, provider: string, variant: number): PreparedScenario | ArenaError {
    try {
      return this.prepareScenario(id, region, provider, variant, {});
    } catch (error) {
      if (error instanceof ArenaError) return error;
      throw error;
    }
  }

  private prepareScenario(
    id: string,
    region: string,
    provider: string,
    variantIndex: number,
    own: EngineSettings['variables'],
  ): PreparedScenario {
    const { bundle } = this;
    const scenario = bundle.scenarios.get(id);
    if (scenario === undefined) {
      throw new ArenaError({ code: 'invalid_input', message: `there is no scenario "${id}" in the bundle` });
    }
    const { spec } = scenario;
    const prompts = new Map<string, PreparedPrompt>();
    const prompt = (task: string): PreparedPrompt => {
      const known = prompts.get(task) ?? this.prompt(task, scenario, region, provider, own);
      prompts.set(task, known);
      return known;
    };
    const opening = prompt(openingTask(bundle, spec));
    const variant = variantAt(spec, variantIndex);
    const { variables } = opening;
    const source = { prepared: this, scenario, region, opening, prompt };
    return {
      variant,
      notes: notesOf(scenario),
      document: scenario,
      turns: prepareTurns({
        scenario,
        bundle,
        prompt: bundle.prompts.get(opening.task),
        variables,
        variant,
        player: bundle.providers.get(provider)?.player,
      }),
      opening,
      cachePrompt: spec.context_policy?.cache_breakpoints === true,
      contextPolicy: compileContextPolicy(spec.context_policy, contextSettings(bundle, spec, variables)),
      assertions: [
        ...this.wholeChecks(bundle.arena, bundle.arena.spec.globals?.conversation_assertions, ['spec', 'globals']),
        ...this.wholeChecks(scenario, spec.conversation_assertions, ['spec']),
      ],
      openStage: (model) => new Stage(opening, openFeatures(this.features, source, model)),
    };
  }

  /**
   * The prompt of a task, filled for a scenario and for the model of a provider. Throws an `ArenaError` when there is
   * none or it cannot be filled. `own`: variables of this conversation alone.
   */
  private prompt(
    task: string,
    scenario: Loaded<ScenarioSpec>,
    region: string,
    provider: string,
    own: EngineSettings['variables'],
  ): PreparedPrompt {
    const { bundle } = this;
    const prompt = this.promptOf(task, scenario);
    const model = promptForModel(prompt, bundle.providers.get(provider));
    const variables = resolveVariables({
      bundle,
      prompt,
      scenario,
      region,
      runtime: { ...own, ...this.settings.variables },
    });
    return {
      task,
      variables,
      system: systemMessage({ bundle, prompt, model, variables }),
      parameters: model.parameters,
      tools: this.toolsOf(prompt.spec.allowed_tools ?? []),
      toolPolicy: toolPolicyOf(scenario.spec.tool_policy, prompt.spec.tool_policy),
      guardrails: compileGuardrails(prompt.spec.validators ?? [], { bundle }),
      evals: preparePackEvals(bundle, prompt, prompt.spec.evals, ['spec', 'evals'], this.settings.packEvals),
    };
  }

  private promptOf(task: string, scenario: Loaded<ScenarioSpec>): LoadedPrompt {
    const prompt = this.bundle.prompts.get(task) ?? promptOfSteps(this.bundle, task);
    if (prompt !== undefined) return prompt;
    throw new ArenaError({
      code: 'prompt_not_found',
      message: `${scenario.at(['spec', 'task_type'])} no prompt of the bundle has the task_type "${task}"`,
      hint: `there are: ${[...this.bundle.prompts.keys()].join(', ') || 'none'}`,
    });
  }

  private wholeChecks(
    document: Loaded<unknown>,
    specs: readonly AssertionSpec[] | undefined,
    path: readonly string[],
  ): Assertion[] {
    return (specs ?? []).map((spec, index) =>
      compileAssertion(spec, 'conversation', document.at([...path, 'conversation_assertions', index]), {
        bundle: this.bundle,
      }),
    );
  }

  /** A trailing `*` stands for any ending. Names that the bundle does not have are the loader's affair. */
  toolsOf(allowed: readonly string[]): Map<string, PreparedTool> {
    const tools = new Map<string, PreparedTool>();
    for (const name of allowed) {
      const names = name.endsWith('*')
        ? [...this.bundle.tools.keys()].filter((one) => one.startsWith(name.slice(0, -1)))
        : [name];
      for (const one of names) {
        const tool = this.tool(one);
        if (tool !== undefined) tools.set(one, tool);
      }
    }
    return tools;
  }

  private tool(name: string): PreparedTool | undefined {
    const known = this.tools.get(name);
    const loaded = this.bundle.tools.get(name);
    if (known !== undefined || loaded === undefined) return known;
    const { spec } = loaded;
    const mockParts = spec.mock_parts?.map((part, index) =>
      preparePart(part, this.bundle, loaded.at(['spec', 'mock_parts', index])),
    );
    const asked = spec.mode === 'provider' ? spec.provider?.id : undefined;
    const parameters = asked === undefined ? undefined : standingParameters(this.bundle, asked);
    const runner = this.surroundings.createTool({ name, spec, mockParts });
    const tool = prepareTool(name, spec, runner, parameters);
    this.tools.set(name, tool);
    return tool;
  }
}

export function prepare(bundle: Bundle, settings: EngineSettings, surroundings: Surroundings): PreparedBundle {
  return new PreparedBundle(bundle, settings, surroundings);
}
