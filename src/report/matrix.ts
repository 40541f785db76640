import type { RunSummary, Tally } from '../core/run.js';

/** Scenarios × providers, bounded: what is left out is counted. */
export interface Matrix {
  providers: string[];
  rows: { scenario: string; cells: (Tally | undefined)[] }[];
  omittedProviders: number;
  omittedScenarios: number;
}

/** Conversations that did not pass, but for those that a pass_threshold allows for. */
export function notPassed({ failed, errored, tolerated = 0 }: Tally): number {
  return failed + errored - tolerated;
}

/** The first `max` in their order; when there are more, those with failures are preferred. */
function pick(tallies: readonly Tally[], max: number): string[] {
  if (tallies.length <= max) return tallies.map((one) => one.key);
  const failing = tallies.filter((one) => notPassed(one) > 0);
  const kept = new Set<string>();
  for (const { key } of [...failing, ...tallies]) if (kept.size < max) kept.add(key);
  return tallies.map((one) => one.key).filter((key) => kept.has(key));
}

export function matrixOf(summary: RunSummary, maxScenarios: number, maxProviders: number): Matrix {
  const cells = new Map(summary.cells.map((cell) => [cell.key, cell]));
  const providers = pick(summary.providers, maxProviders);
  const rows = pick(summary.scenarios, maxScenarios).map((scenario) => ({
    scenario,
    cells: providers.map((provider) => cells.get(`${scenario}/${provider}`)),
  }));
  return {
    providers,
    rows,
    omittedProviders: summary.providers.length - providers.length,
    omittedScenarios: summary.scenarios.length - rows.length,
  };
}
