/** Whether what documents say about each other is true. */
import type { AssertionSpec } from '../schema/assertion.js';
import { assertionTypes } from '../schema/assertion-types.js';
import type { BundleKind } from '../schema/kinds.js';
import type { ScenarioSpec, TurnSpec } from '../schema/scenario.js';
import { checkAgents, checkMemories } from './agent-faults.js';
import type { Loaded, Place } from './bundle.js';
import { checkCompositions } from './compositions/check-compositions.js';
import type { DocumentReader } from './document-reader.js';
import type { ReadBundle } from './load.js';
import { playerOfPersona, rolesOf } from './self-play-roles.js';
import { hintFor } from './suggest.js';
import { checkSkillTools, checkWorkflow } from './workflow-faults.js';

/** Tools that nobody defines in a Tool document: what offers them decides at run time which there are. */
const TOOL_FAMILIES = ['a2a__', 'workflow__', 'memory__', 'skill__', 'image__', 'video__'];

const knownAssertions: ReadonlySet<string> = new Set(assertionTypes);

class References {
  constructor(
    private readonly bundle: ReadBundle,
    private readonly reader: DocumentReader,
    /** Lists from which documents are missing that could not be read: what is not in them may be in those. */
    private readonly partial: ReadonlySet<unknown>,
  ) {}

  private expect(known: ReadonlyMap<string, unknown> | ReadonlySet<string>, name: string, what: string, at: Place) {
    if (known.has(name) || this.partial.has(known)) return;
    this.reader.error(at, `unknown ${what} "${name}"`, hintFor(name, known.keys(), `known ${what}s`));
  }

  arena(): void {
    const { arena, providers } = this.bundle;
    for (const [index, judge] of (arena.spec.judges ?? []).entries()) {
      this.expect(providers, judge.provider, 'provider', arena.placeOf(['spec', 'judges', index, 'provider']));
    }
    for (const [name, judge] of Object.entries(arena.spec.judge_specs ?? {})) {
      this.expect(providers, judge.provider, 'provider', arena.placeOf(['spec', 'judge_specs', name, 'provider']));
    }
    // A pool plays whoever is to be played.
    const roles = this.bundle.pairs === undefined ? (arena.spec.self_play?.roles ?? []) : [];
    for (const [index, role] of roles.entries()) {
      const at = arena.placeOf(['spec', 'self_play', 'roles', index, 'provider']);
      this.expect(providers, role.provider, 'provider', at);
    }
    const globals = arena.spec.globals?.conversation_assertions;
    this.assertions(arena, globals, ['spec', 'globals', 'conversation_assertions']);
    const { scenarios, evals } = this.bundle;
    if (scenarios.size === 0 && evals.size === 0 && !this.partial.has(scenarios) && !this.partial.has(evals)) {
      this.reader.warn(arena.placeOf(['spec']), 'has neither scenarios nor evals', 'nothing would run');
    }
  }

  providers(): void {
    for (const provider of this.bundle.providers.values()) {
      if (provider.spec.credential?.api_key === undefined) continue;
      const at = provider.placeOf(['spec', 'credential', 'api_key']);
      const message = 'a key stands in the bundle and is copied wherever the bundle goes';
      this.reader.warn(at, message, 'use credential_env or credential_file');
    }
  }

  prompts(): void {
    for (const prompt of this.bundle.prompts.values()) {
      for (const [index, tool] of (prompt.spec.allowed_tools ?? []).entries()) {
        if (this.isOffered(tool)) continue;
        const hint = tool.startsWith('mcp__')
          ? hintFor(tool.split('__')[1] ?? '', this.serverNames(), 'MCP servers in the Arena file')
          : hintFor(tool, this.bundle.tools.keys(), 'known tools');
        // A conversation can do without: the model calls what it is offered, and checks say what was not called.
        const message = `unknown tool "${tool}": it is not offered`;
        this.reader.warn(prompt.placeOf(['spec', 'allowed_tools', index]), message, hint);
      }
      for (const [index, validator] of (prompt.spec.validators ?? []).entries()) {
        const at = prompt.placeOf(['spec', 'validators', index, 'type']);
        this.expect(knownAssertions, validator.type, 'guardrail', at);
      }
    }
  }

