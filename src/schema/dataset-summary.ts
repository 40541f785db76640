/** The dataset section of `summary.json`. */
import { z } from 'zod';
import type { DatasetSummary } from '../core/datagen/dataset-summary.js';
import { dataFormats } from './data-gen.js';
import { count, rate } from './result-parts.js';

const left = z.object({
  errored: count.describe('The conversation could not be held.'),
  failedChecks: count.describe('Its checks did not hold, and only passing ones are kept.'),
  invalid: count.describe('The last answer is no JSON, or not as the schema or the template wants it.'),
  exactDuplicates: count.describe('It says the same as a record that is kept.'),
  nearDuplicates: count.describe('It says nearly the same as a record that is kept.'),
  surplus: count.describe('Valid, and more than were needed.'),
});

const part = z.object({
  path: z.string().describe('Path below the report folder.'),
  set: z.enum(['all', 'train', 'validation']).describe('Which set it is a part of; all: there is no split.'),
  records: count.describe('Records in it.'),
  bytes: count.describe('Size in bytes.'),
  sha256: z.string().describe('SHA-256 of the file, hex.'),
});

const row = z.object({ key: z.string().describe('Whose row this is.'), records: count.describe('Its records.') });

export const datasetSummarySchema = z
  .object({
    count: count.describe('Records wanted.'),
    records: count.describe('Valid records that are kept; fewer than `count` where the set is incomplete.'),
    left: left.describe('Conversations that gave no record, by why.'),
    rounds: count.describe('Rounds of conversations; each further one made up for those that gave no record.'),
    format: z.enum(dataFormats).describe('Form of the files.'),
    seed: z.int().describe('Of everything that varies between records.'),
    parts: z.array(part).describe('The files, in the order of the records.'),
    scenarios: z.array(row).describe('Records by scenario, most first; at most 200.'),
    providers: z.array(row).describe('Records by provider, most first; at most 200.'),
    reasons: z
      .array(z.object({ message: z.string().describe('What was wrong.'), count: count.describe('How often.') }))
      .describe('Why records were invalid, most frequent first; at most 20.'),
    samples: z
      .array(z.string())
      .describe('Some records, as one line of JSON each, cut at 2,000 characters; at most 20.'),
    duplicates: z
      .array(
        z.object({
          kept: z.string().describe('Id of the record that is kept.'),
          left: z.string().describe('Id of the one that is left out.'),
          similarity: rate.describe('Part of their word sequences that they share (Jaccard).'),
        }),
      )
      .describe('Some pairs of near duplicates; at most 10.'),
  })
  .describe('A set of generated records.') satisfies z.ZodType<DatasetSummary>;
