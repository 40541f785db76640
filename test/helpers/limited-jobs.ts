import { mkdirSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { Client, Connection, type WorkflowHandle } from '@temporalio/client';
import type { MockServerOptions } from '../../src/io/mock-server/options.js';
import { type MockServer, startMockServer } from '../../src/io/mock-server/server.js';
import type { JobInput } from '../../src/schema/job.js';
import { arenaBundle } from './arena-bundle.js';
import { TemporalServer } from './temporal-server.js';
import { waitFor } from './wait-for.js';
import { WorkerProcess } from './worker-process.js';

/** Temporal, two worker processes and a server that counts, for jobs whose providers share one key. */
export class LimitedJobs {
  readonly workers: WorkerProcess[] = [];

  private constructor(
    readonly folder: string,
    readonly temporal: TemporalServer,
    readonly mock: MockServer,
    private readonly connection: Connection,
  ) {}

  static async start(mockOptions: MockServerOptions, workers = 2): Promise<LimitedJobs> {
    const folder = await mkdtemp(join(tmpdir(), 'arena-limits-'));
    const [temporal, mock] = await Promise.all([TemporalServer.start(folder), startMockServer(mockOptions)]);
    const jobs = new LimitedJobs(folder, temporal, mock, await Connection.connect({ address: temporal.address }));
    for (let i = 0; i < workers; i += 1) jobs.addWorker('q');
    return jobs;
  }

  addWorker(taskQueue: string): WorkerProcess {
    const worker = new WorkerProcess({ dataDir: this.folder, address: this.temporal.address, taskQueue }, true);
    this.workers.push(worker);
    return worker;
  }

  get client(): Client {
    return new Client({ connection: this.connection });
  }

  /** So many conversations of one call, all different, with a provider that has these limits. */
  async job(
    name: string,
    conversations: number,
    provider: object,
    input: Partial<JobInput> = {},
    taskQueue = 'q',
  ): Promise<WorkflowHandle> {
    const scenarios = Object.fromEntries(
      Array.from({ length: conversations }, (_, i) => [`s${i}`, [`${name}, question ${i}`]]),
    );
    const files = arenaBundle(name, {
      providers: { model: { type: 'openai', model: 'm', base_url: this.mock.url, ...provider } },
      scenarios,
    });
    for (const [path, text] of Object.entries(files)) {
      mkdirSync(dirname(join(this.folder, path)), { recursive: true });
      writeFileSync(join(this.folder, path), text);
    }
    const args: [JobInput] = [{ bundle: { path: join(this.folder, name) }, concurrency: 20, workers: 2, ...input }];
    return this.client.workflow.start('arenaJob', { workflowId: `${name}/1`, taskQueue, args });
  }

  /** Waits until so many calls came in. */
  async called(times: number): Promise<void> {
    await waitFor(`${times} calls`, () => (this.mock.stats().calls >= times ? true : undefined), 60_000);
  }

  /** When calls came in at the server, in milliseconds since the epoch. */
  arrivals(): number[] {
    return this.mock.log().map(({ t }) => t);
  }

  async stop(): Promise<void> {
    await Promise.all(this.workers.map((worker) => worker.stop()));
    await this.connection.close();
    await this.temporal.kill();
    await this.mock.close();
    await rm(this.folder, { recursive: true, force: true });
  }
}

/** Most of these moments in any window of this length that begins at one of them and holds its own end. */
export function mostInWindow(times: readonly number[], windowMs: number): number {
  const sorted = [...times].sort((a, b) => a - b);
  let first = 0;
  return sorted.reduce((most, time, last) => {
    while (time - (sorted[first] ?? 0) > windowMs) first += 1;
    return Math.max(most, last - first + 1);
  }, 0);
}
