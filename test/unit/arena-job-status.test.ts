import { describe, expect, test } from '@jest/globals';
import { bounded } from '../../k8s/controller/reconcile/arena-job-bounds.js';
import { detailsOf, shortenDetails } from '../../k8s/controller/reconcile/arena-job-details.js';
import { refusedStatus } from '../../k8s/controller/reconcile/arena-job-status.js';
import { markOf } from '../../k8s/controller/reconcile/arena-job-view.js';
import type { FailedItem } from '../../src/core/run.js';
import { type ArenaJobStatus, arenaJobStatusSchema } from '../../src/schema/cluster/arena-job-status.js';
import { at, ended, NOW, RUN, result, running, tally, told, view } from '../helpers/job-views.js';

const bytes = (value: unknown): number => Buffer.byteLength(JSON.stringify(value));
const failure = (id: string, message: string, reason = 'min_length'): FailedItem => ({
  ...{ id, index: 0, verdict: 'failed', reason, message },
});

describe('the figures of a job', () => {
  test('say while it runs how far it is and what it has taken so far', () => {
    expect(told(running()).status).toMatchObject({
      progress: { total: 10, completed: 2, failed: 1, pending: 7, text: '3/10' },
      cost: '$0.82',
      tokens: 1000,
      startTime: at(-10),
    });
  });

  test.each<[string, Parameters<typeof running>[0], object]>([
    ['the cost is unknown', { spent: { inputTokens: 5 } }, { tokens: 5 }],
    ['nobody counts tokens', { spent: { costUsd: 1 } }, { cost: '$1.00' }],
    ['nothing has ended', { spent: { costUsd: 0 } }, { cost: '$0' }],
    ['only quality is to be told', { metrics: ['quality'] }, {}],
    ['only tokens are to be told', { metrics: ['tokens'] }, { tokens: 1000 }],
    ['a worker of before answers', { spent: undefined }, {}],
  ])('leave out what is not known, or not wanted: %s', (_, of, expected) => {
    const { cost, tokens } = told(running(of)).status;
    expect({ ...(cost === undefined ? {} : { cost }), ...(tokens === undefined ? {} : { tokens }) }).toEqual(expected);
  });

  test('stay as they were while nobody answers', () => {
    const before = told(running()).status;
    const { progress, cost, tokens } = told({ ...running(null), before }).status;
    expect({ progress, cost, tokens }).toEqual({ progress: before.progress, cost: '$0.82', tokens: 1000 });
  });

  test('say at its end what it came to, under the names that dashboards know', () => {
    const { status } = told(ended({}));
    expect(status).toMatchObject({ cost: '$2.50', tokens: 100, completionTime: at(-1) });
    const { details, ...summary } = status.result?.summary ?? {};
    expect(summary).toEqual({
      ...{ passRate: '75.0', totalItems: '4', passedItems: '3', failedItems: '1', avgDurationMs: '1234' },
      ...{ totalTokens: '100', totalCost: '2.5000', latencyP50Ms: '100', latencyP95Ms: '200' },
      reason: 'AssertionsFailed',
    });
    const row = { avgDurationMs: 1234, totalTokens: 100, totalCost: '0.5000' };
    expect(JSON.parse(details ?? '')).toEqual({
      scenarios: [
        { name: 'refused', total: 2, passed: 1, failed: 1, passRate: '50.0', ...row },
        { name: 'hours', total: 2, passed: 2, failed: 0, passRate: '100.0', ...row },
      ],
      providers: [{ name: 'model', total: 4, passed: 3, failed: 1, passRate: '75.0', ...row }],
      assertions: [
        {
          name: 'min_length',
          total: 4,
          passed: 3,
          failed: 1,
          passRate: '75.0',
          failures: ['refused/model: too short'],
        },
      ],
      errors: [{ message: 'min_length: too short', count: 1, workItemIds: ['refused/model'] }],
    });
  });

  test('of the last run that ended stay while another runs', () => {
    const before = told(ended({})).status;
    const next = RUN.replace(/1$/, '2');
    const { status } = told({ ...running(), before: { ...before, run: next, runs: [{ id: next, phase: 'Running' }] } });
    expect(status.result).toEqual(before.result);
  });
});

