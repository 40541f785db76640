import { describe, expect, test } from '@jest/globals';
import { ScenarioMix } from '../../../src/core/load/scenario-mix.js';

const counts = (weights: number[], conversations: number): number[] => {
  const mix = new ScenarioMix(weights);
  const seen = weights.map(() => 0);
  for (let number = 0; number < conversations; number += 1) {
    const cell = mix.at(number);
    seen[cell] = (seen[cell] ?? 0) + 1;
  }
  return seen;
};

describe('the mix of scenarios', () => {
  test.each([[[1]], [[1, 1]], [[3, 1]], [[0.7, 0.2, 0.1]], [[1, 99]], [[5, 5, 5, 5, 5, 5, 5]]])(
    'keeps to the weights %j at any length',
    (weights) => {
      const total = weights.reduce((sum, weight) => sum + weight, 0);
      for (const length of [10, 100, 1_000, 20_000]) {
        for (const [cell, count] of counts(weights, length).entries()) {
          expect(Math.abs(count - (length * (weights[cell] ?? 0)) / total)).toBeLessThan(4);
        }
      }
    },
  );

  test('never leaves a cell out for long', () => {
    const mix = new ScenarioMix([9, 1]);
    let last = -1;
    for (let number = 0; number < 5_000; number += 1) {
      if (mix.at(number) !== 1) continue;
      expect(number - last).toBeLessThan(25);
      last = number;
    }
  });
});
