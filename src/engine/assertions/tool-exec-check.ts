/** A tool of the bundle as the judge: a test suite, a linter, a look into a database. */
import { ArenaError } from '../../core/errors.js';
import { shorten } from '../../core/shorten.js';
import type { ToolPorts } from '../tools/prepared-tool.js';
import {
  type CheckFactory,
  type CheckOutside,
  fail,
  optionalNumber,
  optionalObject,
  optionalText,
  ParameterFault,
  pass,
  pattern,
  text,
} from './check.js';

const TIMEOUT_SECONDS = 120;
/** Longest time that a timer takes. */
const MAX_TIMEOUT_SECONDS = 2_147_483;
const MAX_SHOWN = 300;

/**
 * Passes when the tool answers without an error, its output holds no match of `failure_pattern`, and one of
 * `success_pattern` where that is given.
 */
export const toolExec: CheckFactory = (params, { bundle }) => {
  const name = text(params, 'tool');
  const args = optionalObject(params, 'args') ?? {};
  const success = optionalText(params, 'success_pattern');
  const failure = optionalText(params, 'failure_pattern');
  const succeeds = success === undefined ? undefined : pattern(success);
  const failsAt = failure === undefined ? undefined : pattern(failure);
  const seconds = optionalNumber(params, 'timeout_seconds') ?? TIMEOUT_SECONDS;
  if (!(seconds > 0 && seconds <= MAX_TIMEOUT_SECONDS)) {
    throw new ParameterFault(`parameter "timeout_seconds" must lie between 0 and ${MAX_TIMEOUT_SECONDS}`);
  }
  if (!bundle.tools.has(name) && !name.startsWith('mcp__')) throw new ParameterFault(`there is no tool "${name}"`);
  return async (_view, outside) => {
    const tool = outside.tools.get(name);
    if (tool === undefined) return fail(`there is no tool "${name}"`);
    const { text: output, error } = await tool.call(args, limited(outside, name, seconds * 1000));
    const shown = shorten(output, MAX_SHOWN);
    if (error !== undefined) return fail(`the tool failed: ${shorten(error, MAX_SHOWN)}`);
    if (failsAt?.test(output)) return fail(`the output matches failure_pattern: ${shown}`);
    if (succeeds !== undefined && !succeeds.test(output)) {
      return fail(`the output does not match success_pattern: ${shown}`);
    }
    return pass(`the tool answered: ${shown}`);
  };
};

/** The time limit is part of the work outside: it ends the tool's own call, whose answer is recorded as any other. */
function limited(outside: CheckOutside, name: string, timeoutMs: number): ToolPorts {
  return {
    signal: outside.signal,
    scenario: outside.scenario,
    complete: (provider, request) => outside.complete(provider, request),
    perform: (what, input, action) =>
      outside.perform(what, input, async ({ signal, idempotencyKey }) => {
        const timeout = AbortSignal.timeout(timeoutMs);
        try {
          return await action({ signal: AbortSignal.any([signal, timeout]), idempotencyKey });
        } catch (error) {
          if (signal.aborted || !timeout.aborted) throw error;
          const message = `the tool ${name} gave no answer within ${timeoutMs / 1000} s`;
          throw new ArenaError({ code: 'tool_failed', message }, { cause: error });
        }
      }),
  };
}
