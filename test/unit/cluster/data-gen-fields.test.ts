import { describe, expect, test } from '@jest/globals';
import { stringify } from 'yaml';
import { checkManifest } from '../../../src/bundle/manifests/check-manifest.js';
import { readManifests } from '../../../src/bundle/manifests/read-manifests.js';
import {
  at,
  type ClusterEffect,
  jobOf,
  reasons,
  resolved,
  showsClusterEffect,
  type World,
} from '../../helpers/cluster-objects.js';
import { job } from '../../helpers/manifests.js';

const DATA: World = { job: { type: 'datagen' } };
const SCHEMA = { type: 'object', required: ['title'], properties: { title: { type: 'string' } } };
const TEMPLATE = { question: '{{first_user}}', tags: ['synthetic'], keep: true };

const field = (name: string) => at((one) => Reflect.get(Object(one.input.dataGen), name));

describe('fields of the data that an ArenaJob makes', () => {
  test.each<ClusterEffect>([
    ['ArenaJob.spec.dataGen.count', [500, 7], field('count'), [500, 7], DATA],
    ['ArenaJob.spec.dataGen.format', ['csv', 'json'], field('format'), ['csv', 'json'], DATA],
    [
      'ArenaJob.spec.dataGen.weights',
      [{ refund: 3 }, { refund: 1 }],
      field('weights'),
      [{ refund: 3 }, { refund: 1 }],
      DATA,
    ],
    ['ArenaJob.spec.dataGen.seed', [-7, 8], field('seed'), [-7, 8], DATA],
    [
      'ArenaJob.spec.dataGen.record.schema',
      [SCHEMA, { type: 'array' }],
      field('record'),
      [{ schema: SCHEMA }, { schema: { type: 'array' } }],
      DATA,
    ],
    [
      'ArenaJob.spec.dataGen.record.template',
      [TEMPLATE, '{{last_assistant}}'],
      field('record'),
      [{ template: TEMPLATE }, { template: '{{last_assistant}}' }],
      DATA,
    ],
    ['ArenaJob.spec.dataGen.keep', ['passed', 'all'], field('keep'), ['passed', 'all'], DATA],
    ['ArenaJob.spec.dataGen.attempts', [5, 1], field('attempts'), [5, 1], DATA],
    ['ArenaJob.spec.dataGen.dedupe.exact', [true, false], field('dedupe'), [{ exact: true }, { exact: false }], DATA],
    ['ArenaJob.spec.dataGen.dedupe.near', ['0.9', '1'], field('dedupe'), [{ near: 0.9 }, { near: 1 }], DATA],
    [
      'ArenaJob.spec.dataGen.split.validation',
      ['0.1', '.25'],
      field('split'),
      [{ validation: 0.1 }, { validation: 0.25 }],
      DATA,
    ],
    ['ArenaJob.spec.dataGen.partRecords', [400, 1], field('partRecords'), [400, 1], DATA],
  ])('%s does what it says', async (...effect) => showsClusterEffect(effect));

  test('a job of this type needs no block', async () => {
    const { input } = jobOf(await resolved(DATA));
    expect(input.type).toBe('datagen');
    expect(input.dataGen).toBeUndefined();
  });

  test('trials are refused before anything starts: the count says how much is made', async () => {
    expect(reasons(await resolved({ job: { type: 'datagen', trials: 3 } }))).toEqual(['InvalidSpec']);
  });
});

describe('the rules of the data of a job', () => {
  const faultsOf = (dataGen: object): string[] => {
    const written = job('data', { type: 'datagen', dataGen }, { namespace: 'arena' });
    const { objects } = readManifests('job.yaml', Buffer.from(stringify(written)));
    return objects.flatMap((each) => checkManifest(each).faults.map(({ message }) => message));
  };

  test.each<[string, object, string[]]>([
    ['all of it', { count: 10, format: 'csv', dedupe: { near: '0.85' }, split: { validation: '0.05' } }, []],
    ['a schema and a template', { record: { schema: SCHEMA, template: TEMPLATE } }, []],
    ['no records', { count: 0 }, ['must be at least 1']],
    ['another form', { format: 'parquet' }, ['"parquet" is not one of']],
    ['a share as a number', { split: { validation: 0.1 } }, ['split.validation']],
    ['all for validation', { split: { validation: '1' } }, ['must be a decimal number between 0 and 1']],
    ['nothing for validation', { split: { validation: '0.0' } }, ['must be a decimal number between 0 and 1']],
    ['more than the same', { dedupe: { near: '1.1' } }, ['must be a decimal number above 0 and not above 1']],
    ['a part of no record', { partRecords: 0 }, ['must be at least 1']],
    ['a schema that is a list', { record: { schema: [] } }, ['record.schema']],
    ['a weight of nothing', { weights: { refund: 0 } }, ['must be at least 1']],
    ['an unknown setting', { dedup: {} }, ['unknown key "dedup" in spec.dataGen']],
  ])('%s: found at once', (_, dataGen, expected) => {
    expect(faultsOf(dataGen)).toEqual(expected.map((part) => expect.stringContaining(part)));
  });
});
