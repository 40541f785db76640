/** The block `loadTest` of an ArenaJob in the terms of every run. Pure. */
import type { LoadTestBlock } from '../schema/cluster/load-test.js';
import type { LoadTestInput } from '../schema/load-test.js';

/** What is not written stays absent: defaults are those of the run. */
export function loadTestInput(block: LoadTestBlock): LoadTestInput {
  const { thinkTime, budgetLimit, budgetCurrency: _, budgetTokens, budgetOnLimit, ...same } = block;
  const hasBudget = budgetLimit !== undefined || budgetTokens !== undefined;
  return {
    ...same,
    ...(thinkTime === undefined ? {} : { thinkTime: { min: thinkTime.min, max: thinkTime.max ?? thinkTime.min } }),
    ...(hasBudget
      ? {
          budget: {
            ...(budgetLimit === undefined ? {} : { usd: Number(budgetLimit) }),
            ...(budgetTokens === undefined ? {} : { tokens: budgetTokens }),
            ...(budgetOnLimit === undefined ? {} : { onLimit: budgetOnLimit }),
          },
        }
      : {}),
  };
}
