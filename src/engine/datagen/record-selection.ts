/** Which conversations become the records of a set. */
import type { ConversationRecord } from '../../core/conversation.js';
import type { DataGenSettings } from '../../core/datagen/data-plan.js';
import type { DataRecord } from '../../core/datagen/data-record.js';
import { type DatasetSummary, nothingLeft } from '../../core/datagen/dataset-summary.js';
import { ExactDuplicates } from './exact-duplicates.js';
import { NearDuplicates } from './near-duplicates.js';
import { RecordMaker } from './record-maker.js';
import { saidBy, wordSequences } from './record-words.js';

/** Reasons are told apart up to this number, and this many are told. */
const MAX_REASONS = 1000;
const MAX_REASONS_TOLD = 20;
const MAX_REASON = 300;
const MAX_PAIRS = 10;

/**
 * Takes conversations in the order of their numbers: the first `count` that give a valid record and say nothing that
 * was said before are the set. So it is the same whenever, and however often, it is chosen.
 */
export class RecordSelection {
  readonly left = nothingLeft();
  /** Numbers of the chosen conversations, as a bit each. */
  readonly chosen: Uint8Array;
  readonly duplicates: DatasetSummary['duplicates'] = [];
  records = 0;
  private readonly maker: RecordMaker;
  private readonly exact: ExactDuplicates | undefined;
  private readonly near: NearDuplicates | undefined;
  private readonly reasonCounts = new Map<string, number>();

  /**
   * @param items conversations held at most
   * @param read a conversation that was chosen before
   */
  constructor(
    private readonly settings: DataGenSettings,
    items: number,
    private readonly read: (item: number) => Promise<ConversationRecord>,
  ) {
    this.chosen = new Uint8Array(Math.ceil(items / 8));
    this.maker = new RecordMaker(settings);
    const { exact, near } = settings.dedupe;
    this.exact = exact ? new ExactDuplicates() : undefined;
    this.near = near === undefined ? undefined : new NearDuplicates(near, (item) => this.sequencesOf(item));
  }

  async add(conversation: ConversationRecord): Promise<void> {
    const made = this.maker.make(conversation);
    if (!('record' in made)) {
      this.left[made.left] += 1;
      if (made.left === 'invalid' && made.message !== undefined) this.addReason(made.message);
      return;
    }
    const { index } = conversation;
    if (this.exact !== undefined || this.near !== undefined) {
      if (await this.isDuplicate(index, made.record)) return;
    }
    if (this.records >= this.settings.count) {
      this.left.surplus += 1;
      return;
    }
    this.records += 1;
    this.chosen[index >> 3] = (this.chosen[index >> 3] ?? 0) | (1 << (index & 7));
  }

  /** Why records were invalid, most frequent first. */
  get reasons(): DatasetSummary['reasons'] {
    const all = [...this.reasonCounts].map(([message, count]) => ({ message, count }));
    return all.sort((a, b) => b.count - a.count || (a.message < b.message ? -1 : 1)).slice(0, MAX_REASONS_TOLD);
  }

  private async isDuplicate(index: number, record: DataRecord): Promise<boolean> {
    const said = saidBy(record);
    if (this.exact?.has(said)) {
      this.left.exactDuplicates += 1;
      return true;
    }
    const like = await this.near?.findOrAdd(index, wordSequences(said));
    if (like !== undefined) {
      this.left.nearDuplicates += 1;
      if (this.duplicates.length < MAX_PAIRS) {
        const kept = (await this.read(like.number)).id;
        this.duplicates.push({ kept, left: record.metadata.id, similarity: Math.round(like.similarity * 1e4) / 1e4 });
      }
      return true;
    }
    this.exact?.add(said);
    return false;
  }

  private async sequencesOf(item: number): Promise<Uint32Array> {
    const made = this.maker.make(await this.read(item));
    if (!('record' in made)) throw new Error(`item ${item} gave a record before`);
    return wordSequences(saidBy(made.record));
  }

  private addReason(text: string): void {
    const message = text.length > MAX_REASON ? `${text.slice(0, MAX_REASON)}…` : text;
    const known = this.reasonCounts.get(message);
    if (known === undefined && this.reasonCounts.size >= MAX_REASONS) return;
    this.reasonCounts.set(message, (known ?? 0) + 1);
  }
}
