import { describe, expect, test } from '@jest/globals';
import type { KubeObject } from '../../k8s/controller/ports.js';
import { JobWorkers } from '../../k8s/controller/workers/job-workers.js';
import { workerSettings } from '../../k8s/controller/workers/worker-settings.js';
import { troubleOfDeployment, troubleOfPods } from '../../k8s/controller/workers/worker-trouble.js';
import type { ArenaJobObject } from '../../src/schema/cluster/arena-job.js';

const NOW = Date.parse('2026-11-20T12:00:00Z');

const object = (kind: string, name: string, status: object, ageSeconds = 120, more: object = {}): KubeObject => ({
  ...{ apiVersion: 'v1', kind, status, spec: { replicas: 2 } },
  metadata: {
    ...{ name, namespace: 'shop', uid: `uid-${name}`, generation: 1, resourceVersion: '1' },
    ...{ creationTimestamp: new Date(NOW - ageSeconds * 1000).toISOString(), ...more },
  },
});
const pod = (status: object, ageSeconds?: number, more?: object) => object('Pod', 'w-1', status, ageSeconds, more);

// As clusters write them.
const container = (of: object) => ({
  phase: 'Running',
  conditions: [{ type: 'PodScheduled', status: 'True' }],
  containerStatuses: [{ name: 'worker', ready: false, restartCount: 0, lastState: {}, ...of }],
});
const waiting = (reason: string, message?: string) => ({ state: { waiting: { reason, message } } });
const ended = (of: object) => ({ terminated: { startedAt: '2026-11-20T11:59:00Z', ...of } });
const unschedulable = {
  phase: 'Pending',
  conditions: [
    {
      ...{ type: 'PodScheduled', status: 'False', reason: 'Unschedulable' },
      message: '0/3 nodes are available: 3 Insufficient cpu.',
    },
  ],
};
const oom = {
  restartCount: 3,
  ...waiting('CrashLoopBackOff'),
  lastState: ended({ exitCode: 137, reason: 'OOMKilled' }),
};
const exits = { restartCount: 2, state: ended({ exitCode: 9, reason: 'Error' }) };

describe('worker pods', () => {
  test.each<[string, KubeObject, string | undefined, string]>([
    ['that are ready are well', pod(container({ ready: true, restartCount: 7 })), undefined, ''],
    ['that start are well', pod(container(waiting('ContainerCreating'))), undefined, ''],
    ['that crashed once are well', pod(container({ restartCount: 1, ...waiting('CrashLoopBackOff') })), undefined, ''],
    ['that go are well', pod(container(oom), 120, { deletionTimestamp: '2026-11-20T12:00:00Z' }), undefined, ''],
    ['that are new are well', pod(container(waiting('ErrImagePull')), 5), undefined, ''],
    ['that wait for a node are well for a minute', pod(unschedulable, 50), undefined, ''],
    ['of which nothing is told are well', pod({}), undefined, ''],
    [
      'that find no node',
      pod(unschedulable),
      'WorkersUnschedulable',
      'pod w-1 finds no node: 0/3 nodes are available: 3 Insufficient cpu.',
    ],
    [
      'whose image cannot be had',
      pod(container(waiting('ImagePullBackOff', 'Back-off pulling image "arena:9"'))),
      'WorkerImageUnavailable',
      'pod w-1 cannot have its image: Back-off pulling image "arena:9"',
    ],
    [
      'that name a Secret that there is not',
      pod(container(waiting('CreateContainerConfigError', 'secret "keys" not found'))),
      'WorkersNotStarted',
      'pod w-1 cannot start its container: secret "keys" not found',
    ],
    [
      'that want too much memory',
      pod(container(oom)),
      'WorkersCrash',
      'pod w-1 crashes again and again (exit code 137, OOMKilled): see its log (kubectl logs)',
    ],
    [
      'that end at once',
      pod(container(exits)),
      'WorkersCrash',
      'pod w-1 crashes again and again (exit code 9): see its log (kubectl logs)',
    ],
    [
      'that were evicted',
      pod({ phase: 'Failed', reason: 'Evicted', message: 'The node was low on memory.' }),
      'WorkersFailed',
      'pod w-1 has failed (Evicted): The node was low on memory.',
    ],
  ])('%s', (_, of, reason, message) => {
    expect(troubleOfPods([of], NOW)).toEqual(reason === undefined ? undefined : { reason, message });
  });

  test('say one thing at a time, in bounded room', () => {
    const status = container(waiting('InvalidImageName', `a\n${'b'.repeat(5000)}`));
    const trouble = troubleOfPods([object('Pod', 'z', status), object('Pod', 'a', status)], NOW);
    expect(trouble?.message).toMatch(/^pod a cannot have its image: a b+…$/);
    expect(trouble?.message.length).toBeLessThan(400);
  });

  test.each<[string, object | undefined, string | undefined]>([
    ['nothing is told', undefined, undefined],
    ['they come', { type: 'Progressing', status: 'True', reason: 'ReplicaSetUpdated' }, undefined],
    [
      'they are not available yet',
      { type: 'Available', status: 'False', reason: 'MinimumReplicasUnavailable' },
      undefined,
    ],
    [
      'a quota forbids them',
      { type: 'ReplicaFailure', status: 'True', reason: 'FailedCreate', message: 'exceeded quota' },
      'no pods are made for the workers: exceeded quota',
    ],
    [
      'they are late',
      { type: 'Progressing', status: 'False', reason: 'ProgressDeadlineExceeded', message: 'timed out' },
      'the workers do not become ready: timed out',
    ],
  ])('are judged by their Deployment when %s', (_, condition, message) => {
    const deployment = object('Deployment', 'd', condition === undefined ? {} : { conditions: [condition] });
    expect(troubleOfDeployment(deployment)?.message).toBe(message);
  });
});

describe('the workers of a job', () => {
  const job = {
    metadata: { namespace: 'shop', name: 'nightly', uid: 'uid-job' },
    spec: { sourceRef: { name: 'prompts' }, type: 'evaluation', workers: { replicas: 2 } },
  } as unknown as ArenaJobObject;
  const owned = { ownerReferences: [{ kind: 'ArenaJob', name: 'nightly', uid: 'uid-job' }] };

  function setUp() {
    const state = { now: NOW, ready: 0, pods: [pod(container(oom))], asked: [] as string[] };
    const cluster = {
      get: () => object('Deployment', 'nightly-workers', { readyReplicas: state.ready }, 120, owned),
      pods: async (namespace: string, selector: string) => {
        state.asked.push(`${namespace} ${selector}`);
        return state.pods;
      },
    };
    const deps = { cluster, now: () => state.now } as unknown as ConstructorParameters<typeof JobWorkers>[0];
    return { state, workers: new JobWorkers(deps, workerSettings({ ARENA_WORKER_IMAGE: 'arena' })) };
  }

  test('are asked about while some are not ready, once in a while', async () => {
    const { state, workers } = setUp();
    const trouble = { reason: 'WorkersCrash', message: expect.any(String) };
    expect(await workers.state(job)).toEqual({ ready: 0, lookAgainMs: 5000, trouble });
    state.now += 4_999;
    expect((await workers.state(job))?.trouble).toEqual(trouble);
    expect(state.asked).toEqual(['shop omnia.altairalabs.ai/job=nightly']);
    state.now += 1;
    state.pods = [pod(container({ ready: true }))];
    expect((await workers.state(job))?.trouble).toBeUndefined();
    expect(state.asked).toHaveLength(2);
    state.ready = 2;
    expect(await workers.state(job)).toEqual({ ready: 2 });
    expect(state.asked).toHaveLength(2);
  });
});
