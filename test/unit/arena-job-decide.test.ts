import { describe, expect, test } from '@jest/globals';
import { decide } from '../../k8s/controller/reconcile/arena-job-decide.js';
import { type JobRun, keptRuns, runsOf } from '../../k8s/controller/reconcile/arena-job-runs.js';
import type { JobView } from '../../k8s/controller/reconcile/arena-job-view.js';
import type { ResolvedJob } from '../../src/cluster/resolved-job.js';
import type { Progress } from '../../src/core/run.js';

const NOW = Date.parse('2026-11-20T12:00:00Z');
const ago = (seconds: number): string => new Date(NOW - seconds * 1000).toISOString();
const RUN = 'shop/nightly/01234567';

const job = (digest = 'd1'): { job: ResolvedJob } => ({
  job: {
    input: { bundle: { artifact: 'a'.repeat(64) } },
    source: { namespace: 'shop', name: 'prompts', revision: 'main@sha1:1', digest },
    warnings: [],
  },
});

const refused = (reason: 'ProviderNotFound' | 'SourceNotReady' | 'InvalidProvider') => ({
  refusals: [{ reason, message: `because of ${reason}` }],
});

const progress = (changes: Partial<Progress> = {}): Progress => ({
  ...{
    run: `${RUN}/1`,
    phase: 'Running',
    stage: 'running',
    waitingForRetry: 0,
    held: [],
    providers: [],
    startedAt: NOW,
  },
  counts: { total: 10, passed: 2, failed: 1, errored: 0, reused: 0 },
  shards: { done: 0, inFlight: 1, toDo: 1 },
  ...changes,
});

function view(changes: Partial<JobView>): JobView {
  return {
    job: { namespace: 'shop', name: 'nightly', uid: '0123456789' },
    ...{ generation: 1, createdAt: NOW - 60_000, now: NOW, retry: undefined, before: {}, runs: [] },
    spec: { sourceRef: { name: 'prompts' }, type: 'evaluation' },
    ...changes,
  };
}

const spec = (changes: object): JobView['spec'] => ({ ...view({}).spec, ...changes });
const ended = (phase: 'Succeeded' | 'Failed' | 'Cancelled', failed = 0): JobView['before'] => ({
  ...{ phase, run: `${RUN}/1`, observedGeneration: 1, lastHandledTrigger: 'd1' },
  progress: { total: 10, completed: 10 - failed, failed, pending: 0 },
  runs: [{ id: `${RUN}/1`, phase, startTime: ago(100), completionTime: ago(50) }],
});
const running = (changes: Partial<Progress> = {}): Partial<JobView> => ({
  before: { phase: 'Running', run: `${RUN}/1`, runs: [{ id: `${RUN}/1`, phase: 'Running', startTime: ago(10) }] },
  runs: [{ id: `${RUN}/1`, state: { open: true, startedAt: NOW - 10_000 }, progress: progress(changes) }],
});
const suspendedBefore = (changes: Partial<Progress>): Partial<JobView> => {
  const { before, runs } = running(changes);
  const reason = { reason: 'Suspended', message: '', lastTransitionTime: ago(5) };
  return { runs, before: { ...before, conditions: [{ type: 'Progressing', status: 'False', ...reason }] } };
};

const decided = (changes: Partial<JobView>) => {
  const known = view(changes);
  return decide(known, runsOf(known).runs);
};

