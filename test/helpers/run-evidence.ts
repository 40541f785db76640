import { readFileSync } from 'node:fs';
import type { ConversationRecord } from '../../src/core/conversation.js';
import type { RunSummary } from '../../src/core/run.js';
import { runFolder } from '../../src/core/store-keys.js';
import { linesOf, parseLine, type SegmentLine } from '../../src/io/runs/segment-lines.js';
import { DirectoryStore } from '../../src/io/stores/directory-store.js';

/** What a run left in the store of a data folder, read without the product's own merging. */
export class RunEvidence {
  private readonly store: DirectoryStore;

  constructor(
    dataDir: string,
    private readonly run: string,
  ) {
    this.store = new DirectoryStore(`${dataDir}/store`);
  }

  summary(): RunSummary {
    return JSON.parse(readFileSync(this.store.locate(`${runFolder(this.run)}/final`), 'utf8')) as RunSummary;
  }

  results(): ConversationRecord[] {
    const text = readFileSync(this.store.locate(`${runFolder(this.run)}/report/results.jsonl`), 'utf8');
    return text
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as ConversationRecord);
  }

  async exists(name: string): Promise<boolean> {
    return (await this.store.get(`${runFolder(this.run)}/${name}`)) !== undefined;
  }

  /** Answers on record, all attempts together; `twice` are those that more than one attempt recorded. */
  async recordedCalls(): Promise<{ total: number; twice: string[] }> {
    const seen = new Map<string, number>();
    for (const line of await this.lines()) {
      if (line.tag !== 'C') continue;
      const call = `${line.item} ${line.occurrence} ${line.hash}`;
      seen.set(call, (seen.get(call) ?? 0) + 1);
    }
    return { total: seen.size, twice: [...seen].filter(([, count]) => count > 1).map(([call]) => call) };
  }

  /** Conversations whose end is on record so far. */
  async recordedItems(): Promise<number> {
    return new Set((await this.lines()).flatMap((line) => (line.tag === 'I' ? [line.item] : []))).size;
  }

  private async lines(): Promise<SegmentLine[]> {
    const found: SegmentLine[] = [];
    for (const { key } of await this.store.list(`${runFolder(this.run)}/shards`)) {
      if (key.endsWith('/commit')) continue;
      for (const { text } of linesOf((await this.store.get(key)) ?? new Uint8Array())) {
        const line = parseLine(text);
        if (line !== undefined) found.push(line);
      }
    }
    return found;
  }
}
