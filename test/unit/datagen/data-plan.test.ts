import { describe, expect, test } from '@jest/globals';
import { formatFault } from '../../../src/bundle/fault.js';
import { planMatrix } from '../../../src/bundle/matrix.js';
import { dataGenSettings, matrixOfRecords, recordFileFaults } from '../../../src/data-plan.js';
import type { ReportOptions } from '../../../src/report/report-options.js';
import type { JobInput } from '../../../src/schema/job.js';
import { engineBundle } from '../../helpers/engine-bundle.js';

const bundle = engineBundle({});
const job = (dataGen?: JobInput['dataGen']): JobInput => ({ bundle: { path: '/b' }, type: 'datagen', dataGen });

describe('settings of a set of records', () => {
  test('are filled in', () => {
    expect(dataGenSettings(job())).toEqual({
      ...{ count: 100, format: 'jsonl', seed: 1, keep: 'all', record: {}, attempts: 3, partRecords: 100_000 },
      dedupe: { exact: false },
    });
  });

  test.each<[JobInput['dataGen'], object]>([
    [{ dedupe: {} }, { exact: true }],
    [{ dedupe: { near: 0.9 } }, { exact: true, near: 0.9 }],
    [{ dedupe: { exact: false, near: 0.9 } }, { exact: false, near: 0.9 }],
  ])('leave out duplicates where %j asks for it', (dataGen, dedupe) => {
    expect(dataGenSettings(job(dataGen))).toMatchObject({ dedupe });
  });

  test('belong to the generation of data alone', () => {
    expect(dataGenSettings({ ...job(), type: 'evaluation' })).toBeUndefined();
  });
});

describe('the plan of a set of records', () => {
  const planned = (dataGen: JobInput['dataGen'], retryOf?: string) =>
    matrixOfRecords(bundle, planMatrix(bundle), dataGenSettings(job(dataGen)), retryOf);

  test('has a conversation for each record, and a bound', () => {
    expect(planned({ count: 7, attempts: 4, seed: 3 })).toMatchObject({
      faults: [],
      dataGen: { items: 7, limit: 28, seed: 3 },
    });
  });

  test.each<[JobInput['dataGen'], string | undefined]>([
    [{ count: 10_000_000, attempts: 10 }, undefined],
    [
      { count: 10_000_000, attempts: 11 },
      'job dataGen.attempts allows 110000000 conversations for 10000000 records, more than 100000000, lower it, or make several sets with different seeds',
    ],
    [{ count: 2, split: { validation: 0.1 } }, undefined],
    [
      { count: 1, split: { validation: 0.1 } },
      'job dataGen.split has nothing to part in one record, raise dataGen.count or leave it out',
    ],
  ])('%j is refused for: %s', (dataGen, why) => {
    expect(planned(dataGen).faults.map(formatFault)).toEqual(why === undefined ? [] : [why]);
  });

  test('names everything that cannot take effect', () => {
    const dataGen = { weights: { tlak: 1 }, record: { template: { q: ['{{user}}', '{{nothing}} {{nothing}}'] } } };
    expect(planned(dataGen, 'earlier/1').faults.map(formatFault)).toEqual([
      expect.stringContaining('job dataGen.record.template.q.1 holds {{nothing}}, which means nothing'),
      expect.stringMatching(/dataGen\.weights names "tlak", which is not run.*did you mean "talk"\?/s),
      expect.stringContaining('retryOf cannot stand beside the generation of data'),
    ]);
  });
});

test.each<[string[], ReportOptions, string | undefined]>([
  [['html'], { html: { file: 'dataset.jsonl' } }, 'dataset.jsonl'],
  [['html'], { html: { file: 'dataset/report.html' } }, 'dataset/report.html'],
  [['html'], { html: { file: 'datasets.html' } }, undefined],
  [[], { html: { file: 'dataset.html' } }, undefined],
  [[], { recordings: { dir: 'dataset' } }, 'dataset'],
])('reports %j at %j lie over files of records: %s', (formats, reports, path) => {
  const faults = recordFileFaults(bundle, { formats: formats as never, reports }).map(({ message }) => message);
  expect(faults).toEqual(path === undefined ? [] : [`"${path}" lies where the files of records lie`]);
});
