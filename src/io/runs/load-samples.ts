/** Conversations of a load test that are kept: a few of each kind, so that people can see what was said. */
import type { ConversationRecord } from '../../core/conversation.js';
import { loadSamplesFolder } from '../../core/store-keys.js';
import type { Store } from '../stores/store.js';
import { readJson } from '../stores/stored-json.js';

/** Bytes of a record that is kept at most. */
const MAX_BYTES = 256 * 1024;
/** Of an attempt: failed ones in all and of each kind, passed ones in all. */
const MAX_FAILED = 30;
const MAX_FAILED_ALIKE = 5;
const MAX_PASSED = 10;
/** Of a run, that its reports show. */
const MAX_REPORTED = 2000;

/** Chooses and keeps the samples of one attempt of a lane. */
export class LoadSamples {
  private readonly failed = new Map<string, number>();
  private kept = 0;
  private passed = 0;
  private writing: Promise<unknown> = Promise.resolve();
  private reservoir: ConversationRecord[] = [];

  /** @param random uniform in [0, 1) */
  constructor(
    private readonly store: Store,
    private readonly folder: string,
    private readonly random: () => number,
  ) {}

  /** Failed ones are written at once, those that passed when the attempt ends. */
  offer(record: ConversationRecord): void {
    if (record.verdict === 'passed') {
      this.offerPassed(record);
      return;
    }
    if (this.kept >= MAX_FAILED) return;
    const kind = `${record.scenario}\n${record.provider}\n${reasonOf(record)}`;
    const alike = this.failed.get(kind) ?? 0;
    if (alike >= MAX_FAILED_ALIKE) return;
    this.failed.set(kind, alike + 1);
    this.write(record);
  }

  /** Rejects never: samples are for looking at, and no test fails for one. */
  async end(): Promise<void> {
    for (const record of this.reservoir.splice(0)) this.write(record);
    await this.writing;
  }

  /** Each one that passed is kept with the same chance (algorithm R, Vitter 1985). */
  private offerPassed(record: ConversationRecord): void {
    this.passed += 1;
    if (this.reservoir.length < MAX_PASSED) {
      this.reservoir.push(record);
      return;
    }
    const place = Math.floor(this.random() * this.passed);
    if (place < MAX_PASSED) this.reservoir[place] = record;
  }

  private write(record: ConversationRecord): void {
    const json = Buffer.from(JSON.stringify(record));
    if (json.byteLength > MAX_BYTES) return;
    this.kept += 1;
    const put = this.store.put(`${this.folder}/${String(this.kept).padStart(3, '0')}`, json).catch(() => undefined);
    this.writing = Promise.all([this.writing, put]);
  }
}

/** Folder of the samples of an attempt. */
export function samplesFolder(run: string, lane: number, attempt: string): string {
  return `${loadSamplesFolder(run)}/${String(lane).padStart(6, '0')}/${attempt}`;
}

/** The samples of a run, those of each lane and attempt in turn; at most so many, and with no more of any lane than of the next. */
export async function* readLoadSamples(
  store: Store,
  run: string,
  most = MAX_REPORTED,
): AsyncGenerator<ConversationRecord> {
  const folder = loadSamplesFolder(run);
  const lanes = await store.folders(folder);
  const share = Math.max(1, Math.ceil(most / Math.max(1, lanes.length)));
  let given = 0;
  for (const lane of lanes) {
    for (const { key } of (await store.list(`${folder}/${lane}`)).slice(0, share)) {
      if (given >= most) return;
      const record = await readJson<ConversationRecord>(store, key);
      if (record === undefined) continue;
      given += 1;
      yield record;
    }
  }
}

function reasonOf({ error, assertions, violations }: ConversationRecord): string {
  if (error !== undefined) return error.code;
  return assertions.find(({ passed }) => !passed)?.type ?? violations[0]?.validator ?? '';
}