  private isOffered(tool: string): boolean {
    const { tools } = this.bundle;
    if (this.partial.has(tools)) return true;
    // Which names those are shows when the servers are asked.
    if (this.bundle.plainServerTools === true && this.serverNames().length > 0) return true;
    // Which tools a server has shows when it is asked; that there is such a server is known before.
    const families = [...TOOL_FAMILIES, ...this.serverNames().map((name) => `mcp__${name}__`)];
    if (tools.has(tool) || families.some((family) => tool.startsWith(family))) return true;
    const stem = tool.endsWith('*') ? tool.slice(0, -1) : undefined;
    return stem !== undefined && [...tools.keys(), ...families].some((name) => name.startsWith(stem));
  }

  private serverNames(): string[] {
    return (this.bundle.arena.spec.mcp_servers ?? []).map(({ name }) => name);
  }

  tools(): void {
    for (const tool of this.bundle.tools.values()) {
      const asked = tool.spec.mode === 'provider' ? tool.spec.provider?.id : undefined;
      if (asked !== undefined) {
        this.expect(this.bundle.providers, asked, 'provider', tool.placeOf(['spec', 'provider', 'id']));
      }
      if (tool.spec.mode !== 'mcp' || this.serverNames().length > 0) continue;
      const hint = 'name one in spec.mcp_servers of the Arena file, or give the tool another mode';
      this.reader.error(tool.placeOf(['spec', 'mode']), 'mcp needs an MCP server, and there is none', hint);
    }
  }

  scenarios(): void {
    const { arena, prompts, providers, personas } = this.bundle;
    const roles = new Set(['user', 'assistant', ...rolesOf(arena.spec).map((role) => role.id)]);
    for (const scenario of this.bundle.scenarios.values()) {
      this.taskType(scenario, prompts);
      for (const [index, provider] of (scenario.spec.providers ?? []).entries()) {
        this.expect(providers, provider, 'provider', scenario.placeOf(['spec', 'providers', index]));
      }
      this.selfPlay(scenario, personas);
      for (const [index, turn] of (scenario.spec.turns ?? []).entries()) this.turn(scenario, turn, index, roles);
      const path = ['spec', 'conversation_assertions'];
      this.assertions(scenario, scenario.spec.conversation_assertions, path);
    }
  }

  private selfPlay(scenario: Loaded<ScenarioSpec>, personas: ReadBundle['personas']): void {
    const { persona, enabled } = scenario.spec.self_play ?? {};
    if (persona === undefined) return;
    const at = scenario.placeOf(['spec', 'self_play', 'persona']);
    this.expect(personas, persona, 'persona', at);
    const { arena, providers } = this.bundle;
    if (this.bundle.pairs !== undefined) return;
    if (enabled === false || this.partial.has(providers) || playerOfPersona(this.bundle, persona) !== undefined) return;
    const isOff = arena.spec.self_play?.enabled === false;
    const message = isOff ? 'the Arena file switches self-play off' : `it is not clear who plays persona "${persona}"`;
    const hint = isOff
      ? 'take self_play.enabled: false out of the Arena file, or write it in the scenario'
      : 'list one role with its provider under self_play.roles of the Arena file';
    this.reader.error(at, message, hint);
  }

  private taskType(scenario: Loaded<ScenarioSpec>, prompts: ReadBundle['prompts']): void {
    const task = scenario.spec.task_type;
    const { workflow, agents, compositions = {} } = this.bundle.arena.spec;
    if (task !== undefined) {
      if (Object.hasOwn(compositions, task)) return;
      this.expect(prompts, task, 'task_type', scenario.placeOf(['spec', 'task_type']));
    } else if (workflow === undefined && agents === undefined) {
      this.reader.error(scenario.placeOf(['spec']), 'spec.task_type is required', 'it names the prompt that answers');
    }
  }

