/** Everything about a bundle that can be worked out before its first conversation. */
import type { Bundle, Loaded, LoadedPrompt } from '../bundle/bundle.js';
import { type Variant, variantAt, variantCount } from '../bundle/variants.js';
import type { ContentPart, JsonValue } from '../core/conversation.js';
import { ArenaError } from '../core/errors.js';
import type { PlanItem } from '../core/plan.js';
import type { CallParameters } from '../core/provider.js';
import type { ToolRunner } from '../core/tool.js';
import type { AssertionSpec } from '../schema/assertion.js';
import type { ScenarioSpec } from '../schema/scenario.js';
import type { ToolSpec } from '../schema/tool.js';
import { type Assertion, compileAssertion } from './assertions/assertion.js';
import { type ContextPolicy, compileContextPolicy } from './context-policy.js';
import { compileGuardrails, type Guardrails } from './guardrails.js';
import { preparePart } from './media.js';
import { firstPlaceholder, render } from './template.js';
import { type ToolPolicy, toolPolicyOf } from './tools/policy.js';
import { type PreparedTool, prepareTool } from './tools/prepared-tool.js';
import { type PreparedTurn, prepareTurn } from './turn.js';
import { resolveVariables } from './variables.js';

export interface EngineSettings extends CallParameters {
  /** Template variables with the highest precedence. */
  variables: { [name: string]: JsonValue };
}

/** A tool as its runner is made of it. */
export interface ToolSource {
  name: string;
  spec: ToolSpec;
  /** `mock_parts` with the content of their files. */
  mockParts?: ContentPart[];
}

export type ToolFactory = (source: ToolSource) => ToolRunner;

/** A scenario in one region and one variant. */
export interface PreparedScenario {
  spec: ScenarioSpec;
  variant: Variant;
  labels: { [key: string]: string };
  system: string;
  turns: PreparedTurn[];
  /** The tools that the prompt allows, by name. */
  tools: ReadonlyMap<string, PreparedTool>;
  toolPolicy: ToolPolicy;
  guardrails: Guardrails;
  contextPolicy: ContextPolicy;
  /** Checks of the whole conversation: those of the Arena file, then the scenario's. */
  assertions: Assertion[];
}

export class PreparedBundle {
  private readonly scenarios = new Map<string, PreparedScenario | ArenaError>();
  private readonly variantCounts = new Map<string, number>();
  private readonly tools = new Map<string, PreparedTool>();

  constructor(
    readonly bundle: Bundle,
    readonly settings: EngineSettings,
    private readonly createTool: ToolFactory,
  ) {}

  /** Prepared when it is first asked for, then kept. Throws an `ArenaError` when it cannot be held as written. */
  scenario({ scenario: id, region, trial }: PlanItem): PreparedScenario {
    const variant = (trial - 1) % this.variants(id);
    const key = JSON.stringify([id, region, variant]);
    let prepared = this.scenarios.get(key);
    if (prepared === undefined) {
      prepared = this.tryPrepare(id, region, variant);
      this.scenarios.set(key, prepared);
    }
    if (prepared instanceof ArenaError) throw prepared;
    return prepared;
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

  private tryPrepare(id: string, region: string, variant: number): PreparedScenario | ArenaError {
    try {
      return this.prepareScenario(id, region, variant);
    } catch (error) {
      if (error instanceof ArenaError) return error;
      throw error;
    }
  }

  private prepareScenario(id: string, region: string, variantIndex: number): PreparedScenario {
    const { bundle } = this;
    const scenario = bundle.scenarios.get(id);
    if (scenario === undefined) {
      throw new ArenaError({ code: 'invalid_input', message: `there is no scenario "${id}" in the bundle` });
    }
    const prompt = this.promptOf(scenario);
    const variables = resolveVariables({ bundle, prompt, scenario, region, runtime: this.settings.variables });
    const { spec } = scenario;
    const variant = variantAt(spec, variantIndex);
    return {
      spec,
      variant,
      labels: labelsOf(scenario),
      system: systemPrompt(prompt, render(prompt.spec.system_template, variables)),
      turns: (spec.turns ?? []).map((turn, index) =>
        prepareTurn({ turn, index, scenario, bundle, variables, variant }),
      ),
      tools: this.toolsOf(prompt.spec.allowed_tools ?? []),
      toolPolicy: toolPolicyOf(spec.tool_policy, prompt.spec.tool_policy),
      guardrails: compileGuardrails(prompt.spec.validators ?? []),
      contextPolicy: compileContextPolicy(spec.context_policy),
      assertions: [
        ...conversationAssertions(bundle.arena, bundle.arena.spec.globals?.conversation_assertions, [
          'spec',
          'globals',
        ]),
        ...conversationAssertions(scenario, spec.conversation_assertions, ['spec']),
      ],
    };
  }

  private promptOf(scenario: Loaded<ScenarioSpec>): LoadedPrompt {
    const { task_type: task = '' } = scenario.spec;
    const prompt = this.bundle.prompts.get(task);
    if (prompt !== undefined) return prompt;
    throw new ArenaError({
      code: 'prompt_not_found',
      message: `${scenario.at(['spec', 'task_type'])} no prompt of the bundle has the task_type "${task}"`,
      hint: `there are: ${[...this.bundle.prompts.keys()].join(', ') || 'none'}`,
    });
  }

  /** A trailing `*` stands for any ending. Names that the bundle does not have are the loader's affair. */
  private toolsOf(allowed: readonly string[]): Map<string, PreparedTool> {
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
    const tool = prepareTool(name, spec, this.createTool({ name, spec, mockParts }));
    this.tools.set(name, tool);
    return tool;
  }
}

export function prepare(bundle: Bundle, settings: EngineSettings, createTool: ToolFactory): PreparedBundle {
  return new PreparedBundle(bundle, settings, createTool);
}

/** A placeholder that nothing fills is a mistake of the bundle: no model could make sense of it. */
function systemPrompt(prompt: LoadedPrompt, system: string): string {
  const left = firstPlaceholder(system);
  if (left === undefined) return system;
  throw new ArenaError({
    code: 'unresolved_variable',
    message: `${prompt.at(['spec', 'system_template'])} nothing fills {{${left.name}}} in the system prompt`,
    hint: 'declare a default, or give the variable in the Arena file, the scenario or with --var; placeholders are {{name}} without spaces',
  });
}

function conversationAssertions(
  document: Loaded<unknown>,
  specs: readonly AssertionSpec[] | undefined,
  path: readonly string[],
): Assertion[] {
  return (specs ?? []).map((spec, index) =>
    compileAssertion(spec, 'conversation', document.at([...path, 'conversation_assertions', index])),
  );
}

function labelsOf(scenario: Loaded<ScenarioSpec>): { [key: string]: string } {
  const own = Object.entries(scenario.spec.labels ?? {}).map(([key, value]): [string, string] => [
    key,
    typeof value === 'string' ? value : JSON.stringify(value),
  ]);
  return { ...scenario.labels, ...Object.fromEntries(own) };
}
