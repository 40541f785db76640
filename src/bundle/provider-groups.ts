/** Which providers belong together, and what for. */
import type { LoadedProvider } from './bundle.js';

/** Groups whose members judge or play the user: they never hold a conversation as assistants. */
const SPECIAL_GROUPS: ReadonlySet<string> = new Set(['judge', 'selfplay']);

type Member = Pick<LoadedProvider, 'group' | 'alsoIn' | 'spec'>;

export function isIn({ group, alsoIn }: Pick<Member, 'group' | 'alsoIn'>, wanted: string): boolean {
  return group === wanted || alsoIn?.includes(wanted) === true;
}

export const isSpecial = (group: string): boolean => SPECIAL_GROUPS.has(group);

/** A provider that can be an assistant, as far as its role goes. */
export function canConverse({ spec: { role } }: Pick<Member, 'spec'>): boolean {
  return role === undefined || role === 'llm' || role === 'image';
}
