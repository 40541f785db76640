import { describe, expect, test } from '@jest/globals';
import { situations } from '../helpers/job-situations.js';
import { at, ended, NOW, resolved, running, told } from '../helpers/job-views.js';

const ALL = [
  'Ready',
  'ConfigValid',
  'JobCreated',
  'Progressing',
  'Complete',
  'Failed',
  'Cancelled',
  'Finished',
  'Stalled',
];

describe('the conditions of a job that', () => {
  test.each(situations)('%s', (_, changes, { phase, reason, message, yes, unknown = [] }) => {
    const { status } = told(changes);
    expect(status.phase).toBe(phase);
    const wanted = (type: string) => (yes.includes(type) ? 'True' : unknown.includes(type) ? 'Unknown' : 'False');
    const conditions = status.conditions ?? [];
    expect(conditions.map(({ type, status: is }) => `${type} ${is}`)).toEqual(
      ALL.map((type) => `${type} ${wanted(type)}`),
    );
    for (const condition of conditions) {
      expect(condition).toMatchObject({ observedGeneration: 3, lastTransitionTime: at(0) });
      expect(condition.reason).toMatch(/^[A-Z][A-Za-z]+$/);
    }
    const ready = conditions.find(({ type }) => type === 'Ready');
    expect(ready?.reason).toBe(reason);
    expect(ready?.message).toEqual(typeof message === 'string' ? message : expect.stringMatching(message));
  });

  test.each(situations)('%s keep their times, and bring no Event, when it is looked at once more', (_, changes) => {
    const first = told(changes);
    const isOver = ['Succeeded', 'Failed', 'Cancelled'].includes(first.status.phase ?? '');
    // What has ended is not asked about again.
    const again = {
      ...changes,
      ...(isOver ? { runs: [] } : {}),
      before: first.status,
      now: NOW + 5_000,
      generation: 4,
    };
    const second = told(
      first.decision.start === undefined ? again : { ...again, ...running(null), before: first.status },
    );
    const times = ({ status }: typeof first) =>
      status.conditions?.map((one) => [one.type, one.status, one.lastTransitionTime]);
    expect(times(second)).toEqual(times(first));
    if (second.decision.start === undefined && second.status.phase === first.status.phase)
      expect(second.events).toEqual([]);
  });

  test('goes on tell what it was found to be when it began, with the warnings', () => {
    const before = told({ resolution: resolved(['no such block']) }).status;
    const messageOf = ({ conditions }: typeof before) =>
      conditions?.find(({ type }) => type === 'ConfigValid')?.message;
    expect(messageOf(before)).toBe('ArenaSource prompts at main@sha1:1; no such block');
    for (const later of [running(), ended({})])
      expect(messageOf(told({ ...later, before }).status)).toBe(messageOf(before));
  });

  test('change have the time of the change, and no other', () => {
    const { status } = told(running());
    const { conditions } = told(ended({}, { before: status, now: NOW + 5000 })).status;
    const moved = conditions?.filter(({ lastTransitionTime }) => lastTransitionTime === at(5)).map(({ type }) => type);
    expect(moved).toEqual(['Progressing', 'Failed', 'Finished', 'Stalled']);
  });
});
