/** Which skills a conversation has, and which of them are active. Knows nothing of models. */
import { skillMatcher, skillPatterns } from '../../bundle/skill-filter.js';
import type { LoadedSkill } from '../../bundle/skills.js';

/** `skills` of a workflow state, as written; undefined: no restriction. */
export type StateSkills = string | readonly string[] | undefined;

/** What a state lets in. */
interface LetIn {
  /** Those that may be activated. */
  available: readonly LoadedSkill[];
  /** Those whose files the model may read: preloaded ones, too. */
  readable: readonly LoadedSkill[];
}

/** Worked out once for all conversations of a bundle. */
const known = new WeakMap<ReadonlyMap<string, LoadedSkill>, Map<StateSkills, LetIn>>();

function letIn(skills: ReadonlyMap<string, LoadedSkill>, by: StateSkills): LetIn {
  const states = known.get(skills) ?? new Map<StateSkills, LetIn>();
  known.set(skills, states);
  const found = states.get(by);
  if (found !== undefined) return found;
  const matchers = skillPatterns(by)?.map(skillMatcher);
  const all = [...skills.values()];
  const available = all.filter((skill) => !skill.preload && (matchers?.some((matches) => matches(skill)) ?? true));
  const made = { available, readable: [...all.filter(({ preload }) => preload), ...available] };
  states.set(by, made);
  return made;
}

export class SkillSet {
  /** In the prompt from the start, whatever the state. */
  readonly preloaded: readonly LoadedSkill[];
  private readonly active = new Set<string>();

  constructor(
    private readonly skills: ReadonlyMap<string, LoadedSkill>,
    /** Of the state that the conversation is in. */
    private readonly stateSkills: () => StateSkills,
  ) {
    this.preloaded = [...skills.values()].filter(({ preload }) => preload);
  }

  get available(): readonly LoadedSkill[] {
    return letIn(this.skills, this.stateSkills()).available;
  }

  get readable(): readonly LoadedSkill[] {
    return letIn(this.skills, this.stateSkills()).readable;
  }

  /** Those that were activated, and that the state still lets in. */
  get activated(): readonly LoadedSkill[] {
    return this.active.size === 0 ? [] : this.available.filter(({ name }) => this.active.has(name));
  }

  /** What it throws, the model is told. */
  activate(name: string): LoadedSkill {
    const skill = this.available.find((each) => each.name === name);
    if (skill === undefined) throw new Error(`there is no skill "${name}" here`);
    this.active.add(name);
    return skill;
  }

  /** What it throws, the model is told. */
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
