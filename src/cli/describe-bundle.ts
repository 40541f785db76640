/** What a bundle is made of, in numbers. Pure. */
import type { Bundle } from '../bundle/bundle.js';
import { count } from './describe-matrix.js';

/** `3 prompts, 2 tools, 4 workflow states, 5 skills`; what there is none of is left out. */
export function describeBundle({ arena, prompts, tools, skills }: Bundle): string {
  const states = Object.keys(arena.spec.workflow?.states ?? {}).length;
  const parts: [number, string][] = [
    [prompts.size, 'prompt'],
    [tools.size, 'tool'],
    [states, 'workflow state'],
    [skills.size, 'skill'],
  ];
  return parts.flatMap(([number, word]) => (number === 0 ? [] : [count(number, word)])).join(', ');
}
