import type { Progress } from '../../../src/core/run.js';
import type { ArenaJobObject } from '../../../src/schema/cluster/arena-job.js';
import type { KubeObject, ReconcilerDeps } from '../ports.js';
import { wantedWorkers, workerLimits } from './worker-count.js';
import { workerDeployment, workersName } from './worker-deployment.js';
import type { WorkerSettings } from './worker-settings.js';

/** The worker pods that a job has for itself: made when a run begins, as many as it needs, gone when none is open. */
export class JobWorkers {
  constructor(
    private readonly deps: Pick<ReconcilerDeps, 'cluster'>,
    private readonly settings: WorkerSettings,
  ) {}

  /** Why the job cannot have the workers that it asks for; undefined: it can, or asks for none. */
  refusal({ spec }: ArenaJobObject): string | undefined {
    if (workerLimits(spec) === undefined || this.settings.image !== undefined) return undefined;
    return 'this installation has no image for workers of a job: set ARENA_WORKER_IMAGE of the controller, or leave spec.workers out';
  }

  /** Pods that are ready; undefined: the job has none of its own. */
  ready(job: ArenaJobObject): number | undefined {
    const found = this.deployment(job);
    if (found === undefined) return workerLimits(job.spec) === undefined ? undefined : 0;
    const { readyReplicas = 0 } = (found.status ?? {}) as { readyReplicas?: number };
    return readyReplicas;
  }

  /** Brings their number in line with the runs that are open; undefined for one of which nothing is known yet. */
  async follow(job: ArenaJobObject, open: readonly (Progress | undefined)[]): Promise<void> {
    const limits = workerLimits(job.spec);
    const found = this.deployment(job);
    if (limits === undefined || open.length === 0) {
      if (found !== undefined) await this.deps.cluster.delete(found);
      return;
    }
    const { replicas } = (found?.spec ?? {}) as { replicas?: number };
    const wanted = wantedWorkers(limits, open, replicas);
    await this.deps.cluster.apply(workerDeployment(job, wanted, this.settings));
  }

  private deployment({ metadata: { namespace, name, uid } }: ArenaJobObject): KubeObject | undefined {
    const found = this.deps.cluster.get('Deployment', { namespace, name: workersName(name) });
    return found?.metadata.ownerReferences?.some((owner) => owner.uid === uid) ? found : undefined;
  }
}
