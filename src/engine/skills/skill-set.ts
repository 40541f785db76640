/** Which skills a conversation has, and which of them are active. Knows nothing of models. */
import { matchesSkill, skillPatterns } from '../../bundle/skill-filter.js';
import type { LoadedSkill } from '../../bundle/skills.js';

/** The `skills` of the state that the conversation is in, as written; undefined: no restriction. */
export type StateSkills = () => string | readonly string[] | undefined;

export class SkillSet {
  private readonly active = new Set<string>();

  constructor(
    private readonly skills: ReadonlyMap<string, LoadedSkill>,
    private readonly stateSkills: StateSkills,
  ) {}

  /** In the prompt from the start, whatever the state. */
  get preloaded(): readonly LoadedSkill[] {
    return [...this.skills.values()].filter(({ preload }) => preload);
  }

  /** Those that may be activated in the state of now. */
  get available(): readonly LoadedSkill[] {
    const patterns = skillPatterns(this.stateSkills());
    return [...this.skills.values()].filter(
      (skill) => !skill.preload && (patterns?.some((pattern) => matchesSkill(pattern, skill)) ?? true),
    );
  }

  /** Those that the model may read in: preloaded and available ones. */
  get readable(): readonly LoadedSkill[] {
    return [...this.preloaded, ...this.available];
  }

  /** Those that were activated, and that the state still lets in. */
  get activated(): readonly LoadedSkill[] {
    return this.available.filter(({ name }) => this.active.has(name));
  }

  activate(name: string): LoadedSkill {
    const skill = this.available.find((each) => each.name === name);
    if (skill === undefined) throw new Error(`there is no skill "${name}" here`);
    this.active.add(name);
    return skill;
  }

  deactivate(name: string): LoadedSkill {
    const skill = this.activated.find((each) => each.name === name);
    if (skill === undefined) throw new Error(`skill "${name}" is not active`);
    this.active.delete(name);
    return skill;
  }

  /** A change of state ends the skills that the new state does not let in: they do not come back with the next one. */
  settle(): void {
    const kept = new Set(this.activated.map(({ name }) => name));
    for (const name of this.active) if (!kept.has(name)) this.active.delete(name);
  }
}