describe('a job starts', () => {
  test.each<[string, Partial<JobView>, object | undefined]>([
    ['once it is resolved', { resolution: job() }, { number: 1, why: 'first' }],
    ['not while its source is awaited', { resolution: refused('SourceNotReady') }, undefined],
    ['not when it is refused', { resolution: refused('InvalidProvider') }, undefined],
    ['not while it is suspended', { resolution: job(), spec: spec({ suspend: true }) }, undefined],
    ['not when it was cancelled before', { resolution: job(), spec: spec({ cancelled: true }) }, undefined],
    [
      'not by itself when it has a schedule',
      { resolution: job(), spec: spec({ schedule: { cron: '0 2 * * *' } }) },
      undefined,
    ],
    ['not again when its status says that it ended', { resolution: job(), before: ended('Failed', 3) }, undefined],
    ['not again after a refusal', { resolution: job(), before: { phase: 'Failed', observedGeneration: 1 } }, undefined],
    [
      'after a refusal when the spec was corrected',
      { resolution: job(), generation: 2, before: { phase: 'Failed', observedGeneration: 1 } },
      { number: 1, why: 'first' },
    ],
    [
      'after a refusal when it is asked to',
      { resolution: job(), retry: 'now', before: { phase: 'Failed', observedGeneration: 1 } },
      { number: 1, why: 'first' },
    ],
    [
      'again under its number when Temporal has forgotten it',
      { resolution: job(), before: running().before, runs: [{ id: `${RUN}/1`, state: undefined }] },
      { number: 1, why: 'again' },
    ],
    [
      'with the failed items when asked to',
      { resolution: job(), retry: 'a', before: ended('Failed', 3) },
      { number: 2, why: 'retry', retryOf: `${RUN}/1` },
    ],
    [
      'not twice for one annotation',
      { resolution: job(), retry: 'a', before: { ...ended('Failed', 3), lastHandledRetry: 'a' } },
      undefined,
    ],
    ['not when nothing has failed', { resolution: job(), retry: 'a', before: ended('Succeeded') }, undefined],
    [
      'anew after a run that never had a plan',
      {
        resolution: job(),
        retry: 'a',
        before: { ...ended('Failed'), progress: { total: 0, completed: 0, failed: 0, pending: 0 } },
      },
      { number: 2, why: 'retry' },
    ],
    [
      'when its source has changed',
      { resolution: job('d2'), before: ended('Succeeded'), spec: spec({ trigger: 'OnSourceChange' }) },
      { number: 2, why: 'trigger' },
    ],
    [
      'not when its source is as it was',
      { resolution: job('d1'), before: ended('Succeeded'), spec: spec({ trigger: 'OnSourceChange' }) },
      undefined,
    ],
    [
      'not beside a run that is open',
      { resolution: job('d2'), ...running(), spec: spec({ trigger: 'OnSourceChange' }) },
      undefined,
    ],
  ])('%s', (_, changes, start) => {
    expect(decided(changes).start).toEqual(start);
  });

  test('under a number that no run had, whatever the order', () => {
    const before = ended('Failed', 1);
    const runs = [4, 9, 2].map((number) => ({
      id: `${RUN}/${number}`,
      phase: 'Failed' as const,
      startTime: ago(100 + number),
    }));
    const found = decided({
      resolution: job(),
      retry: 'a',
      before: { ...before, runs: [...runs, ...(before.runs ?? [])] },
    });
    expect(found.start?.number).toBe(10);
  });
});

describe('what a job names and there is not', () => {
  test.each<[string, Partial<JobView>, boolean, number | undefined]>([
    [
      'is awaited for a moment after the job was made',
      { resolution: refused('ProviderNotFound'), createdAt: NOW - 5_000 },
      true,
      10_000,
    ],
    [
      'refuses the job after that',
      { resolution: refused('ProviderNotFound'), createdAt: NOW - 15_000 },
      false,
      undefined,
    ],
    [
      'refuses at once where waiting is of no use',
      { resolution: refused('InvalidProvider'), createdAt: NOW },
      false,
      undefined,
    ],
    [
      'is awaited for ever where it comes by itself',
      { resolution: refused('SourceNotReady'), createdAt: 0 },
      true,
      undefined,
    ],
  ])('%s', (_, changes, passing, afterMs) => {
    const { hindrance, afterMs: after } = decided(changes);
    expect(hindrance?.passing).toBe(passing);
    expect(after).toBe(afterMs);
  });
});

