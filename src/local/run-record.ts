/**
 * What is known on this machine of a run that was started here: `<data>/local/<job>/<n>.json`, and a folder of the same
 * name with its logs and, where it has one, its own engine. With it any terminal finds the run, also after a crash.
 */
import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readdir, rm, rmdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Failure } from '../core/errors.js';
import { finalKey, runFolder } from '../core/store-keys.js';
import type { Store } from '../io/stores/store.js';
import type { JobInput } from '../schema/job.js';
import { ENGINE_LOCK } from './engine-state.js';
import { linkNew, readJsonFile, writeJsonFile } from './json-file.js';
import { lockHolder } from './lock.js';
import type { ProcessIdentity } from './process-identity.js';

/** Where the run's workflow lives. */
export type RunEngine =
  /** A dev server of its own, below the run's folder. */
  | { kind: 'private' }
  /** The dev server of the data folder. */
  | { kind: 'shared' }
  /** A Temporal service that the environment names; the address is for people. */
  | { kind: 'external'; address: string; namespace: string };

export interface RunRecord {
  schemaVersion: 1;
  /** Workflow id and key in the store: `<job>/<n>`. */
  run: string;
  job: string;
  engine: RunEngine;
  taskQueue: string;
  /** Worker processes. */
  workers: number;
  /** The process that is about to start the workflow. */
  starter: ProcessIdentity;
  input: JobInput;
  /** Its tools may start programs. */
  allowExec?: boolean;
  /** Milliseconds since the epoch. */
  createdAt: number;
}

/** Private engines of the latest runs of a job that are kept, for `arena dev --run`. A small one has a megabyte. */
const KEPT_ENGINES = 20;

export class LocalRuns {
  /** `store`: knows the runs of other machines as well, where they share one. */
  constructor(
    private readonly dataDir: string,
    private readonly store: Store,
  ) {}

  get sharedEngineFolder(): string {
    return join(this.dataDir, 'engine');
  }

  /** Logs and private engine of a run. */
  folder(run: string): string {
    return join(this.dataDir, 'local', ...run.split('/'));
  }

  private recordFile(run: string): string {
    return `${this.folder(run)}.json`;
  }

  engineFolder(record: RunRecord): string {
    return record.engine.kind === 'private' ? join(this.folder(record.run), 'engine') : this.sharedEngineFolder;
  }

  /** Numbers of the job's runs, lowest first: those that were started here, and those that the store knows. */
  async numbers(job: string): Promise<number[]> {
    const [local, stored] = await Promise.all([
      readdir(this.folder(job)).catch(() => []),
      this.store.folders(runFolder(job)),
    ]);
    const numbers = [...local, ...stored].map((name) => Number(name.replace(/\.json$/, '')));
    return [...new Set(numbers.filter((number) => Number.isSafeInteger(number) && number > 0))].sort((a, b) => a - b);
  }

  /** Names of all jobs. */
  async jobs(): Promise<string[]> {
    const lists = await Promise.all([
      readdir(join(this.dataDir, 'local')).catch(() => []),
      this.store.folders(dirname(runFolder('any'))),
    ]);
    return [...new Set(lists.flat())].sort();
  }

  /** Records a run under the job's next number, safely among processes that do the same. */
  async add(job: string, recordOf: (run: string) => RunRecord): Promise<RunRecord> {
    await mkdir(this.folder(job), { recursive: true });
    const temporary = join(this.folder(job), `.${randomUUID()}.tmp`);
    try {
      for (let number = ((await this.numbers(job)).at(-1) ?? 0) + 1; ; number += 1) {
        const record = recordOf(`${job}/${number}`);
        await writeFile(temporary, `${JSON.stringify(record, null, 2)}\n`, { mode: 0o600 });
        // link(2) fails when the name exists, and the file is whole from its first moment.
        if (await linkNew(temporary, this.recordFile(record.run))) return record;
      }
    } finally {
      await rm(temporary, { force: true });
    }
  }

  async read(run: string): Promise<RunRecord | undefined> {
    const value = await readJsonFile(this.recordFile(run));
    return isRecord(value) ? value : undefined;
  }

  /** Why a run ended without a result, where it did. */
  async failure(run: string): Promise<Failure | undefined> {
    const value = await readJsonFile(this.failureFile(run));
    return isFailure(value) ? value : undefined;
  }

  writeFailure(run: string, failure: Failure): Promise<void> {
    return writeJsonFile(this.failureFile(run), failure);
  }

  private failureFile(run: string): string {
    return join(this.folder(run), 'failure.json');
  }

  /** Removes the engines of the job's older runs that have ended; their records, reports and logs stay. */
  async removeOldEngines(job: string): Promise<void> {
    for (const number of (await this.numbers(job)).slice(0, -KEPT_ENGINES)) {
      const run = `${job}/${number}`;
      const folder = join(this.folder(run), 'engine');
      if (!existsSync(folder) || (await lockHolder(folder, ENGINE_LOCK)) !== undefined) continue;
      const ended = (await this.store.get(finalKey(run))) !== undefined;
      if (ended) await rm(folder, { recursive: true, force: true });
    }
  }

  /** Forgets a run that never began. */
  async remove(run: string): Promise<void> {
    await rm(this.recordFile(run), { force: true });
    await rm(this.folder(run), { recursive: true, force: true });
    // The job's folder as well, unless other runs of it are there.
    await rmdir(dirname(this.folder(run))).catch(() => undefined);
  }
}

/** The file is ours; this only tells a complete one from one that was begun and never written. */
function isRecord(value: unknown): value is RunRecord {
  return typeof value === 'object' && value !== null && 'schemaVersion' in value && value.schemaVersion === 1;
}

function isFailure(value: unknown): value is Failure {
  return typeof value === 'object' && value !== null && 'code' in value && 'message' in value;
}
