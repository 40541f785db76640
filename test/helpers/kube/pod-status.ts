/** The status of a pod from those of its containers. */
import type { ContainerStatus, Pod } from './pod.js';

const HOST = '127.0.0.1';

export function podStatus(pod: Pod, startTime: string, { inits, mains }: Record<'inits' | 'mains', ContainerStatus[]>) {
  const phase = phaseOf(pod, inits, mains);
  const isInitialized = inits.every(({ state }) => state.terminated?.exitCode === 0);
  const isReady = phase === 'Running' && mains.every(({ ready }) => ready);
  const condition = (type: string, isTrue: boolean) => ({ type, status: isTrue ? 'True' : 'False' });
  return {
    phase,
    startTime: startTime.replace(/\.\d+Z$/, 'Z'),
    hostIP: HOST,
    podIP: HOST,
    podIPs: [{ ip: HOST }],
    conditions: [
      condition('PodScheduled', true),
      condition('Initialized', isInitialized),
      condition('ContainersReady', isReady),
      condition('Ready', isReady),
    ],
    ...(inits.length > 0 ? { initContainerStatuses: inits } : {}),
    containerStatuses: mains,
  };
}

function phaseOf(pod: Pod, inits: readonly ContainerStatus[], mains: readonly ContainerStatus[]): string {
  const policy = pod.spec.restartPolicy ?? 'Always';
  const isFinal = ({ state: { terminated } }: ContainerStatus) =>
    terminated !== undefined && (policy === 'Never' || (policy === 'OnFailure' && terminated.exitCode === 0));
  const hasFailed = ({ state }: ContainerStatus) => state.terminated?.exitCode !== 0;
  if (policy === 'Never' && inits.some((init) => isFinal(init) && hasFailed(init))) return 'Failed';
  const isDeleted = pod.metadata.deletionTimestamp !== undefined;
  if (mains.every(({ state }) => state.waiting !== undefined)) {
    return mains.some(({ restartCount }) => restartCount > 0) ? 'Running' : 'Pending';
  }
  if (!mains.every((main) => isFinal(main) || (isDeleted && main.state.terminated !== undefined))) return 'Running';
  return mains.some(hasFailed) ? 'Failed' : 'Succeeded';
}
