import { describe, expect, test } from '@jest/globals';
import type { AssertionResult, ConversationRecord, Verdict } from '../../src/core/conversation.js';
import { type Plan, PlanIndex } from '../../src/core/plan.js';
import { type TrialPart, Trials, trialPartOf, type VariantList } from '../../src/core/trials.js';
import { sampleAssertion, sampleRecord } from '../helpers/sample-records.js';

const ONE: VariantList = { count: 1, at: () => ({}) };

function planOf(trials: number, providers = ['p'], regions = ['default']): Plan {
  return { schemaVersion: 1, bundle: '', cells: [{ scenario: 's', providers, trials }], regions };
}

/** Judges a plan of which each item came out as its part says. */
function judge(plan: Plan, parts: readonly (TrialPart | undefined)[], variants = ONE) {
  const index = new PlanIndex(plan);
  const trials = new Trials(plan.cells, plan.regions.length, () => variants);
  for (const [item, part] of parts.entries()) if (part !== undefined) trials.add(index.at(item), part);
  const tolerated = trials.tolerated().map(({ id }) => id);
  return { tolerated, summary: trials.summary() };
}

const check = (passed: boolean, threshold = 0.6, source = 's.yaml:1:1') => ({
  type: 'contains',
  source,
  threshold,
  passed,
});
const passes = (...checks: TrialPart['checks'] & object): TrialPart => ({ verdict: 'passed', checks });
const fails = (...checks: TrialPart['checks'] & object): TrialPart => ({ verdict: 'failed', checks, soft: true });

describe('a pass_threshold', () => {
  const good = passes(check(true));
  const bad = fails(check(false));

  test.each<[string, TrialPart[], string[]]>([
    ['allows for the failures when its check passes more often', [good, good, good, bad], ['s/p/t4']],
    ['allows for them when it passes exactly so often', [good, good, good, bad, bad], ['s/p/t4', 's/p/t5']],
    ['allows for none when it passes less often', [good, bad, bad], []],
    ['allows for none when every trial fails', [bad, bad], []],
  ])('%s', (_, parts, ids) => {
    expect(judge(planOf(parts.length), parts).tolerated).toEqual(ids);
  });

  test.each([
    [0.7, 7, 10, true],
    [0.7, 6, 10, false],
    [0.66, 2, 3, true],
    [0.67, 2, 3, false],
    [1, 9, 10, false],
    [0, 0, 10, true],
    [0.1, 3, 30, true],
  ])('of %d with %d of %d: holds is %s', (threshold, passed, all, holds) => {
    const parts = Array.from({ length: all }, (_, trial) =>
      trial < passed ? passes(check(true, threshold)) : fails(check(false, threshold)),
    );
    const { summary, tolerated } = judge(planOf(all), parts);
    expect(summary?.table[0]?.checks).toEqual([
      { type: 'contains', source: 's.yaml:1:1', threshold, passed, judged: all, holds },
    ]);
    expect(tolerated).toHaveLength(holds ? all - passed : 0);
  });

  test.each([
    [0, ['s/p']],
    [0.01, []],
    [1, []],
  ])('of %d over a lone trial that fails allows for %j', (threshold, ids) => {
    expect(judge(planOf(1), [fails(check(false, threshold))]).tolerated).toEqual(ids);
  });

  test('does not allow for a check that has none', () => {
    const hard: TrialPart = { verdict: 'failed', checks: [check(true)] };
    const { tolerated, summary } = judge(planOf(3), [good, good, hard]);
    expect(tolerated).toEqual([]);
    expect(summary?.groups).toEqual({ total: 1, passed: 0, failed: 1, errored: 0, flaky: 1 });
  });

  test('is asked for every check that failed', () => {
    const other = 's.yaml:9:9';
    const both = (first: boolean, second: boolean) => [check(first), check(second, 0.9, other)] as const;
    const parts = [passes(...both(true, true)), passes(...both(true, true)), fails(...both(false, false))];
    expect(judge(planOf(3), parts).tolerated).toEqual([]);
  });

  test('counts only the trials that came to the check', () => {
    const early: TrialPart = { verdict: 'errored' };
    const { summary, tolerated } = judge(planOf(4), [good, good, early, bad]);
    expect(summary?.table[0]).toMatchObject({ verdict: 'errored', passed: 2, failed: 1, errored: 1, tolerated: 1 });
    expect(summary?.table[0]?.checks?.[0]).toMatchObject({ passed: 2, judged: 3, holds: true });
    expect(tolerated).toEqual(['s/p/t4']);
  });

  test('is a matter of one provider, one region and one variant', () => {
    const plan = planOf(2, ['p', 'q'], ['eu', 'us']);
    // eu/p, eu/q, us/p, us/q; then the second trial of each.
    const parts = [good, bad, good, good, good, bad, bad, good];
    const { summary } = judge(plan, parts);
    expect(Object.fromEntries(summary?.table.map(({ key, passRate }) => [key, passRate]) ?? [])).toEqual({
      's/p/eu': 1,
      's/p/us': 0.5,
      's/q/eu': 0,
      's/q/us': 1,
    });
  });
});

