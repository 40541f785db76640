/** The block `dataGen` of an ArenaJob. */
import { z } from 'zod';
import { dataFormats } from '../data-gen.js';
import { jsonObject, jsonValue } from '../json-value.js';

const records = z.int().min(1).max(10_000_000).meta({ format: 'int32' });

/** As texts: the API server wants no fractions as numbers. */
const similarity = z
  .string()
  .max(32)
  .regex(/^(0?\.[0-9]*[1-9][0-9]*|1(\.0+)?)$/, 'must be a decimal number above 0 and not above 1, such as "0.9"');

const partOfAll = z
  .string()
  .max(32)
  .regex(/^0?\.[0-9]*[1-9][0-9]*$/, 'must be a decimal number between 0 and 1, such as "0.1"');

const record = z
  .strictObject({
    schema: jsonObject
      .optional()
      .describe('JSON Schema that the last answer, read as JSON, must meet; it is then the record’s `data`.'),
    template: jsonValue
      .optional()
      .describe('The record’s `data`, with {{placeholders}} for parts of the conversation.'),
  })
  .describe('What a record holds besides the conversation. Default: the conversation alone.');

export const dataGenSchema = z
  .strictObject({
    count: records.optional().describe('Records in all, over all scenarios and providers. Default: 100.'),
    format: z.enum(dataFormats).optional().describe('Form of the files of records. Default: jsonl.'),
    weights: z
      .record(z.string().min(1).max(253), z.int().min(1).max(1_000_000))
      .optional()
      .describe('Scenario → its part of the records, beside the others’. Default: 1 each.'),
    seed: z
      .int()
      .meta({ format: 'int64' })
      .optional()
      .describe('Of everything that varies between records. Default: 1.'),
    record: record.optional(),
    keep: z
      .enum(['all', 'passed'])
      .optional()
      .describe('passed: only conversations whose checks all held. Default: all.'),
    attempts: z
      .int()
      .min(1)
      .max(100)
      .meta({ format: 'int32' })
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
        near: similarity
          .optional()
          .describe(
            'Leaves out records that share this part of their word sequences or more, e.g. "0.9". Default: none.',
          ),
      })
      .optional()
      .describe('Removal of duplicates; each is replaced by another record. Default: none.'),
    split: z
      .strictObject({
        validation: partOfAll.describe('Part of the records that goes into the validation files, e.g. "0.1".'),
      })
      .optional()
      .describe('Parts the records into `train` and `validation`. Default: one set.'),
    partRecords: records
      .optional()
      .describe('Records of a file at most; with more, files are numbered. Default: 100000.'),
  })
  .describe('Settings of the generation of data.');

export type DataGenBlock = z.infer<typeof dataGenSchema>;
