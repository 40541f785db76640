import { describe, expect, test } from '@jest/globals';
import { resultOf } from '../../activities/publish-run.js';
import { withMeasures } from '../../src/core/measures.js';
import { sampleRecord, sampleSummary } from '../helpers/sample-records.js';

const summary = sampleSummary([sampleRecord()], { passRate: 1, costUsd: 0.25 });

/** Which groups a summary tells of, as a reader finds out. */
function told({ passRate, costUsd, usage, latency, cells }: typeof summary): string[] {
  return [
    ...(latency.count > 0 ? ['latency'] : []),
    ...(usage.inputTokens === undefined ? [] : ['tokens']),
    ...(costUsd === undefined ? [] : ['cost']),
    ...(passRate === undefined ? [] : ['quality']),
    ...(cells.some((cell) => cell.latency.count > 0) ? ['cells: latency'] : []),
    ...(cells.some((cell) => cell.usage.inputTokens !== undefined) ? ['cells: tokens'] : []),
  ];
}

describe('the measures of a run', () => {
  const all = ['latency', 'tokens', 'cost', 'quality', 'cells: latency', 'cells: tokens'];

  // shows ArenaConfig.spec.evaluation.metrics
  test.each<[groups: string[] | undefined, expected: string[]]>([
    [undefined, all],
    [['latency', 'tokens', 'cost', 'quality'], all],
    [['latency'], ['latency', 'cells: latency']],
    [
      ['tokens', 'quality'],
      ['tokens', 'quality', 'cells: tokens'],
    ],
    [['cost'], ['cost']],
  ])('are those that were chosen: %j', (groups, expected) => {
    expect(told(withMeasures(summary, groups))).toEqual(expected);
  });

  test('leave counts and verdict as they are', () => {
    const { counts, phase, providers } = withMeasures(summary, ['cost']);
    expect([counts, phase]).toEqual([summary.counts, summary.phase]);
    expect(providers.map(({ key, passed }) => [key, passed])).toEqual(
      summary.providers.map(({ key, passed }) => [key, passed]),
    );
  });

  test('go with the result of the workflow', () => {
    expect(resultOf(withMeasures(summary, ['cost']), 'somewhere')).toMatchObject({ metrics: ['cost'], usage: {} });
    expect(resultOf(summary, 'somewhere').metrics).toBeUndefined();
  });
});
