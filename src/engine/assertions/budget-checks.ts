/** Checks of what a conversation cost and how long it took. */
import { type CheckFactory, number, optionalNumber, ParameterFault, verdict } from './check.js';

/** Cost and tokens of all calls so far. Score over a limit: limit / used, the worst one counts. */
export const costBudget: CheckFactory = (params) => {
  const limits = {
    costUsd: optionalNumber(params, 'max_cost_usd'),
    input: optionalNumber(params, 'max_input_tokens'),
    output: optionalNumber(params, 'max_output_tokens'),
    total: optionalNumber(params, 'max_total_tokens'),
  };
  if (Object.values(limits).every((limit) => limit === undefined)) {
    throw new ParameterFault(
      'one of "max_cost_usd", "max_input_tokens", "max_output_tokens", "max_total_tokens" is needed',
    );
  }
  return ({ usage, costUsd }) => {
    const input = usage.inputTokens ?? 0;
    const output = usage.outputTokens ?? 0;
    const score = Math.min(
      within(costUsd ?? 0, limits.costUsd),
      within(input, limits.input),
      within(output, limits.output),
      within(input + output, limits.total),
    );
    const cost = costUsd === undefined ? 'unknown cost' : `$${costUsd.toFixed(4)}`;
    return { score, explanation: `${cost}, ${input} input and ${output} output tokens` };
  };
};

function within(used: number, limit: number | undefined): number {
  return limit === undefined || used <= limit ? 1 : Math.max(0, limit) / used;
}

/** Time of the newest answer's call, waiting excluded. Score: limit / time, at most 1. */
export const latencyBudget: CheckFactory = (params) => {
  const max = number(params, 'max_ms');
  return (view) => {
    const latency = view.lastMessage?.latencyMs ?? 0;
    return {
      score: latency <= max ? 1 : Math.max(0, max) / latency,
      explanation: `${latency.toFixed(0)} ms, at most ${max} ms`,
    };
  };
};

/** Number of user messages: exactly `count`, or `min` to `max`. */
export const turnCount: CheckFactory = (params) => {
  const exact = optionalNumber(params, 'count', 'expected');
  const min = optionalNumber(params, 'min') ?? exact ?? 0;
  const max = optionalNumber(params, 'max') ?? exact ?? Infinity;
  return (view) => {
    const count = view.messages.filter(({ role }) => role === 'user').length;
    return verdict(
      count >= min && count <= max,
      `${count} turns, ${min} to ${max === Infinity ? 'any number' : max} expected`,
    );
  };
};
