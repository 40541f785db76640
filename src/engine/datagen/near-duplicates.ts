import { seededRandom } from '../../core/seeded-random.js';
import { NumberTable } from './number-table.js';
import { jaccard } from './record-words.js';

/** By a name of its own: where globals are looked up anew each time, as in tests, that costs more than all else here. */
const { imul } = Math;

/** Bands of a signature: texts that agree in one of them are compared. */
const BANDS = 16;
/** Rows of a band at most. */
const MAX_ROWS = 12;
/** Share of the pairs just as alike as asked for that the bands find. */
const RECALL = 0.99;
/** Texts that one is compared with at most, and those that one band leads to. */
const MAX_COMPARED = 64;
const MAX_IN_BAND = 32;
/** Word sequences held in memory, in bytes; those of other texts are read again. */
const KEPT_BYTES = 64 * 1024 * 1024;

/** Gives the word sequences of a text that was added, by its number. */
export type ReadSequences = (number: number) => Promise<Uint32Array>;

/**
 * Finds texts that share a part of their word sequences (Jaccard). Candidates come from MinHash signatures in bands (LSH,
 * Broder 1997; Leskovec, Rajaraman, Ullman, ch. 3) and are then compared exactly, so that no text is taken for a
 * duplicate that is none, and of the pairs as alike as asked for at least 99 % are found from a similarity of 0.25 on.
 * Some 250 bytes a text (16 bands of 8 bytes, in tables filled by a third to two thirds) and 64 MB of word sequences.
 */
export class NearDuplicates {
  private readonly rows: number;
  private readonly masks: Int32Array;
  private readonly factors: Int32Array;
  private readonly bands = new NumberTable();
  private readonly kept = new Map<number, Uint32Array>();
  private keptBytes = 0;

  /** @param similarity above 0, at most 1: texts at least as alike are duplicates */
  constructor(
    private readonly similarity: number,
    private readonly read: ReadSequences,
  ) {
    // A pair of similarity s agrees in a band of r rows with probability s^r, and in one of b bands with 1 − (1 − s^r)^b.
    const needed = 1 - (1 - RECALL) ** (1 / BANDS);
    const rows = similarity >= 1 ? MAX_ROWS : Math.floor(Math.log(needed) / Math.log(similarity));
    this.rows = Math.max(1, Math.min(MAX_ROWS, rows));
    const random = seededRandom(1);
    const draw = () => Math.floor(random() * 2 ** 32) | 0;
    this.masks = Int32Array.from({ length: BANDS * this.rows }, draw);
    this.factors = Int32Array.from({ length: BANDS * this.rows }, () => draw() | 1);
  }

  /** The earliest text that this one is a duplicate of; else the text is added under its number, which must be new. */
  async findOrAdd(number: number, sequences: Uint32Array): Promise<{ number: number; similarity: number } | undefined> {
    const keys = this.keysOf(sequences);
    for (const other of this.candidates(keys)) {
      const similarity = jaccard(sequences, await this.sequencesOf(other));
      // Fractions carry noise in their last digits.
      if (similarity >= this.similarity - 1e-9) return { number: other, similarity };
    }
    for (const key of keys) {
      let inBand = 0;
      this.bands.some(key, () => {
        inBand += 1;
        return inBand >= MAX_IN_BAND;
      });
      if (inBand < MAX_IN_BAND) this.bands.add(key, number);
    }
    this.keep(number, sequences);
    return undefined;
  }

  private candidates(keys: readonly number[]): number[] {
    const found = new Set<number>();
    for (const key of keys) {
      this.bands.some(key, (number) => {
        found.add(number);
        return false;
      });
    }
    return [...found].sort((a, b) => a - b).slice(0, MAX_COMPARED);
  }

  /** A hash for each band of the signature. */
  private keysOf(sequences: Uint32Array): number[] {
    const keys: number[] = [];
    for (let band = 0; band < BANDS; band += 1) {
      let key = imul(band + 1, 0x9e3779b1);
      for (let row = 0; row < this.rows; row += 1)
        key = imul(key ^ this.least(sequences, band * this.rows + row), 0x01000193);
      keys.push((key ^ (key >>> 13)) >>> 0);
    }
    return keys;
  }

  /** The least value that hash function `number` has for any of the sequences. */
  private least(sequences: Uint32Array, number: number): number {
    const mask = this.masks[number] ?? 0;
    const factor = this.factors[number] ?? 1;
    let least = 0xffff_ffff;
    for (const sequence of sequences) {
      let hash = imul(sequence ^ mask, factor);
      hash = imul(hash ^ (hash >>> 15), 0x2c1b3c6d);
      hash = (hash ^ (hash >>> 13)) >>> 0;
      if (hash < least) least = hash;
    }
    return least;
  }

  private async sequencesOf(number: number): Promise<Uint32Array> {
    const kept = this.kept.get(number);
    if (kept === undefined) {
      const read = await this.read(number);
      this.keep(number, read);
      return read;
    }
    // Whatever is used is the last to make room.
    this.kept.delete(number);
    this.kept.set(number, kept);
    return kept;
  }

  private keep(number: number, sequences: Uint32Array): void {
    this.kept.set(number, sequences);
    this.keptBytes += sequences.byteLength;
    for (const [oldest, { byteLength }] of this.kept) {
      if (this.keptBytes <= KEPT_BYTES) break;
      this.kept.delete(oldest);
      this.keptBytes -= byteLength;
    }
  }
}
