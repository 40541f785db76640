/** How an agent is offered to a model: a tool for each of its skills. */
import type { ToolSpec } from '../../schema/tool.js';

export interface Skill {
  id: string;
  /** What the model is told. */
  description: string;
}

/** Providers take letters, digits, `_` and `-` in names of tools. */
const plain = (name: string): string => name.replace(/[^a-zA-Z0-9_-]/g, '_');

export const toolName = (agent: string, skill: string): string => `a2a__${plain(agent)}__${plain(skill)}`;

const QUERY: ToolSpec['input_schema'] = {
  type: 'object',
  properties: { query: { type: 'string', description: 'What the agent is asked, with all that it has to know.' } },
  required: ['query'],
};

/** One text goes to an agent, and one comes back. */
export const toolSpec = (description: string): ToolSpec => ({ description, mode: 'local', input_schema: QUERY });

/** The first text that says something, and the tags behind it. */
export function describeSkill(texts: readonly (string | undefined)[], tags: readonly string[] = []): string {
  const text = texts.find((one) => one !== undefined && one.trim() !== '') ?? '';
  return tags.length === 0 ? text : `${text} (${tags.join(', ')})`;
}
