/** Which skills a state of a workflow lets in. */
import { globMatcher } from './glob.js';
import type { LoadedSkill } from './skills.js';

/** In place of a pattern: no skill at all. */
export const NO_SKILLS = 'none';

/** The patterns of a state's `skills`; undefined: all skills. */
export function skillPatterns(skills: string | readonly string[] | undefined): readonly string[] | undefined {
  if (skills === undefined) return undefined;
  const patterns = typeof skills === 'string' ? [skills] : skills;
  return patterns.map((pattern) => pattern.replace(/^(?:\.\/)+/, '').replace(/(?<=.)\/$/, ''));
}

/** A pattern is the name of a skill, or a glob over folders: of skills, or above them. Throws `BadGlob`. */
export function skillMatcher(pattern: string): (skill: Pick<LoadedSkill, 'name' | 'folder'>) => boolean {
  if (pattern === NO_SKILLS) return () => false;
  const matches = globMatcher(pattern);
  return ({ name, folder }) => {
    if (pattern === name) return true;
    const parts = folder?.split('/') ?? [];
    return parts.some((_, index) => matches(parts.slice(0, index + 1).join('/')));
  };
}
