/** Agents that the bundle itself answers for: the first rule that fits gives the answer. */
import type { Loaded } from '../../bundle/bundle.js';
import type { ContentPart } from '../../core/conversation.js';
import { ArenaError } from '../../core/errors.js';
import type { ToolOutput, ToolRunner } from '../../core/tool.js';
import type { A2aAgentSpec, AgentPartSpec } from '../../schema/a2a-agent.js';
import { sortKeys } from '../json.js';
import { compilePattern, RE2_RULE } from '../regex.js';

interface Rule {
  skill?: string;
  fits(text: string): boolean;
  error?: string;
  output: ToolOutput;
}

type Rules = readonly Rule[];

const compiled = new WeakMap<A2aAgentSpec, Rules>();

/** Throws an `ArenaError` at a pattern that cannot be used. `index` is the agent's place in the Arena file. */
export function mockRunner(agent: A2aAgentSpec, index: number, arena: Loaded<unknown>, skill: string): ToolRunner {
  const rules = rulesOf(agent, index, arena).filter((rule) => rule.skill === undefined || rule.skill === skill);
  return {
    local: true,
    run({ query }) {
      const rule = rules.find(({ fits }) => fits(String(query)));
      if (rule === undefined) throw new Error(`agent ${agent.name} has no response to this for its skill ${skill}`);
      if (rule.error !== undefined) throw new Error(rule.error);
      return rule.output;
    },
  };
}

function rulesOf(agent: A2aAgentSpec, index: number, arena: Loaded<unknown>): Rules {
  const known = compiled.get(agent);
  if (known !== undefined) return known;
  const rules = (agent.responses ?? []).map(({ skill, match, error, response }, number): Rule => {
    const place = () => arena.at(['spec', 'a2a_agents', index, 'responses', number, 'match', 'regex']);
    const pattern = match?.regex === undefined ? undefined : patternOf(match.regex, place);
    const part = match?.contains?.toLowerCase();
    const fits = (text: string) =>
      (part === undefined || text.toLowerCase().includes(part)) && (pattern === undefined || pattern.test(text));
    return { skill, fits, error, output: outputOf(response?.parts ?? []) };
  });
  compiled.set(agent, rules);
  return rules;
}

function patternOf(source: string, place: () => string) {
  try {
    return compilePattern(source);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new ArenaError({
      code: 'invalid_input',
      message: `${place()} the pattern cannot be used: ${reason}`,
      hint: RE2_RULE,
    });
  }
}

/** Texts and values are what the model reads; files stand beside them. */
function outputOf(parts: readonly AgentPartSpec[]): ToolOutput {
  const texts = parts.flatMap(({ text, data }) => {
    if (text !== undefined) return [text];
    return data === undefined ? [] : [JSON.stringify(sortKeys(data), null, 2)];
  });
  const files = parts.flatMap(({ url, raw, media_type }): ContentPart[] => {
    if (url === undefined && raw === undefined) return [];
    const mimeType = media_type ?? 'application/octet-stream';
    const kind = /^(image|audio|video)\//.exec(mimeType)?.[1] as ContentPart['type'] | undefined;
    const part: ContentPart = { type: kind ?? 'document', mimeType };
    if (url !== undefined) part.url = url;
    if (raw !== undefined) part.data = raw;
    return [part];
  });
  const value = texts.join('\n');
  return files.length === 0 ? { value } : { value, parts: [...(value === '' ? [] : [textPart(value)]), ...files] };
}

const textPart = (text: string): ContentPart => ({ type: 'text', text });
