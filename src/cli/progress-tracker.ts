import type { HeldRow } from '../core/hold.js';
import type { LiveProgress } from '../core/live-progress.js';
import type { Counts, FailedItem, JobResult, Stage } from '../core/run.js';

export interface ProgressRow {
  provider: string;
  total: number;
  passed: number;
  failed: number;
  errored: number;
}

export interface ProgressPicture {
  stage: Stage;
  rows: ProgressRow[];
  total: number;
  passed: number;
  failed: number;
  errored: number;
  open: number;
  waitingForRetry: number;
  /** Conversations that wait for providers that are down. */
  held: number;
}

/** What has changed about providers that are down. */
export interface HeldNews {
  held: HeldRow[];
  /** Providers that are not held any more. */
  released: string[];
}

/** Makes a steady picture of successive looks at a run. */
export class ProgressTracker {
  private readonly rows: Map<string, ProgressRow>;
  /** Ids of the failures that `update` has given. */
  readonly told = new Set<string>();
  /** Why providers are held, as far as it was told. `missed`: the last look did not show it. */
  private readonly heldFor = new Map<string, { message: string; missed: boolean }>();

  /** What has ended, where no provider's share is known. */
  private ended = { passed: 0, failed: 0, errored: 0 };

  /** `totals`: conversations by provider; empty where their number is not known, as of data that is made. */
  constructor(totals: ReadonlyMap<string, number>) {
    this.rows = new Map(
      [...totals].map(([provider, total]) => [provider, { provider, total, passed: 0, failed: 0, errored: 0 }]),
    );
  }

  /** Before anybody has answered. */
  begin(): ProgressPicture {
    const rows = [...this.rows.values()].map((row) => ({ ...row }));
    const total = rows.reduce((sum, row) => sum + row.total, 0);
    return { stage: 'accepting', rows, total, passed: 0, failed: 0, errored: 0, open: 0, waitingForRetry: 0, held: 0 };
  }

  /** The picture of a run that has ended. */
  end({ counts, providers }: Pick<JobResult, 'counts' | 'providers'>): ProgressPicture {
    for (const { key, passed, failed, errored } of providers) {
      const row = this.rows.get(key);
      if (row !== undefined) Object.assign(row, { passed, failed, errored });
    }
    const rows = [...this.rows.values()].map((row) => ({ ...row }));
    return { stage: 'done', rows, ...counts, open: 0, waitingForRetry: 0, held: 0 };
  }

  /** The picture after this look, and what was not seen before: failures, and providers that went down or came back. */
  update(progress: LiveProgress): { picture: ProgressPicture; failures: FailedItem[]; news: HeldNews } {
    for (const { provider, passed, failed, errored } of progress.providers) {
      const row = this.rows.get(provider);
      // Between its last heartbeat and its commit a shard is counted nowhere for a moment: do not go back for that.
      if (row === undefined || passed + failed + errored < row.passed + row.failed + row.errored) continue;
      Object.assign(row, { passed, failed, errored });
    }
    const { passed, failed, errored } = progress.counts;
    if (endedOf(progress.counts) >= endedOf(this.ended)) this.ended = { passed, failed, errored };
    const failures = progress.failures.filter((item) => !this.told.has(item.id));
    for (const item of failures) this.told.add(item.id);
    return { picture: this.picture(progress), failures, news: this.heldNews(progress.held) };
  }

  private heldNews(rows: readonly HeldRow[]): HeldNews {
    const held = rows.filter(({ provider, message }) => this.heldFor.get(provider)?.message !== message);
    const released: string[] = [];
    for (const [provider, known] of this.heldFor) {
      // Between its last heartbeat and its result nobody tells of what a shard holds: one look does not count.
      if (rows.some((row) => row.provider === provider)) known.missed = false;
      else if (known.missed) released.push(provider);
      else known.missed = true;
    }
    for (const provider of released) this.heldFor.delete(provider);
    for (const { provider, message } of held) this.heldFor.set(provider, { message, missed: false });
    return { held, released };
  }

  private picture({ stage, counts, open, waitingForRetry, held }: LiveProgress): ProgressPicture {
    const rows = [...this.rows.values()];
    const sum = (key: 'passed' | 'failed' | 'errored'): number => rows.reduce((all, row) => all + row[key], 0);
    const known = { passed: sum('passed'), failed: sum('failed'), errored: sum('errored') };
    const sums = rows.length === 0 ? this.ended : known;
    const waiting = { waitingForRetry, held: held.reduce((all, row) => all + row.items, 0) };
    return { stage, rows: rows.map((row) => ({ ...row })), total: counts.total, ...sums, open, ...waiting };
  }
}

const endedOf = ({ passed, failed, errored }: Pick<Counts, 'passed' | 'failed' | 'errored'>): number =>
  passed + failed + errored;
