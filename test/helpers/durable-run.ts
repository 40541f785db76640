import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client, Connection, type WorkflowHandle } from '@temporalio/client';
import type { JobResult, Progress } from '../../src/core/run.js';
import { type MockServer, startMockServer } from '../../src/io/mock-server/server.js';
import type { JobInput } from '../../src/schema/job.js';
import { CALL_TOOL_FIRST, writeMockBundle } from './mock-bundle.js';
import { RunEvidence } from './run-evidence.js';
import { TcpProxy } from './tcp-proxy.js';
import { TemporalServer } from './temporal-server.js';
import { waitFor } from './wait-for.js';
import { WorkerProcess } from './worker-process.js';

export interface DurableRunOptions {
  workers: number;
  latencyMs?: number;
  scenarios?: number;
  providers?: number;
  concurrency?: number;
  input?: Partial<JobInput>;
  workerEntry?: string;
}

/** Everything that a run needs, as processes that a test may hurt: Temporal, workers behind a proxy each, a model. */
export class DurableRun {
  readonly workers: WorkerProcess[] = [];
  readonly proxies: TcpProxy[] = [];
  private connection: Connection | undefined;
  handle!: WorkflowHandle;

  private constructor(
    readonly dataDir: string,
    readonly temporal: TemporalServer,
    readonly mock: MockServer,
    readonly options: Required<Omit<DurableRunOptions, 'workerEntry'>> & { workerEntry?: string },
  ) {}

  static async start(given: DurableRunOptions): Promise<DurableRun> {
    const options = { latencyMs: 150, scenarios: 21, providers: 10, concurrency: 20, input: {}, ...given };
    const dataDir = await mkdtemp(join(tmpdir(), 'arena-durable-'));
    const [temporal, mock] = await Promise.all([
      TemporalServer.start(dataDir),
      startMockServer({ latencyMs: options.latencyMs, script: CALL_TOOL_FIRST }),
    ]);
    const run = new DurableRun(dataDir, temporal, mock, options);
    for (let i = 0; i < options.workers; i += 1) await run.addWorker();
    await run.submit();
    return run;
  }

  get items(): number {
    return this.options.scenarios * this.options.providers;
  }

  /** Conversations that may be in flight: an eighth more than calls. */
  get conversations(): number {
    return this.options.concurrency + Math.floor(this.options.concurrency / 8);
  }

  get evidence(): RunEvidence {
    return new RunEvidence(this.dataDir, 'job/1');
  }

  async addWorker(): Promise<void> {
    const proxy = await TcpProxy.to(this.temporal.port);
    this.proxies.push(proxy);
    const { dataDir } = this;
    const address = `127.0.0.1:${proxy.port}`;
    this.workers.push(new WorkerProcess({ dataDir, address, taskQueue: 'q', entry: this.options.workerEntry }, true));
  }

  private async submit(): Promise<void> {
    const { scenarios, providers, concurrency, workers, input } = this.options;
    const path = writeMockBundle({ folder: this.dataDir, baseUrl: this.mock.url, scenarios, providers });
    this.connection = await Connection.connect({ address: this.temporal.address });
    const args: [JobInput] = [{ bundle: { path }, concurrency, workers, maxRetries: 3, ...input }];
    const client = new Client({ connection: this.connection });
    this.handle = await client.workflow.start('arenaJob', { workflowId: 'job/1', taskQueue: 'q', args });
  }

  /** Waits until the model has answered this many calls, so that the run is well under way. */
  async underWay(calls = 150): Promise<void> {
    await waitFor(`${calls} calls`, () => (this.mock.stats().calls >= calls ? true : undefined), 60_000);
  }

  progress(): Promise<Progress> {
    return this.handle.query<Progress>('progress');
  }

  result(): Promise<JobResult> {
    return this.handle.result() as Promise<JobResult>;
  }

  async stop(): Promise<void> {
    await Promise.all(this.workers.map((worker) => worker.stop()));
    await this.connection?.close();
    await Promise.all(this.proxies.map((proxy) => proxy.close()));
    await this.temporal.kill();
    await this.mock.close();
    await rm(this.dataDir, { recursive: true, force: true });
  }
}
