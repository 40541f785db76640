/** Skills in one conversation: what is in the prompt, what the model may take up, and the tools that come with it. */
import { posix } from 'node:path';
import type { LoadedSkill } from '../../bundle/skills.js';
import type { JsonValue } from '../../core/conversation.js';
import type { ToolArguments } from '../../core/tool.js';
import type { ToolSpec } from '../../schema/tool.js';
import type { FeatureSource } from '../features.js';
import type { PreparedPrompt } from '../prompt.js';
import type { Feature } from '../stage.js';
import { type PreparedTool, prepareTool } from '../tools/prepared-tool.js';
import { SkillSet } from './skill-set.js';
import { ACTIVATE, activateSpec, DEACTIVATE, deactivateSpec, READ_RESOURCE, readResourceSpec } from './tool-specs.js';

export function openSkills({ prepared, state }: FeatureSource): Feature | undefined {
  const { bundle } = prepared;
  if (bundle.skills.size === 0) return undefined;
  const states = new Map(Object.entries(bundle.arena.spec.workflow?.states ?? {}));
  const skills = new SkillSet(bundle.skills, () => states.get(state() ?? '')?.skills);
  return new SkillsFeature(
    skills,
    (names) => prepared.toolsOf(names),
    (path) => bundle.files.get(path),
  );
}

class SkillsFeature implements Feature {
  constructor(
    private readonly skills: SkillSet,
    private readonly toolsOf: (names: readonly string[]) => ReadonlyMap<string, PreparedTool>,
    private readonly file: (path: string) => Uint8Array | undefined,
  ) {}

  instructions(): string {
    return this.skills.preloaded.map(({ instructions }) => instructions).join('\n\n');
  }

  *tools(prompt: PreparedPrompt): Iterable<PreparedTool> {
    for (const skill of [...this.skills.preloaded, ...this.skills.activated]) {
      yield* this.toolsOf(skill.allowedTools).values();
    }
    yield* this.ownTools(prompt);
  }

  settle(): void {
    this.skills.settle();
  }

  private ownTools(prompt: PreparedPrompt): readonly PreparedTool[] {
    const { available, activated, readable } = this.skills;
    const tools: PreparedTool[] = [];
    if (available.length > 0) {
      tools.push(tool(ACTIVATE, activateSpec(available), ({ name }) => this.activate(String(name), prompt)));
    }
    if (activated.length > 0) {
      tools.push(tool(DEACTIVATE, deactivateSpec(activated), ({ name }) => this.deactivate(String(name), prompt)));
    }
    if (readable.some(({ resources }) => resources.size > 0)) {
      const read = ({ skill_name, path }: ToolArguments) => this.read(readable, String(skill_name), String(path));
      tools.push(tool(READ_RESOURCE, readResourceSpec(readable), read));
    }
    return tools;
  }

  private activate(name: string, prompt: PreparedPrompt): JsonValue {
    const before = this.offered(prompt);
    const { allowedTools, instructions } = this.skills.activate(name);
    const added = [...this.toolsOf(allowedTools).keys()].filter((each) => !before.has(each));
    return { added_tools: added, instructions };
  }

  private deactivate(name: string, prompt: PreparedPrompt): JsonValue {
    const { allowedTools } = this.skills.deactivate(name);
    const left = this.offered(prompt);
    const removed = [...this.toolsOf(allowedTools).keys()].filter((each) => !left.has(each));
    return { removed_tools: removed, status: 'deactivated' };
  }

  /** Names of the tools that the prompt and the skills of now offer. */
  private offered(prompt: PreparedPrompt): ReadonlySet<string> {
    const bySkills = [...this.skills.preloaded, ...this.skills.activated].flatMap(({ allowedTools }) => allowedTools);
    return new Set([...prompt.tools.keys(), ...this.toolsOf(bySkills).keys()]);
  }

  /** Only what the loader has found beside the SKILL.md can be named: no path leads anywhere else. */
  private read(skills: readonly LoadedSkill[], name: string, path: string): JsonValue {
    const skill = skills.find((each) => each.name === name);
    const inBundle = skill?.resources.get(posix.normalize(path));
    const bytes = inBundle === undefined ? undefined : this.file(inBundle);
    if (bytes === undefined) throw new Error(`skill "${name}" has no file ${path}`);
    try {
      return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
    } catch {
      throw new Error(`${path} is not text`);
    }
  }
}

function tool(name: string, spec: ToolSpec, run: (args: ToolArguments) => JsonValue): PreparedTool {
  return prepareTool(name, spec, { local: true, run: (args) => ({ value: run(args) }) });
}