describe('the details of a run', () => {
  test('hold the same failure once', () => {
    const failures = ['a', 'b', 'c', 'd'].map((id) => failure(id, 'no'));
    const { errors } = JSON.parse(detailsOf(result({ failures: [failure('x', 'other'), ...failures] }), 2000));
    expect(errors).toEqual([
      { message: 'min_length: no', count: 4, workItemIds: ['a', 'b', 'c'] },
      { message: 'min_length: other', count: 1, workItemIds: ['x'] },
    ]);
  });

  test('leave out rows for which there is no room, say how many, and keep the worst', () => {
    const scenarios = Array.from({ length: 30 }, (_, n) => tally(`s${n}`, { failed: n, errored: 0 }));
    const rows = { providers: 1, scenarios: 1000, checks: 1, failures: 1 };
    const text = detailsOf(result({ scenarios, rows }), 1500);
    expect(bytes(text)).toBeLessThanOrEqual(1500);
    const { scenarios: left, omitted } = JSON.parse(text);
    expect(left[0].name).toBe('s29');
    expect(omitted).toEqual({ scenarios: 1000 - left.length });
    const less = JSON.parse(shortenDetails(text, 800));
    expect(less.scenarios.length).toBeLessThan(left.length);
    expect(less.omitted.scenarios).toBe(1000 - less.scenarios.length);
  });

  test('that are none of ours are dropped when room is short', () => {
    for (const text of ['not json', '3', 'null', '{"scenarios":[]}']) expect(shortenDetails(text, 100)).toBe('{}');
  });
});

/** Costs the most bytes a letter: escaped twice. */
const NASTY = '\u0001"\\漢';

describe('a status', () => {
  const name = 'n'.repeat(253);
  const id = (part: string) => `${'s'.repeat(63)}/${name}/01234567/${part}`;
  const worst = (): ArenaJobStatus => {
    const rows = Array.from({ length: 50 }, (_, n) => tally(`${NASTY.repeat(40)}${n}`));
    const failures = Array.from({ length: 20 }, (_, n) =>
      failure(`${NASTY.repeat(100)}${n}`, `${n}${NASTY.repeat(125)}`),
    );
    const checks = rows.slice(0, 30).map(({ key }) => ({ type: key, passed: 1, failed: 2 }));
    const message = NASTY.repeat(2000);
    const runs = Array.from({ length: 40 }, (_, n) => ({
      ...{ id: id(n === 39 ? '77' : `s-2026-11-20T12:00:${n}Z`), phase: 'Failed' as const },
      ...{ startTime: at(-100 * n - 200), completionTime: at(-100 * n - 150), message },
    }));
    const of = { providers: rows, scenarios: rows.slice(0, 30), checks, failures, message };
    const known = ended({ ...of, run: id('78'), reportUrl: `s3://${'b'.repeat(255)}/${'p'.repeat(900)}/${id('78')}` });
    return told({
      ...known,
      before: {
        phase: 'Running',
        run: id('78'),
        runs: [{ id: id('78'), phase: 'Running', startTime: at(-10) }, ...runs],
      },
      runs: (known.runs ?? []).map((run) => ({ ...run, id: id('78') })),
      resolution: { refusals: Array.from({ length: 40 }, () => ({ reason: 'ProviderNotFound' as const, message })) },
      retry: markOf('r'.repeat(100_000)),
      spec: { ...view().spec, sourceRef: { name } },
    }).status;
  };

  test('has bounded room, whatever the job', () => {
    const status = worst();
    expect(bytes(status)).toBeLessThan(10_000);
    expect(arenaJobStatusSchema.safeParse(status).error).toBeUndefined();
    expect(status).toMatchObject({ phase: 'Failed', run: id('78'), progress: { total: 4 }, cost: '$2.50' });
    expect(status.conditions).toHaveLength(9);
    for (const { message } of status.conditions ?? []) expect(message === '' || message.endsWith('…')).toBe(true);
    const { omitted } = JSON.parse(status.result?.summary?.details ?? '');
    expect(omitted).toMatchObject({ scenarios: 30, providers: 50, assertions: 30 });
  });

  test('keeps in no room at all what the next number of a run is made from', () => {
    const runs = Array.from({ length: 30 }, (_, n) => ({
      id: id(n === 29 ? '78' : `s-${n}`),
      phase: 'Failed' as const,
    }));
    const kept = bounded({ runs, cost: 'x'.repeat(20_000) }).runs?.map((run) => run.id);
    expect(kept).toEqual([id('s-0'), id('78')]);
  });

  test('that has room is left as it is', () => {
    const { status } = told(ended({}));
    expect(bounded(status)).toBe(status);
  });

  test('of a job that cannot be read has bounded room too', () => {
    expect(bytes(refusedStatus({}, NASTY.repeat(5000), 1, NOW))).toBeLessThan(10_000);
  });

  test.each([
    ['nothing', undefined, undefined],
    ['a short value', 'once', 'once'],
    ['a long value', 'x'.repeat(65), expect.stringMatching(/^sha256:[0-9a-f]{64}$/)],
  ])('keeps of an annotation that asks for a retry no more than a mark: %s', (_, value, mark) => {
    expect(markOf(value)).toEqual(mark);
  });
});
