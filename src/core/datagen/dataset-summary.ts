/** A set of generated records as it is told: while it is made, and in `summary.json`. */

export interface DatasetFigures {
  /** Records wanted. */
  count: number;
  /** Valid records that are kept so far, at most `count`. */
  records: number;
  /** Conversations that gave no record, by why. */
  left: {
    /** The conversation could not be held. */
    errored: number;
    /** Its checks did not hold, and only passing ones are kept. */
    failedChecks: number;
    /** The last answer is no JSON, or not as the schema or the template wants it. */
    invalid: number;
    exactDuplicates: number;
    nearDuplicates: number;
    /** Valid, and more than were needed. */
    surplus: number;
  };
  /** Rounds of conversations so far: a further one makes up for those that gave no record. */
  rounds: number;
}

/** Of conversations none of which was looked at yet. */
export const nothingLeft = (): DatasetFigures['left'] => ({
  errored: 0,
  failedChecks: 0,
  invalid: 0,
  exactDuplicates: 0,
  nearDuplicates: 0,
  surplus: 0,
});

/** Why conversations gave no record, in the order in which they are looked at. */
export const LOSS_WORDS: { readonly [why in keyof DatasetFigures['left']]: string } = {
  errored: 'could not be held',
  failedChecks: 'failed their checks',
  invalid: 'gave no valid record',
  exactDuplicates: 'said what another record says',
  nearDuplicates: 'said nearly what another record says',
  surplus: 'came after the set was full',
};

/** Conversations that were looked at: each gave a record, or did not. */
export function lookedAt({ records, left }: Pick<DatasetFigures, 'records' | 'left'>): number {
  return records + Object.values(left).reduce((sum, count) => sum + count, 0);
}

/** The figures alone, without what a summary tells besides. */
export function figuresOfSet({ count, records, left, rounds }: DatasetFigures): DatasetFigures {
  return { count, records, left, rounds };
}

/** A file of records. */
export interface DatasetPart {
  /** Path below the report folder. */
  path: string;
  set: 'all' | 'train' | 'validation';
  records: number;
  bytes: number;
  /** Hex. */
  sha256: string;
}

/** The dataset section of a run's summary. */
export interface DatasetSummary extends DatasetFigures {
  format: 'jsonl' | 'json' | 'csv';
  seed: number;
  parts: DatasetPart[];
  /** Records by scenario and by provider, most first; at most 200 rows of each. */
  scenarios: { key: string; records: number }[];
  providers: { key: string; records: number }[];
  /** Why records were invalid, most frequent first; at most 20. */
  reasons: { message: string; count: number }[];
  /** Some records for people to look at, as one line of JSON each, at most 2,000 characters; at most 20. */
  samples: string[];
  /** Pairs of near duplicates for people to look at; at most 10. */
  duplicates: { kept: string; left: string; similarity: number }[];
}
