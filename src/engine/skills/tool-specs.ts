/** The tools by which a model takes up skills, as they are described to it. */
import type { LoadedSkill } from '../../bundle/skills.js';
import type { ToolSpec } from '../../schema/tool.js';

export const ACTIVATE = 'skill__activate';
export const DEACTIVATE = 'skill__deactivate';
export const READ_RESOURCE = 'skill__read_resource';

const spec = (description: string, properties: ToolSpec['input_schema'], required: string[]): ToolSpec => ({
  description,
  mode: 'local',
  input_schema: { type: 'object', properties, required },
});

const oneOf = (skills: readonly LoadedSkill[]) => ({ type: 'string', enum: skills.map(({ name }) => name) });

/** Made once for each list of skills, so that its schema is compiled once for all conversations. */
function once(describe: (skills: readonly LoadedSkill[]) => ToolSpec): (skills: readonly LoadedSkill[]) => ToolSpec {
  const known = new WeakMap<readonly LoadedSkill[], ToolSpec>();
  return (skills) => {
    const made = known.get(skills) ?? describe(skills);
    known.set(skills, made);
    return made;
  };
}

export const activateSpec = once((available) => {
  const lines = available.map(({ name, description }) => `- ${name}: ${description}`);
  const text = ['Takes up a skill: its instructions are the result. Skills:', ...lines].join('\n');
  return spec(text, { name: oneOf(available) }, ['name']);
});

export function deactivateSpec(active: readonly LoadedSkill[]): ToolSpec {
  return spec('Lays down a skill whose instructions are not needed any more.', { name: oneOf(active) }, ['name']);
}

/** Most files that are listed for a skill; others can be read all the same when the instructions name them. */
const MAX_LISTED = 50;

/** Of the skills that have files. */
export const readResourceSpec = once((readable) => {
  const skills = readable.filter(({ resources }) => resources.size > 0);
  const lines = skills.map(({ name, resources }) => {
    const paths = [...resources.keys()];
    return `- ${name}: ${paths.slice(0, MAX_LISTED).join(', ')}${paths.length > MAX_LISTED ? ', …' : ''}`;
  });
  const text = ['Reads a file that belongs to a skill. Files:', ...lines].join('\n');
  const path = { type: 'string', description: 'Path of the file, as its skill names it.' };
  return spec(text, { skill_name: oneOf(skills), path }, ['skill_name', 'path']);
});
