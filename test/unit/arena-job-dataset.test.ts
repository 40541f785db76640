import { describe, expect, test } from '@jest/globals';
import { datasetProgress } from '../../k8s/controller/reconcile/arena-job-dataset.js';
import type { DatasetFigures } from '../../src/core/datagen/dataset-summary.js';
import { ended, running, told } from '../helpers/job-views.js';

const LEFT = { errored: 0, failedChecks: 0, invalid: 0, exactDuplicates: 0, nearDuplicates: 0, surplus: 0 };
const figures = (changes: Partial<DatasetFigures> = {}): DatasetFigures => ({
  ...{ count: 100, records: 0, rounds: 0, left: LEFT },
  ...changes,
});
const counts = (passed: number, failed = 0, total = 100) => ({ total, passed, failed, errored: 0, reused: 0 });

describe('a job that makes data', () => {
  test.each<[string, DatasetFigures, ReturnType<typeof counts>, boolean, object]>([
    ['nothing yet', figures(), counts(0), false, { completed: 0, failed: 0, pending: 100, text: '0/100' }],
    ['the first round', figures(), counts(40, 10), false, { completed: 0, failed: 0, pending: 100, text: '~40/100' }],
    [
      'a further round, half of whose conversations will do',
      figures({ records: 50, rounds: 1, left: { ...LEFT, invalid: 50 } }),
      counts(120, 0, 200),
      false,
      { completed: 50, failed: 0, pending: 50, text: '~60/100' },
    ],
    [
      'more than will be needed',
      figures({ records: 90, rounds: 1, left: { ...LEFT, invalid: 10 } }),
      counts(180, 0, 200),
      false,
      { completed: 90, failed: 0, pending: 10, text: '~100/100' },
    ],
    [
      'the end',
      figures({ records: 100, rounds: 2, left: { ...LEFT, invalid: 50, surplus: 4 } }),
      counts(154, 0, 154),
      true,
      { completed: 100, failed: 0, pending: 0, text: '100/100' },
    ],
    [
      'the end of too few',
      figures({ records: 60, rounds: 3, left: { ...LEFT, failedChecks: 240 } }),
      counts(60, 240, 300),
      true,
      { completed: 60, failed: 40, pending: 0, text: '60/100' },
    ],
  ])('counts records: %s', (_, dataset, all, isOver, expected) => {
    expect(datasetProgress({ dataset, counts: all }, isOver)).toEqual({ total: 100, ...expected });
  });

  test('says while it runs what it has and what it lost', () => {
    const dataset = figures({ records: 50, rounds: 1, left: { ...LEFT, invalid: 7, nearDuplicates: 2, surplus: 1 } });
    const { status } = told(running({ dataset, counts: counts(90, 0, 120) }));
    expect(status.conditions?.find(({ type }) => type === 'Progressing')).toMatchObject({
      status: 'True',
      message: '50 of 100 records after 1 round, 7 invalid, 2 near duplicates; 90 of 120 conversations',
    });
    expect(status.progress).toMatchObject({ total: 100, completed: 50, pending: 50 });
  });

  test('ends complete, with its measures beside those of every run', () => {
    const dataset = figures({ records: 100, rounds: 2, left: { ...LEFT, invalid: 3, exactDuplicates: 1 } });
    const end = { phase: 'Succeeded', reason: 'RecordsComplete', exitCode: 0, message: 'all 100 records' } as const;
    const { status } = told(ended({ ...end, dataset }));
    expect(status.progress?.text).toBe('100/100');
    expect(status.result?.summary).toMatchObject({
      ...{ records: '100', recordsWanted: '100', rounds: '2', invalidRecords: '3', exactDuplicates: '1' },
      ...{ erroredItems: '0', failedChecks: '0', nearDuplicates: '0', surplusRecords: '0', totalCost: '2.5000' },
      reason: 'RecordsComplete',
    });
    const complete = status.conditions?.find(({ type }) => type === 'Complete');
    expect(complete).toMatchObject({ status: 'True', reason: 'RecordsComplete', message: 'all 100 records' });
  });

  test('fails with the reason where records are missing', () => {
    const dataset = figures({ records: 60, rounds: 3, left: { ...LEFT, failedChecks: 240 } });
    const message = '60 of 100 records: 240 of 240 conversations that gave none failed their checks; see the report';
    const { status, events } = told(
      ended({ phase: 'Failed', reason: 'RecordsMissing', exitCode: 5, message, dataset }),
    );
    expect(status).toMatchObject({ phase: 'Failed', progress: { completed: 60, failed: 40, pending: 0 } });
    const failed = status.conditions?.find(({ type }) => type === 'Failed');
    expect(failed).toMatchObject({ status: 'True', reason: 'RecordsMissing', message });
    expect(events).toContainEqual({ type: 'Warning', reason: 'JobFailed', message });
  });
});
