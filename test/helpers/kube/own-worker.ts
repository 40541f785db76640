/** A job's own worker as a process of this machine, with the account and the queue of its Deployment. */
import { join } from 'node:path';
import { waitFor } from '../wait-for.js';
import type { KubeObject } from './api-client.js';
import type { ArenaInCluster } from './arena-in-cluster.js';
import { ServerProcess } from './server-process.js';

type Deployment = KubeObject & {
  spec: {
    template: { spec: { serviceAccountName: string; containers: { env: { name: string; value?: string }[] }[] } };
  };
};

export interface OwnWorker {
  queue: string;
  process: ServerProcess;
}

/** Waits for the Deployment; the process has the folder of the cluster's other workers as its store. */
export async function startOwnWorker(arena: ArenaInCluster, namespace: string, job: string): Promise<OwnWorker> {
  const path = `/apis/apps/v1/namespaces/${namespace}/deployments/${job}-workers`;
  const { account, queue } = await waitFor(`workers of ${namespace}/${job}`, async () => {
    const { status, body } = await arena.plane.admin.request<Deployment>('GET', path);
    if (status !== 200) return undefined;
    const { serviceAccountName, containers } = body.spec.template.spec;
    const env = containers[0]?.env.find(({ name }) => name === 'ARENA_SHARD_QUEUE');
    return { account: serviceAccountName, queue: env?.value ?? '' };
  });
  const { env } = await arena.plane.serviceAccountFolder(`${namespace}/${account}`);
  const started = ServerProcess.start({
    program: process.execPath,
    args: ['dist/src/worker.js'],
    log: join(arena.plane.folder, `${namespace}-worker.log`),
    env: {
      ...env,
      ARENA_DATA_DIR: arena.dataDir,
      ARENA_LOG_LEVEL: 'debug',
      ARENA_SHARD_QUEUE: queue,
      TEMPORAL_ADDRESS: arena.temporal.address,
      TEMPORAL_NAMESPACE: 'default',
    },
  });
  return { queue, process: started };
}
