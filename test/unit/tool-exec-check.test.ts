import { describe, expect, test } from '@jest/globals';
import type { Bundle } from '../../src/bundle/bundle.js';
import type { JsonValue } from '../../src/core/conversation.js';
import type { ToolRunner } from '../../src/core/tool.js';
import { complaintsOf } from '../../src/engine/assertions/assertion.js';
import { prepareTool } from '../../src/engine/tools/prepared-tool.js';
import { engineBundle, hold } from '../helpers/engine-bundle.js';
import { judged, type Params, ScriptedJudge } from '../helpers/judges.js';

const SCHEMA = { type: 'object', properties: { n: { type: 'number' } }, required: ['n'] };

const bundleOf = (prompt: object = {}): Bundle =>
  engineBundle({ tools: { suite: { input_schema: SCHEMA, mock_result: 'unused' } }, prompt });

/** The check with a tool that runs so. */
function check(params: Params, run: ToolRunner['run']) {
  const bundle = bundleOf();
  const spec = bundle.tools.get('suite')?.spec;
  if (spec === undefined) throw new Error('no tool');
  const tools = new Map([['suite', prepareTool('suite', spec, { local: false, run })]]);
  return judged('tool_exec', { tool: 'suite', args: { n: 1 }, ...params }, new ScriptedJudge([]), {
    bundle,
    outside: { tools },
  });
}

describe('tool_exec', () => {
  test.each<[JsonValue, Params, boolean]>([
    ['12 passed', {}, true],
    ['12 passed', { success_pattern: '\\d+ passed' }, true],
    ['12 failed', { success_pattern: '\\d+ passed' }, false],
    ['12 passed, 1 failed', { success_pattern: 'passed', failure_pattern: '[1-9]\\d* failed' }, false],
    ['12 passed, 0 failed', { success_pattern: 'passed', failure_pattern: '[1-9]\\d* failed' }, true],
    [{ ok: true }, { success_pattern: '"ok": true' }, true],
    ['', { success_pattern: 'x' }, false],
  ])('with the output %j and %j: %s', async (value, params, passed) => {
    expect(await check(params, () => ({ value }))).toMatchObject({ passed, score: passed ? 1 : 0 });
  });

  test('fails when the tool does, with its words', async () => {
    const result = await check({}, () => Promise.reject(new Error('no disk')));
    expect(result).toMatchObject({ passed: false, explanation: 'the tool failed: no disk' });
  });

  test('fails when its arguments do not fit', async () => {
    const result = await check({ args: {} }, () => ({ value: 'never' }));
    expect(result).toMatchObject({
      passed: false,
      explanation: expect.stringContaining("must have required property 'n'"),
    });
  });

  test('ends a tool that takes too long', async () => {
    const result = await check(
      { timeout_seconds: 0.05 },
      (_, { signal }) =>
        new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(signal.reason))),
    );
    expect(result).toMatchObject({
      passed: false,
      explanation: 'the tool failed: the tool suite gave no answer within 0.05 s',
    });
  });

  test('runs tools that the prompt does not allow its model', async () => {
    const bundle = engineBundle({
      tools: { suite: { mock_result: '12 passed' } },
      prompt: { allowed_tools: [] },
      scenario: {
        conversation_assertions: [{ type: 'tool_exec', params: { tool: 'suite', success_pattern: '12 passed' } }],
      },
    });
    expect((await hold(bundle)).assertions).toMatchObject([{ passed: true }]);
  });

  test.each<[Params, string]>([
    [{}, '"tool" is missing'],
    [{ tool: 'other' }, 'there is no tool "other"'],
    [{ tool: 'suite', success_pattern: '(' }, 'pattern "(" cannot be used'],
    [{ tool: 'suite', failure_pattern: '(?=x)' }, 'pattern "(?=x)" cannot be used'],
    [{ tool: 'suite', timeout_seconds: 0 }, '"timeout_seconds" must lie between'],
    [{ tool: 'suite', args: 'n=1' }, '"args" must be a map'],
  ])('with %j cannot be used: %s', (params, why) => {
    expect(complaintsOf({ type: 'tool_exec', params }, { bundle: bundleOf() })[0]).toContain(why);
  });
});
