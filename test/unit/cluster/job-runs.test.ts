import { describe, expect, test } from '@jest/globals';
import type { ArenaJobReference } from '../../../src/cluster/resolved-job.js';
import { RUN, reasons, resolved } from '../../helpers/cluster-objects.js';

describe('a firing of a schedule', () => {
  const FIRING = 'team/night/01234567/s-2026-01-02T02:00:00Z';
  const ran = (revision: string, phase = 'Succeeded') => ({
    ...{ phase, run: 'team/night/01234567/1', source: { name: 'prompts', revision } },
  });
  const firing = async (onlyIfChanged: boolean, status: object | undefined, run = FIRING) => {
    const job = { sourceRef: { name: 'prompts' }, schedule: { cron: '0 2 * * *', onlyIfChanged } };
    return reasons(await resolved({ job, run }, ({ ArenaJob }) => Object.assign(ArenaJob ?? {}, { status })));
  };

  // shows ArenaJob.spec.schedule.onlyIfChanged
  test.each<[string, boolean, object | undefined, string | undefined, string[]]>([
    ['runs again what it has run', false, ran('main@sha1:2'), undefined, []],
    ['that wants news ends where there are none', true, ran('main@sha1:2'), undefined, ['Unchanged']],
    ['that wants news runs a new revision', true, ran('main@sha1:1'), undefined, []],
    ['that wants news runs what was cancelled', true, ran('main@sha1:2', 'Cancelled'), undefined, []],
    ['that wants news runs what has never run', true, undefined, undefined, []],
    ['is not what a person asked for', true, ran('main@sha1:2'), RUN, []],
  ])('%s', async (_, onlyIfChanged, status, run, expected) => {
    expect(await firing(onlyIfChanged, status, run)).toEqual(expected);
  });
});

describe('the job that a run is of', () => {
  // shows JobInput.bundle.arenaJob.namespace, JobInput.bundle.arenaJob.name, JobInput.bundle.arenaJob.uid
  test.each<[string, Partial<ArenaJobReference>, string[]]>([
    ['is the one of that name', {}, []],
    ['is the one of that identity', { uid: '0123456789-ArenaJob-night' }, []],
    ['is no other one that came to its name', { uid: 'another' }, ['JobNotFound']],
    ['is none of another name', { name: 'day' }, ['JobNotFound']],
    ['is none of another namespace', { namespace: 'other' }, ['JobNotFound']],
  ])('%s', async (_, reference, expected) => {
    expect(reasons(await resolved({ job: { sourceRef: { name: 'prompts' } }, reference }))).toEqual(expected);
  });
});
