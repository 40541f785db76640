/** What one conversation remembers. Ids count up, so that a replayed conversation gives the same ones. */
import type { JsonValue } from '../../core/conversation.js';
import type { SeedMemorySpec } from '../../schema/memory.js';
import { toText } from '../json.js';
import { wordsOf } from './words.js';

/** A model in a loop must not fill the process. */
const MAX_MEMORIES = 1000;

const DEFAULT_TYPE = 'fact';

export interface Memory {
  id: string;
  content: string;
  type: string;
  /** 0..1. */
  confidence: number;
  metadata?: { [key: string]: JsonValue };
}

interface Kept {
  memory: Memory;
  words: ReadonlySet<string>;
}

export interface MemoryFilter {
  /** Only these types; empty: all. */
  types: readonly string[];
  minConfidence: number;
  limit: number;
}

export class MemoryStore {
  private readonly kept = new Map<string, Kept>();
  private count = 0;

  /** The id. Throws an Error when there are too many. */
  remember({ content, type = DEFAULT_TYPE, confidence = 1, metadata }: SeedMemorySpec): string {
    if (this.kept.size >= MAX_MEMORIES) throw new Error(`there are ${MAX_MEMORIES} memories: forget some first`);
    this.count += 1;
    const id = `mem_${this.count}`;
    const memory: Memory = { id, content, type, confidence };
    if (metadata !== undefined) memory.metadata = metadata;
    const text = [content, type, ...Object.values(metadata ?? {}).map(toText)].join(' ');
    this.kept.set(id, { memory, words: wordsOf(text) });
    return id;
  }

  /**
   * Those that share a word with the query, best first. A word counts the more, the fewer memories have it; among
   * equals the surer one comes first, then the newer one.
   */
  recall(query: string, filter: MemoryFilter): Memory[] {
    const all = this.matching(filter);
    const weights = new Map<string, number>();
    for (const word of wordsOf(query)) {
      const holders = all.filter(({ words }) => words.has(word)).length;
      if (holders > 0) weights.set(word, all.length / holders);
    }
    const scored = all.map(({ memory, words }) => {
      let score = 0;
      for (const [word, weight] of weights) if (words.has(word)) score += weight;
      return { memory, score };
    });
    return scored
      .filter(({ score }) => score > 0)
      .sort((a, b) => b.score - a.score || b.memory.confidence - a.memory.confidence)
      .slice(0, filter.limit)
      .map(({ memory }) => memory);
  }

  /** Newest first. */
  list(filter: MemoryFilter, offset: number): Memory[] {
    return this.matching(filter)
      .slice(offset, offset + filter.limit)
      .map(({ memory }) => memory);
  }

  /** How many there are of that kind. */
  size(filter: MemoryFilter): number {
    return this.matching(filter).length;
  }

  /** False when there is none with that id. */
  forget(id: string): boolean {
    return this.kept.delete(id);
  }

  /** Newest first. */
  private matching({ types, minConfidence }: MemoryFilter): Kept[] {
    const newest = [...this.kept.values()].reverse();
    return newest.filter(
      ({ memory }) => (types.length === 0 || types.includes(memory.type)) && memory.confidence >= minConfidence,
    );
  }
}
