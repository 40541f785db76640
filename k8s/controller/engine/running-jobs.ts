import { setTimeout as sleep } from 'node:timers/promises';
import type { ObjectKey } from '../../../src/cluster/cluster-reader.js';
import type { Progress } from '../../../src/core/run.js';
import type { Engine } from '../ports.js';

/** Time between two looks at one run at least, in milliseconds. */
const INTERVAL_MS = 2000;

/** With many runs each is asked less often, so that all of them together are asked no more than 20 times a second. */
const SHARE_MS = 50;

/** Runs that are asked at the same time. */
const AT_A_TIME = 4;

interface Followed {
  job: ObjectKey;
  progress: Progress | undefined;
  /** The last answer as text, to see whether the next one says anything new. */
  told: string;
}

/** How far the runs of jobs are, asked beside the reconcilers: these read the last answer and wait for none. */
export class RunningJobs {
  private readonly runs = new Map<string, Followed>();

  constructor(
    private readonly engine: Pick<Engine, 'progress'>,
    private readonly onNews: (job: ObjectKey) => void,
  ) {}

  /** The last answer of a run; the run is asked from now on. Undefined: nobody has answered yet. */
  progressOf(workflowId: string, job: ObjectKey): Progress | undefined {
    const followed = this.runs.get(workflowId);
    if (followed === undefined) this.runs.set(workflowId, { job, progress: undefined, told: '' });
    return followed?.progress;
  }

  /** The run has ended, or nobody wants to know. */
  forget(workflowId: string): void {
    this.runs.delete(workflowId);
  }

  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const began = performance.now();
      await this.look(signal);
      // Workers that are slow to answer are busy with the runs themselves.
      const tookMs = performance.now() - began;
      const ms = Math.max(INTERVAL_MS, this.runs.size * SHARE_MS, tookMs);
      await sleep(ms, undefined, { signal }).catch(() => undefined);
    }
  }

  /** Asks every run once. */
  async look(signal?: AbortSignal): Promise<void> {
    const due = [...this.runs.keys()].values();
    const ask = async (): Promise<void> => {
      for (const workflowId of due) {
        if (signal?.aborted) return;
        await this.ask(workflowId);
      }
    };
    await Promise.all(Array.from({ length: AT_A_TIME }, ask));
  }

  private async ask(workflowId: string): Promise<void> {
    const progress = await this.engine.progress(workflowId);
    const followed = this.runs.get(workflowId);
    if (followed === undefined || progress === undefined) return;
    const { stage, counts, held, waitingForRetry, dataset, load } = progress;
    const told = JSON.stringify([stage, counts, held, waitingForRetry, dataset, load]);
    followed.progress = progress;
    if (told === followed.told) return;
    followed.told = told;
    this.onNews(followed.job);
  }
}