describe('a run that is open', () => {
  const one = [`${RUN}/1`];
  test.each<[string, Partial<JobView>, object]>([
    ['is left alone', running(), { cancel: [], pause: [], resume: [], retryFailed: [] }],
    ['is cancelled by spec.cancelled', { ...running(), spec: spec({ cancelled: true }) }, { cancel: one, pause: [] }],
    ['is paused by spec.suspend', { ...running(), spec: spec({ suspend: true }) }, { pause: one, cancel: [] }],
    ['is paused once', { ...running({ paused: true }), spec: spec({ suspend: true }) }, { pause: [] }],
    ['is resumed when suspend goes', suspendedBefore({ paused: true }), { resume: one }],
    ['stays paused when people paused it', running({ paused: true }), { resume: [] }],
    [
      'runs failed items again',
      { ...running(), retry: 'a' },
      { retryFailed: one, handled: { retry: 'a', trigger: undefined } },
    ],
    [
      'is given no order while nobody answers',
      {
        ...running(),
        runs: [{ id: `${RUN}/1`, state: { open: true, startedAt: NOW } }],
        spec: spec({ suspend: true }),
      },
      { pause: [] },
    ],
  ])('%s', (_, changes, actions) => {
    expect(decided(changes)).toMatchObject(actions);
  });
});

describe('a finished job', () => {
  test.each<[string, object, Partial<JobView>, boolean, number | undefined]>([
    ['stays without a time to live', {}, {}, false, undefined],
    ['stays until its time is over', { ttlSecondsAfterFinished: 60 }, {}, false, 10_000],
    ['goes when its time is over', { ttlSecondsAfterFinished: 50 }, {}, true, undefined],
    ['goes at once with a time of 0', { ttlSecondsAfterFinished: 0 }, {}, true, undefined],
    ['stays while it runs', { ttlSecondsAfterFinished: 0 }, running(), false, 30_000],
    ['stays when it recurs', { ttlSecondsAfterFinished: 0, trigger: 'OnSourceChange' }, {}, false, undefined],
    [
      'stays when something is to be run again',
      { ttlSecondsAfterFinished: 50 },
      { retry: 'a', resolution: job(), before: ended('Failed', 1) },
      false,
      30_000,
    ],
  ])('%s', (_, changes, more, remove, afterMs) => {
    const found = decided({ before: ended('Succeeded'), spec: spec(changes), ...more });
    expect(found.remove).toBe(remove);
    expect(found.afterMs).toBe(afterMs);
  });

  test('keeps of a recurring job the newest run, those within their time, and the highest number', () => {
    const run = (id: string, endedSecondsAgo: number): JobRun => ({
      ...{ id: `${RUN}/${id}`, phase: 'Succeeded', open: false },
      startedAt: NOW - 1000 * (endedSecondsAgo + 5),
      endedAt: NOW - 1000 * endedSecondsAgo,
    });
    const runs = [run('s-new', 900), run('s-old', 950), run('s-within', 30), run('7', 2000), run('3', 3000)];
    const kept = keptRuns(runs, 60_000, NOW).map(({ id }) => id.slice(RUN.length + 1));
    expect(kept).toEqual(['s-new', 's-within', '7']);
  });
});

describe('a run that no status tells of', () => {
  const first = { id: `${RUN}/1`, startedAt: NOW - 10_000 };
  const open = {
    before: {},
    runs: [{ id: first.id, state: { open: true as const, startedAt: first.startedAt }, progress: progress() }],
  };
  const end = {
    open: false as const,
    how: 'cancelled' as const,
    code: 'internal' as const,
    message: '',
    closedAt: NOW,
  };
  const closed = {
    before: {},
    runs: [{ id: first.id, state: { ...end, startedAt: first.startedAt } }],
    resolution: job('d2'),
  };

  test.each<[string, Partial<JobView>, object]>([
    ['is cancelled with its job', { ...open, spec: spec({ cancelled: true }) }, { cancel: [first.id] }],
    ['is held with its job', { ...open, spec: spec({ suspend: true }) }, { pause: [first.id] }],
    ['is what was asked for by the annotation', { ...closed, retry: 'once' }, { handled: { retry: 'once' } }],
    ['is that of the source', { ...closed, spec: spec({ trigger: 'OnSourceChange' }) }, { handled: { trigger: 'd2' } }],
  ])('%s, and no other is started', (_what, changes, expected) => {
    const decision = decided(changes);
    expect(decision).toMatchObject(expected);
    expect(decision.start).toBeUndefined();
  });
});
