import { describe, expect, test } from '@jest/globals';
import { Informer } from '../../k8s/controller/informer.js';
import type { WatchEvent } from '../../k8s/controller/kube-client.js';
import { KubeError } from '../../k8s/controller/kube-http.js';
import type { KubeObject } from '../../k8s/controller/ports.js';
import { ManualClock } from '../helpers/kube/manual-clock.js';
import { noLog } from '../helpers/kube/recorded-watch.js';

const object = (name: string, resourceVersion: string): KubeObject => ({
  apiVersion: 'v1',
  kind: 'ArenaJob',
  metadata: {
    name,
    namespace: 'a',
    uid: name,
    resourceVersion,
    generation: 1,
    creationTimestamp: '2026-01-01T00:00:00Z',
  },
});

const changed = (name: string, version: string): WatchEvent => ({ type: 'MODIFIED', object: object(name, version) });
const bookmark = (resourceVersion: string): WatchEvent => ({ type: 'BOOKMARK', resourceVersion });

type Watch = readonly (WatchEvent | KubeError | number)[];

/** Answers from a script: lists, and watches that end, break, or (a number) take so many milliseconds. */
async function follow(lists: readonly (KubeObject[] | KubeError)[], watches: readonly Watch[], optional = false) {
  const clock = new ManualClock();
  const asked: string[] = [];
  const told: string[] = [];
  const restarts: string[] = [];
  let listed = 0;
  let watched = 0;
  const scope = new AbortController();
  const forEver = (): Promise<void> =>
    new Promise((resolve) => scope.signal.addEventListener('abort', () => resolve()));
  const informer = new Informer({
    kind: 'ArenaJob',
    namespaces: undefined,
    optional,
    client: {
      async list() {
        const answer = lists[listed] ?? [];
        listed += 1;
        asked.push('list');
        if (answer instanceof KubeError) throw answer;
        return { items: answer, resourceVersion: `${listed}00` };
      },
      async *watch(_kind, { resourceVersion }) {
        asked.push(`watch ${resourceVersion}`);
        const script = watches[watched];
        watched += 1;
        if (script === undefined) return forEver();
        for (const part of script) {
          if (part instanceof KubeError) throw part;
          if (typeof part === 'number') await new Promise<void>((resolve) => clock.after(part, resolve));
          else yield part;
        }
      },
    },
    clock,
    log: noLog,
    onChange: ({ object: { metadata }, deleted }) => told.push(`${deleted ? '-' : '+'}${metadata.name}`),
    onRestart: (reason) => restarts.push(reason),
  });
  const ended = informer.run(scope.signal);
  const stop = async (): Promise<void> => {
    scope.abort();
    await ended;
  };
  return { informer, clock, asked, told, restarts, stop };
}

describe('an informer', () => {
  test('goes on from the last event or bookmark when a watch has had its time', async () => {
    const watches: Watch[] = [
      [changed('x', '103'), 2_000],
      [bookmark('150'), 2_000],
    ];
    const { asked, clock, restarts, stop } = await follow([[object('x', '90')]], watches);
    await clock.pass(4_000);
    expect([asked, restarts]).toEqual([['list', 'watch 100', 'watch 103', 'watch 150'], []]);
    await stop();
  });

  test('lists again when its version is too old, and tells what went in between', async () => {
    const lists = [[object('x', '90'), object('y', '91')], [object('y', '91')]];
    const { asked, told, clock, stop } = await follow(lists, [[new KubeError('too old', 410, 'Expired')]]);
    await clock.pass(1_000);
    expect(asked).toEqual(['list', 'watch 100', 'list', 'watch 200']);
    expect(told).toEqual(['+x', '+y', '-x']);
    await stop();
  });

  test('waits longer and longer while there is no answer, five seconds at most, and says why', async () => {
    const noAnswer = new KubeError('no answer');
    const { asked, informer, clock, stop } = await follow(
      Array.from({ length: 12 }, () => noAnswer),
      [],
    );
    await clock.pass(1_400);
    expect([asked.length, informer.synced, informer.problem]).toEqual([4, false, 'no answer']);
    await clock.pass(60_000);
    expect([informer.synced, informer.problem]).toEqual([true, undefined]);
    await stop();
  });

  test('keeps its copy while a watch is broken, and lists again when it breaks too often', async () => {
    const broken: Watch = [new KubeError('reset')];
    const { asked, told, informer, clock, stop } = await follow(
      [[object('x', '90')]],
      [broken, broken, broken, broken, broken],
    );
    await clock.pass(1_000);
    expect([informer.synced, informer.list().length]).toEqual([true, 1]);
    await clock.pass(30_000);
    expect(asked.filter((one) => one === 'list')).toHaveLength(2);
    expect(told).toEqual(['+x', '-x']);
    await stop();
  });

  test('does not run in circles when watches end at once', async () => {
    const { asked, clock, stop } = await follow(
      [[]],
      Array.from({ length: 100 }, (): Watch => []),
    );
    await clock.pass(10_000);
    expect(asked.length).toBeLessThan(12);
    await stop();
  });

  test('of a kind that need not be there is empty until it is, and once more when it goes', async () => {
    const absent = new KubeError('not found', 404, 'NotFound');
    const { informer, told, clock, stop } = await follow([absent, [object('x', '1')], absent], [[absent]], true);
    await clock.pass(1_000);
    expect([informer.synced, informer.size]).toEqual([true, 0]);
    await clock.pass(30_000);
    expect(told).toEqual(['+x', '-x']);
    await stop();
  });

  test('of a kind that must be there is not ready without it', async () => {
    const absent = new KubeError('not found', 404, 'NotFound');
    const { informer, clock, stop } = await follow([absent, absent], []);
    await clock.pass(30_000);
    expect([informer.synced, informer.problem]).toEqual([false, 'not found']);
    await clock.pass(60_000);
    expect(informer.synced).toBe(true);
    await stop();
  });
});
