import { describe, expect, test } from '@jest/globals';
import { formatFault } from '../../src/bundle/fault.js';
import { checkWarnings } from '../../src/engine/check-warnings.js';
import { planFaults } from '../../src/engine/plan-faults.js';
import { createOutsideServices } from '../../src/io/outside-services.js';
import { toolFaults } from '../../src/io/tools/tool-faults.js';
import { type EngineBundleParts, engineBundle } from '../helpers/engine-bundle.js';

const TOOL = { description: 'Looks.', mode: 'mock', input_schema: { type: 'object' } };
const workflow = { entry: 'one', states: { one: { on_event: { Go: 'two' } }, two: { terminal: true } } };
const skills = [{ name: 'greet', description: 'd', instructions: 'i' }];

/** Everything that is said about a bundle, without places. */
function said(parts: EngineBundleParts): string[] {
  const bundle = engineBundle({ tools: { look: TOOL }, ...parts });
  const cells = [{ scenario: 'talk', providers: ['model'], trials: 1 }];
  const planned = planFaults(bundle, cells, ['default'], { variables: {}, services: createOutsideServices() });
  const faults = [...planned, ...toolFaults(bundle), ...checkWarnings(bundle, ['talk'])];
  return faults.map((fault) => formatFault({ ...fault, line: undefined, column: undefined }).replace(/^\S+ /, ''));
}

describe('what a bundle names and does not have', () => {
  const LACKS = 'which the bundle does not have';

  test.each([
    ['a tool', { type: 'tools_called', params: { tools: ['look', 'lok'] } }, `names the tool "lok", ${LACKS}, did you`],
    ['one of a sequence', { type: 'tool_call_sequence', params: { sequence: ['book'] } }, `"book", ${LACKS}, did you`],
    ['one of a chain', { type: 'tool_call_chain', params: { steps: [{ tool: 'x' }] } }, `"x", ${LACKS}, tools: look`],
    ['an agent', { type: 'agent_invoked', params: { agents: ['a2a__desk__ask'] } }, `"a2a__desk__ask", ${LACKS}`],
    ['a state', { type: 'state_is', params: { state: 'tow' } }, `names the state "tow", ${LACKS}, did you mean "two"?`],
    ['a state of a rule', { type: 'workflow_tool_access', params: { rules: [{ state: 'end' }] } }, 'the state "end"'],
    ['a skill', { type: 'skill_activated', params: { skill_names: ['greed'] } }, 'did you mean "greet"?'],
  ])('%s in a check', (_, assertion, expected) => {
    const told = said({ arena: { workflow, skills }, scenario: { conversation_assertions: [assertion] } });
    expect(told).toEqual([expect.stringContaining(expected)]);
  });

  test.each([
    ['a tool of the bundle', {}, 'look'],
    ['a tool of an MCP server', { mcp_servers: { files: { command: 'x' } } }, 'mcp__files__read'],
    ['an agent', { a2a_agents: [{ name: 'h', responses: [{ skill: 's' }] }] }, 'a2a__h__s'],
    ['a memory tool', { memory: { enabled: true } }, 'memory__recall'],
    ['a tool of the workflow', { workflow }, 'workflow__transition'],
    ['a tool of skills', { skills }, 'skill__activate'],
  ])('%s is known', (_, arena, tool) => {
    const conversation_assertions = [{ type: 'tool_called', params: { tools: [tool] } }];
    expect(said({ arena, scenario: { conversation_assertions } })).toEqual([]);
  });

  test.each([
    ['a fault', { chaos: { tool_failures: [{ tool: 'lok', mode: 'error' }] } }, 'chaos names the tool "lok"'],
    ['a fault of many', { chaos: { tool_failures: [{ tool: 'lo*', mode: 'error' }] } }, undefined],
    ['a consent', { consent_overrides: { lok: 'deny' } }, 'consent_overrides names the tool "lok"'],
    ['a value that stands nowhere', { perturbations: { day: ['a', 'b'] } }, 'no turn says {day}'],
    ['a value that stands there', { content: 'On {day}?', perturbations: { day: ['a', 'b'] } }, undefined],
  ])('%s of a turn', (_, turn, expected) => {
    const told = said({ scenario: { turns: [{ role: 'user', content: 'Hello', ...turn }] } });
    expect(told).toEqual(expected === undefined ? [] : [expect.stringContaining(expected)]);
  });
});

describe('tools that cannot work', () => {
  test.each([
    ['an input_schema', { input_schema: { type: 'objekt' } }, 'the input_schema cannot be used, so every call'],
    ['an output_schema', { output_schema: { minimum: 'one' } }, 'the output_schema cannot be used, so every call'],
    ['a mock_template', { mock_template: '{{.name' }, 'the mock_template cannot be used: {{ is never closed'],
  ])('%s', (_, tool, expected) => {
    expect(said({ tools: { look: { ...TOOL, ...tool } } })).toEqual([expect.stringContaining(expected)]);
  });
});

test.each([
  [{ min_score: 5 }, ['contains can never pass: min_score 5 is above 1, the highest score']],
  [{ min_score: 0.5, max_score: 0.2 }, ['contains can never pass: min_score 0.5 is above max_score 0.2']],
  [{ min_score: 1 }, []],
])('bounds that no score meets: %j', (bounds, expected) => {
  const params = { patterns: ['a'], ...bounds };
  expect(said({ scenario: { conversation_assertions: [{ type: 'contains', params }] } })).toEqual(expected);
});
