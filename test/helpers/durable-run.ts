import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client, Connection, type WorkflowHandle } from '@temporalio/client';
import type { JobResult, Progress } from '../../src/core/run.js';
import type { MockServerOptions } from '../../src/io/mock-server/options.js';
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
  /** Further rules of the mock server, tried before the usual ones. */
  answers?: NonNullable<MockServerOptions['script']>['answers'];
  workerEntry?: string;
  /** Writes another bundle than the usual one into the folder. */
  writeBundle?(folder: string, mockUrl: string): void;
}

const USUAL = { latencyMs: 150, scenarios: 21, providers: 10, concurrency: 20, input: {} };

/** Name of the runs of what has a Temporal and workers of its own. */
const OWN = 'job';

function startModel({ latencyMs, answers = [] }: DurableRunOptions): Promise<MockServer> {
  return startMockServer({
    latencyMs,
    script: { ...CALL_TOOL_FIRST, answers: [...answers, ...CALL_TOOL_FIRST.answers] },
  });
}

/** Everything that a run needs, as processes that a test may hurt: Temporal, workers behind a proxy each, a model. */
export class DurableRun {
  readonly workers: WorkerProcess[] = [];
  readonly proxies: TcpProxy[] = [];
  private connection: Connection | undefined;
  private others = 0;
  handle!: WorkflowHandle;

  private constructor(
    readonly dataDir: string,
    readonly temporal: TemporalServer,
    readonly mock: MockServer,
    readonly options: Required<Omit<DurableRunOptions, 'workerEntry' | 'answers' | 'writeBundle'>> &
      Pick<DurableRunOptions, 'workerEntry' | 'writeBundle'>,
    private readonly job = OWN,
  ) {}

  static async start(given: DurableRunOptions): Promise<DurableRun> {
    const options = { ...USUAL, ...given };
    const dataDir = await mkdtemp(join(tmpdir(), 'arena-durable-'));
    const [temporal, mock] = await Promise.all([TemporalServer.start(dataDir), startModel(options)]);
    const run = new DurableRun(dataDir, temporal, mock, options);
    for (let i = 0; i < options.workers; i += 1) await run.addWorker();
    await run.submit();
    return run;
  }

  /** A further run on this Temporal and these workers, with a model and a bundle of its own. It is stopped before this one. */
  async beside(given: Omit<DurableRunOptions, 'workers' | 'workerEntry'> = {}): Promise<DurableRun> {
    this.others += 1;
    const options = { ...USUAL, workers: this.options.workers, ...given };
    const run = new DurableRun(
      this.dataDir,
      this.temporal,
      await startModel(options),
      options,
      `beside-${this.others}`,
    );
    await run.submit();
    return run;
  }

  /** Id of a run of this bundle. Default: the one that was started first. */
  id(number = 1): string {
    return `${this.job}/${number}`;
  }

  get items(): number {
    return this.options.scenarios * this.options.providers;
  }

  /** Conversations that may be in flight: an eighth more than calls. */
  get conversations(): number {
    return this.options.concurrency + Math.floor(this.options.concurrency / 8);
  }

  get evidence(): RunEvidence {
    return this.evidenceOf(this.id());
  }

  evidenceOf(run: string): RunEvidence {
    return new RunEvidence(this.dataDir, run);
  }

  async addWorker(): Promise<void> {
    const proxy = await TcpProxy.to(this.temporal.port);
    this.proxies.push(proxy);
    const { dataDir } = this;
    const address = `127.0.0.1:${proxy.port}`;
    this.workers.push(new WorkerProcess({ dataDir, address, taskQueue: 'q', entry: this.options.workerEntry }, true));
  }

  /** Starts a run of the same bundle under another id. */
  async startRun(workflowId: string, input: Partial<JobInput> = {}): Promise<WorkflowHandle> {
    const { concurrency, workers } = this.options;
    const bundle = { path: join(this.folder, 'bundle') };
    const args: [JobInput] = [{ bundle, concurrency, workers, maxRetries: 3, ...this.options.input, ...input }];
    return this.client.workflow.start('arenaJob', { workflowId, taskQueue: 'q', args });
  }

  get client(): Client {
    if (this.connection === undefined) throw new Error('not connected');
    return new Client({ connection: this.connection });
  }

  /** Holds its bundle. */
  private get folder(): string {
    return this.job === OWN ? this.dataDir : join(this.dataDir, this.job);
  }

  private async submit(): Promise<void> {
    const { scenarios, providers, writeBundle } = this.options;
    if (writeBundle !== undefined) writeBundle(join(this.folder, 'bundle'), this.mock.url);
    else writeMockBundle({ folder: this.folder, baseUrl: this.mock.url, scenarios, providers });
    this.connection = await Connection.connect({ address: this.temporal.address });
    this.handle = await this.startRun(this.id());
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
    await this.connection?.close();
    await this.mock.close();
    if (this.job !== OWN) return;
    await Promise.all(this.workers.map((worker) => worker.stop()));
    await Promise.all(this.proxies.map((proxy) => proxy.close()));
    await this.temporal.kill();
    await rm(this.dataDir, { recursive: true, force: true });
  }
}
