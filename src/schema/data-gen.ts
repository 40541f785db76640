/** Settings of the generation of data, in the input of a job. */
import { z } from 'zod';
import { jsonValue } from './json-value.js';

export const dataFormats = ['jsonl', 'json', 'csv'] as const;

export const dataGenSchema = z
  .strictObject({
    count: z
      .int()
      .min(1)
      .max(10_000_000)
      .optional()
      .describe('Records in all, over all scenarios and providers. Default: 100.'),
    format: z.enum(dataFormats).optional().describe('Form of the files of records. Default: jsonl.'),
    weights: z
      .record(z.string().min(1), z.number().gt(0).max(1_000_000))
      .optional()
      .describe('Scenario → its part of the records, beside the others’. Default: 1 each.'),
    seed: z.int().optional().describe('Of everything that varies between records. Default: 1.'),
    record: z
      .strictObject({
        schema: z
          .record(z.string(), jsonValue)
          .optional()
          .describe('JSON Schema that the last answer, read as JSON, must meet; it is then the record’s `data`.'),
        template: jsonValue
          .optional()
          .describe('The record’s `data`, with {{placeholders}} for parts of the conversation.'),
      })
      .optional()
      .describe('What a record holds besides the conversation. Default: the conversation alone.'),
    keep: z
      .enum(['all', 'passed'])
      .optional()
      .describe('passed: only conversations whose checks all held. Default: all.'),
    attempts: z
      .int()
      .min(1)
      .max(100)
      .optional()
      .describe(
        'Conversations for each record of `count` at most, those that give no valid record included. Default: 3.',
      ),
    dedupe: z
      .strictObject({
        exact: z
          .boolean()
          .optional()
          .describe('Leaves out records that say the same. Default: true where dedupe stands.'),
        near: z
          .number()
          .gt(0)
          .lte(1)
          .optional()
          .describe(
            'Leaves out records that share this part of their word sequences or more (Jaccard). Default: none.',
          ),
      })
      .optional()
      .describe('Removal of duplicates; each is replaced by another record. Default: none.'),
    split: z
      .strictObject({
        validation: z.number().gt(0).lt(1).describe('Part of the records that goes into the validation files.'),
      })
      .optional()
      .describe('Parts the records into `train` and `validation`. Default: one set.'),
    partRecords: z
      .int()
      .min(1)
      .max(10_000_000)
      .optional()
      .describe('Records of a file at most; with more, files are numbered. Default: 100000.'),
  })
  .describe('Settings of the generation of data.');

export type DataGenInput = z.input<typeof dataGenSchema>;
