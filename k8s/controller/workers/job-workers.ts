import type { Progress } from '../../../src/core/run.js';
import type { ArenaJobObject } from '../../../src/schema/cluster/arena-job.js';
import type { KubeObject, ReconcilerDeps } from '../ports.js';
import { wantedLoadWorkers, wantedWorkers, workerLimits } from './worker-count.js';
import { JOB_LABEL, jobLabel, workerDeployment, workersName } from './worker-deployment.js';
import type { WorkerSettings } from './worker-settings.js';
import { troubleOfDeployment, troubleOfPods, type WorkerTrouble } from './worker-trouble.js';

/** Pods that are not ready are looked at so often at most, in milliseconds. */
const LOOK_MS = 5_000;

export interface WorkersState {
  /** Pods that are ready. */
  ready: number;
  /** Why others are not. */
  trouble?: WorkerTrouble;
  /** Milliseconds until another look may find more. */
  lookAgainMs?: number;
}

/** The worker pods that a job has for itself: made when a run begins, as many as it needs, gone when none is open. */
export class JobWorkers {
  private readonly looks = new Map<string, { at: number; found: WorkerTrouble | undefined }>();

  constructor(
    private readonly deps: Pick<ReconcilerDeps, 'cluster' | 'now'>,
    private readonly settings: WorkerSettings,
  ) {}

  /** Why the job cannot have the workers that it asks for; undefined: it can, or asks for none. */
  refusal({ spec }: ArenaJobObject): string | undefined {
    if (workerLimits(spec) === undefined || this.settings.image !== undefined) return undefined;
    return 'this installation has no image for workers of a job: set ARENA_WORKER_IMAGE of the controller, or leave spec.workers out';
  }

  /** How they are; undefined: the job has none of its own. */
  async state(job: ArenaJobObject): Promise<WorkersState | undefined> {
    const found = this.deployment(job);
    if (found === undefined) {
      this.looks.delete(job.metadata.uid);
      return workerLimits(job.spec) === undefined ? undefined : { ready: 0 };
    }
    const { readyReplicas: ready = 0 } = (found.status ?? {}) as { readyReplicas?: number };
    const { replicas = 1 } = (found.spec ?? {}) as { replicas?: number };
    if (ready >= replicas) {
      this.looks.delete(job.metadata.uid);
      return { ready };
    }
    const trouble = await this.trouble(job, found);
    return { ready, lookAgainMs: LOOK_MS, ...(trouble === undefined ? {} : { trouble }) };
  }

  /** The pods are looked at once in a while. */
  private async trouble(
    { metadata: { namespace, name, uid } }: ArenaJobObject,
    deployment: KubeObject,
  ): Promise<WorkerTrouble | undefined> {
    const now = this.deps.now();
    const last = this.looks.get(uid) ?? { at: Date.parse(deployment.metadata.creationTimestamp), found: undefined };
    if (now - last.at < LOOK_MS) return last.found;
    const pods = await this.deps.cluster.pods(namespace, `${JOB_LABEL}=${jobLabel(name)}`);
    const found = troubleOfPods(pods, now) ?? troubleOfDeployment(deployment);
    this.looks.set(uid, { at: now, found });
    return found;
  }

  forget(uid: string): void {
    this.looks.delete(uid);
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
    const { loadTest } = job.spec;
    const wanted =
      loadTest === undefined ? wantedWorkers(limits, open, replicas) : wantedLoadWorkers(limits, loadTest, open);
    await this.deps.cluster.apply(workerDeployment(job, wanted, this.settings));
  }

  private deployment({ metadata: { namespace, name, uid } }: ArenaJobObject): KubeObject | undefined {
    const found = this.deps.cluster.get('Deployment', { namespace, name: workersName(name) });
    return found?.metadata.ownerReferences?.some((owner) => owner.uid === uid) ? found : undefined;
  }
}