  private turn(scenario: Loaded<ScenarioSpec>, turn: TurnSpec, index: number, roles: ReadonlySet<string>): void {
    const path = ['spec', 'turns', index];
    this.expect(roles, turn.role, 'role', scenario.placeOf([...path, 'role']));
    if (turn.persona !== undefined) {
      this.expect(this.bundle.personas, turn.persona, 'persona', scenario.placeOf([...path, 'persona']));
    }
    if (turn.role === 'user' && turn.content === undefined && turn.parts === undefined && turn.persona === undefined) {
      this.reader.warn(scenario.placeOf(path), 'says nothing', 'write content or parts');
    }
    if (turn.role === 'assistant' && turn.assertions !== undefined) {
      const hint = 'move them to the user turn that the model answers';
      this.reader.error(scenario.placeOf([...path, 'assertions']), 'nothing is checked on an assistant turn', hint);
    }
    for (const tool of Object.keys(turn.consent_overrides ?? {})) {
      this.consent(tool, scenario.placeOf([...path, 'consent_overrides', tool]));
    }
    this.assertions(scenario, turn.assertions, [...path, 'assertions']);
  }

  private consent(tool: string, at: Place): void {
    const document = this.bundle.tools.get(tool);
    if (document?.spec.client?.consent?.required === true) return;
    // Tools that no document defines have nowhere to say it.
    if (document === undefined && this.isOffered(tool)) return;
    const { tools } = this.bundle;
    if (document === undefined)
      this.reader.warn(at, `unknown tool "${tool}"`, hintFor(tool, tools.keys(), 'known tools'));
    else this.reader.warn(at, `${tool} asks for no consent, what is written here holds all the same`);
  }

  evals(): void {
    for (const each of this.bundle.evals.values()) {
      const { turns, assertions, conversation_assertions } = each.spec;
      for (const [index, turn] of (turns ?? []).entries()) {
        this.assertions(each, turn.all_turns?.assertions, ['spec', 'turns', index, 'all_turns', 'assertions']);
      }
      this.assertions(each, conversation_assertions, ['spec', 'conversation_assertions']);
      this.assertions(each, assertions, ['spec', 'assertions']);
    }
  }

  private assertions(document: Loaded<unknown>, list: AssertionSpec[] | undefined, path: (string | number)[]): void {
    for (const [index, assertion] of (list ?? []).entries()) {
      this.expect(knownAssertions, assertion.type, 'assertion', document.placeOf([...path, index, 'type']));
    }
  }
}

/**
 * Adds a fault for every name that means nothing. Names of `partial` kinds, of which some document could not be read,
 * are left alone: that document's own fault would show up once more as many unknown names.
 */
export function checkReferences(bundle: ReadBundle, reader: DocumentReader, partial: ReadonlySet<BundleKind>): void {
  const { prompts, providers, scenarios, tools, personas, evals } = bundle;
  const lists = { PromptConfig: prompts, Provider: providers, Scenario: scenarios, Tool: tools };
  const byKind: { [kind in BundleKind]?: unknown } = { ...lists, Persona: personas, Eval: evals };
  const references = new References(bundle, reader, new Set([...partial].map((kind) => byKind[kind])));
  references.arena();
  checkWorkflow(bundle, reader, !partial.has('PromptConfig'));
  checkSkillTools(bundle, reader, !partial.has('Tool'));
  checkAgents(bundle, reader, !partial.has('PromptConfig'));
  checkMemories(bundle, reader);
  checkCompositions(bundle, reader, { prompts: !partial.has('PromptConfig'), tools: !partial.has('Tool') });
  references.providers();
  references.prompts();
  references.tools();
  references.scenarios();
  references.evals();
}
