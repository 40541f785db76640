/** Names in checks and turns that a bundle does not have: mostly slips of the keyboard, and never refused. */
import type { Bundle } from '../bundle/bundle.js';
import { hintFor } from '../bundle/suggest.js';
import type { JsonValue } from '../core/conversation.js';
import type { AssertionSpec } from '../schema/assertion.js';
import { canonicalType } from './assertions/registry.js';
import { isObject } from './json.js';

type Kind = 'tool' | 'state' | 'skill';

/** `names the tool "lok", which the bundle does not have, did you mean "look"?`; undefined where there is such a one. */
export function unknownName(bundle: Bundle, kind: Kind, name: string): string | undefined {
  const known = kind === 'tool' ? bundle.tools.keys() : kind === 'state' ? stateNames(bundle) : bundle.skills.keys();
  const names = [...known];
  if (names.includes(name) || (kind === 'tool' && isOfFamily(bundle, name))) return undefined;
  const hint = names.length === 0 ? '' : `, ${hintFor(name, names, `${kind}s`)}`;
  return `names the ${kind} "${name}", which the bundle does not have${hint}`;
}

const stateNames = ({ arena }: Bundle): string[] => Object.keys(arena.spec.workflow?.states ?? {});

/** Which tools servers and agents have shows when they are asked, so a name of theirs is not doubted. */
function isOfFamily({ arena, skills }: Bundle, name: string): boolean {
  const { mcp_servers, a2a_agents, agents, memory, workflow } = arena.spec;
  const families: [string, boolean][] = [
    ['mcp__', (mcp_servers ?? []).length > 0],
    ['a2a__', (a2a_agents ?? []).length > 0 || agents !== undefined],
    ['memory__', memory !== undefined],
    ['workflow__', workflow !== undefined],
    ['skill__', skills.size > 0],
  ];
  const family = families.find(([prefix]) => name.startsWith(prefix));
  return family === undefined ? /^(image|video)__/.test(name) : family[1];
}

/** What an assertion names and the bundle lacks, one sentence each. */
export function unknownNames(bundle: Bundle, { type, params }: AssertionSpec): string[] {
  return namesIn(canonicalType(type), params ?? {}).flatMap(([kind, name]) => {
    const message = unknownName(bundle, kind, name);
    return message === undefined ? [] : [`${type} ${message}`];
  });
}

const STATE_CHECKS = new Set(['state_is', 'transitioned_to', 'spoke_in_state']);
const TOOL_CHECKS = /^(tools?_|agent_|no_tool_errors$|invariant_fields_preserved$|llm_judge_tool_calls$)/;

function namesIn(type: string, params: { [name: string]: JsonValue | undefined }): [Kind, string][] {
  const of = (kind: Kind, ...values: (JsonValue | undefined)[]) =>
    values.flatMap(texts).map((name): [Kind, string] => [kind, name]);
  const inList = (list: JsonValue | undefined, key: string) =>
    Array.isArray(list) ? list.map((each) => (isObject(each) ? each[key] : undefined)) : [];
  if (STATE_CHECKS.has(type)) return of('state', params.state);
  if (type === 'workflow_transition_order') return of('state', params.sequence);
  if (type === 'workflow_tool_access') return of('state', ...inList(params.rules, 'state'));
  if (type === 'skill_activation_order') return of('skill', params.sequence);
  if (type === 'skill_activated' || type === 'skill_not_activated') return of('skill', params.skill_names);
  if (!TOOL_CHECKS.test(type)) return [];
  const { tool, tools, tool_name, tool_names, sequence, steps, agent, agents } = params;
  return of('tool', tool, tools, tool_name, tool_names, sequence, agent, agents, ...inList(steps, 'tool'));
}

const texts = (value: JsonValue | undefined): string[] =>
  (Array.isArray(value) ? value : [value]).filter((each) => typeof each === 'string');