test('an eval is judged by recording, whatever the regions', () => {
  const cells = [{ scenario: 'e', providers: ['eval'], trials: 2, recordings: ['one', 'two'] }];
  const plan: Plan = { schemaVersion: 1, bundle: '', cells, regions: ['eu', 'us'] };
  const [good, bad] = [passes(check(true, 0.5)), fails(check(false, 0.5))];
  const { summary, tolerated } = judge(plan, [good, good, bad, good]);
  expect(summary?.table.map(({ key, flaky }) => [key, flaky])).toEqual([
    ['e/eval/one', true],
    ['e/eval/two', undefined],
  ]);
  expect(tolerated).toEqual(['e/eval/one/t2']);
});

describe('the table of trials', () => {
  const passed: TrialPart = { verdict: 'passed' };
  const failed: TrialPart = { verdict: 'failed' };

  test('is absent when nothing is repeated', () => {
    expect(judge(planOf(1), [passed]).summary).toBeUndefined();
    expect(judge(planOf(1), [passes(check(true))]).summary).toBeUndefined();
  });

  test.each<[Verdict[], Verdict, boolean]>([
    [['passed', 'passed'], 'passed', false],
    [['passed', 'failed'], 'failed', true],
    [['failed', 'failed'], 'failed', false],
    [['passed', 'errored'], 'errored', false],
    [['failed', 'errored'], 'failed', false],
  ])('of %j says %s, flaky: %s', (verdicts, verdict, flaky) => {
    const { summary } = judge(
      planOf(verdicts.length),
      verdicts.map((each) => ({ verdict: each })),
    );
    expect(summary?.table[0]).toMatchObject({ verdict, trials: verdicts.length });
    expect(summary?.table[0]?.flaky ?? false).toBe(flaky);
  });

  test('begins with what failed and goes on with what is flaky', () => {
    const plan: Plan = {
      schemaVersion: 1,
      bundle: '',
      regions: ['default'],
      cells: ['even', 'flaky', 'failing'].map((scenario) => ({ scenario, providers: ['p'], trials: 2 })),
    };
    const soft = fails(check(false, 0.5));
    const parts = [passed, passes(check(true, 0.5)), failed, passed, soft, failed];
    const { summary } = judge(plan, parts);
    expect(summary?.table.map(({ key }) => key)).toEqual(['failing/p', 'flaky/p', 'even/p']);
  });

  test('of a run that was cut short holds what has ended', () => {
    const { summary } = judge(planOf(3), [passed, undefined, undefined]);
    expect(summary?.table[0]).toMatchObject({ trials: 3, passed: 1, passRate: 1 });
  });
});

describe('the sensitivity to perturbations', () => {
  const tones = ['calm', 'angry'];
  const orders = [1, 2];
  const variants: VariantList = {
    count: 4,
    at: (index) => ({ tone: tones[index >> 1] ?? '', order: orders[index & 1] ?? 0 }),
  };
  const passed: TrialPart = { verdict: 'passed' };
  const failed: TrialPart = { verdict: 'failed' };

  test('compares the pass rates of the variants, and of each value', () => {
    // Two trials of four variants: calm passes always, angry once in four.
    const parts = [passed, passed, failed, failed, passed, passed, passed, failed];
    const { summary } = judge(planOf(8), parts, variants);
    expect(summary?.sensitivity).toEqual([
      {
        ...{ key: 's/p', scenario: 's', provider: 'p', variants: 4, lowest: 0, highest: 1, spread: 1 },
        values: [
          { key: 'tone', value: 'calm', passed: 4, ended: 4, passRate: 1 },
          { key: 'order', value: 1, passed: 3, ended: 4, passRate: 0.75 },
          { key: 'order', value: 2, passed: 2, ended: 4, passRate: 0.5 },
          { key: 'tone', value: 'angry', passed: 1, ended: 4, passRate: 0.25 },
        ],
      },
    ]);
    expect(summary?.table.find(({ key }) => key === 's/p/v3')).toMatchObject({
      perturbation: { tone: 'angry', order: 1 },
      ...{ trials: 2, passed: 1, failed: 1, flaky: true },
    });
  });

  test('is told for variants of one trial each, which are no group of trials', () => {
    const { summary } = judge(planOf(4), [passed, passed, failed, failed], variants);
    expect(summary).toMatchObject({ groups: { total: 0 }, table: [], sensitivity: [{ spread: 1 }] });
  });
});

describe('what a record tells about its trials', () => {
  const result = (over: Partial<AssertionResult>) => sampleAssertion({ passThreshold: 0.5, ...over });
  const part = (verdict: Verdict, ...assertions: AssertionResult[]): ReturnType<typeof trialPartOf> =>
    trialPartOf(sampleRecord({ verdict, assertions } satisfies Partial<ConversationRecord>));

  test('is nothing without a threshold', () => {
    expect(part('failed', sampleAssertion({ passed: false }))).toEqual({});
  });

  test('is soft when nothing else failed', () => {
    expect(part('failed', result({ passed: false }), sampleAssertion({ source: 'b:2' })).soft).toBe(true);
    expect(part('failed', result({ passed: false }), sampleAssertion({ source: 'b:2', passed: false })).soft).toBe(
      undefined,
    );
    expect(part('errored', result({ passed: false })).soft).toBeUndefined();
  });

  test('is one answer for a check that was asked several times', () => {
    const several = part('failed', result({}), result({ passed: false, messageIndex: 4 }), result({ messageIndex: 6 }));
    expect(several.checks).toEqual([
      { type: 'content_includes', source: 'scenarios/orders.yaml:14', threshold: 0.5, passed: false },
    ]);
  });

  test('leaves out a check whose condition was not met', () => {
    expect(part('passed', result({ skipped: true }))).toEqual({});
  });
});
