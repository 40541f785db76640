/** Why worker pods do not come up, as their Deployment and they themselves tell. Pure. */
import { shorten } from '../../../src/core/shorten.js';
import type { KubeObject } from '../ports.js';

/** A reason in CamelCase, and a sentence with the next step. */
export interface WorkerTrouble {
  reason: string;
  message: string;
}

/** What passes by itself within this time is no trouble, in milliseconds since the pod was made. */
const GRACE_MS = 15_000;

/** Clusters that grow by themselves take a while to. */
const SCHEDULING_GRACE_MS = 60_000;

/** A container that has ended so often does not merely wait for something that comes up at the same time. */
const MIN_RESTARTS = 2;

/** UTF-16 units of what others say. */
const MAX_MESSAGE = 300;

interface PodCondition {
  type?: string;
  status?: string;
  reason?: string;
  message?: string;
}

interface Ended {
  exitCode?: number;
  signal?: number;
  reason?: string;
  message?: string;
}

interface ContainerStatus {
  name?: string;
  ready?: boolean;
  restartCount?: number;
  state?: { waiting?: { reason?: string; message?: string }; terminated?: Ended };
  lastState?: { terminated?: Ended };
}

interface PodStatus {
  phase?: string;
  reason?: string;
  message?: string;
  conditions?: PodCondition[];
  initContainerStatuses?: ContainerStatus[];
  containerStatuses?: ContainerStatus[];
}

const NO_IMAGE = new Set(['ErrImagePull', 'ImagePullBackOff', 'InvalidImageName', 'ErrImageNeverPull']);
const NOT_MADE = new Set(['CreateContainerConfigError', 'CreateContainerError', 'RunContainerError']);

/** Pods that are not made, or do not become ready in time; undefined: none that the Deployment knows of. */
export function troubleOfDeployment({ status }: KubeObject): WorkerTrouble | undefined {
  const { conditions = [] } = (status ?? {}) as { conditions?: PodCondition[] };
  const failure = conditions.find((one) => one.type === 'ReplicaFailure' && one.status === 'True');
  if (failure !== undefined) {
    const why = said(failure.message, 'the cluster makes no pods');
    return { reason: 'WorkersNotCreated', message: `no pods are made for the workers: ${why}` };
  }
  const late = conditions.find((one) => one.type === 'Progressing' && one.reason === 'ProgressDeadlineExceeded');
  if (late === undefined) return undefined;
  return {
    reason: 'WorkersNotReady',
    message: `the workers do not become ready: ${said(late.message, 'see their pods and the Events of these')}`,
  };
}

/** The first trouble among the pods that are there; undefined: they are well, or on their way. `nowMs` since the epoch. */
export function troubleOfPods(pods: readonly KubeObject[], nowMs: number): WorkerTrouble | undefined {
  for (const pod of [...pods].sort((a, b) => (a.metadata.name < b.metadata.name ? -1 : 1))) {
    if (pod.metadata.deletionTimestamp !== undefined) continue;
    const trouble = troubleOf(pod, nowMs - Date.parse(pod.metadata.creationTimestamp));
    if (trouble !== undefined) return { ...trouble, message: `pod ${pod.metadata.name} ${trouble.message}` };
  }
  return undefined;
}

function troubleOf({ status }: KubeObject, ageMs: number): WorkerTrouble | undefined {
  const { phase, reason, message, conditions = [], ...containers } = (status ?? {}) as PodStatus;
  if (phase === 'Failed') {
    const why = said(message, 'see its Events');
    return { reason: 'WorkersFailed', message: `has failed (${reason ?? 'no reason given'}): ${why}` };
  }
  const scheduled = conditions.find(({ type }) => type === 'PodScheduled');
  if (scheduled?.status === 'False') {
    if (ageMs < SCHEDULING_GRACE_MS) return undefined;
    const why = said(scheduled.message, 'no node takes it');
    return { reason: 'WorkersUnschedulable', message: `finds no node: ${why}` };
  }
  if (ageMs < GRACE_MS) return undefined;
  const { initContainerStatuses = [], containerStatuses = [] } = containers;
  for (const container of [...initContainerStatuses, ...containerStatuses]) {
    const trouble = troubleOfContainer(container);
    if (trouble !== undefined) return trouble;
  }
  return undefined;
}

function troubleOfContainer({ ready, restartCount = 0, state, lastState }: ContainerStatus): WorkerTrouble | undefined {
  const { waiting } = state ?? {};
  if (waiting?.reason !== undefined && NO_IMAGE.has(waiting.reason)) {
    const why = said(waiting.message, waiting.reason);
    return { reason: 'WorkerImageUnavailable', message: `cannot have its image: ${why}` };
  }
  if (waiting?.reason !== undefined && NOT_MADE.has(waiting.reason)) {
    const why = said(waiting.message, waiting.reason);
    return { reason: 'WorkersNotStarted', message: `cannot start its container: ${why}` };
  }
  if (ready === true || restartCount < MIN_RESTARTS) return undefined;
  const ended = state?.terminated ?? lastState?.terminated;
  return { reason: 'WorkersCrash', message: `crashes again and again${howEnded(ended)}: see its log (kubectl logs)` };
}

function howEnded(ended: Ended | undefined): string {
  if (ended === undefined) return '';
  const { exitCode, signal, reason } = ended;
  const cause = reason === undefined || reason === 'Error' ? '' : `, ${reason}`;
  return signal ? ` (signal ${signal}${cause})` : ` (exit code ${exitCode ?? 'unknown'}${cause})`;
}

const said = (message: string | undefined, otherwise: string): string =>
  shorten((message ?? '') === '' ? otherwise : String(message).replace(/\s+/g, ' '), MAX_MESSAGE);
