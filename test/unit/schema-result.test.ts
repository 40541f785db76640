import { describe, expect, test } from '@jest/globals';
import { z } from 'zod';
import type { ConversationRecord } from '../../src/core/conversation.js';
import type { DataRecord } from '../../src/core/datagen/data-record.js';
import type { RunSummary } from '../../src/core/run.js';
import type { dataRecordSchema } from '../../src/schema/data-record.js';
import { conversationRecordSchema } from '../../src/schema/result.js';
import { runSummarySchema } from '../../src/schema/run-summary.js';
import { report } from '../helpers/report-memory.js';
import { sampleRecord } from '../helpers/sample-records.js';

/** `true` only for types that are the same in both directions, optional marks included. */
type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
/** Intersections written out, so that only the fields are compared. */
type Flat<T> = T extends (infer Item)[] ? Flat<Item>[] : T extends object ? { [Key in keyof T]: Flat<T[Key]> } : T;

// The compiler refuses these lines when schema and type differ in any field.
const recordIsSame: Same<
  Flat<Omit<z.infer<typeof conversationRecordSchema>, 'messages' | 'assertions'>>,
  Flat<Omit<ConversationRecord, 'messages' | 'assertions'>>
> = true;
const messageIsSame: Same<
  keyof z.infer<typeof conversationRecordSchema>['messages'][number],
  keyof ConversationRecord['messages'][number]
> = true;
const assertionIsSame: Same<
  keyof z.infer<typeof conversationRecordSchema>['assertions'][number],
  keyof ConversationRecord['assertions'][number]
> = true;
const dataRecordIsSame: Same<Flat<z.infer<typeof dataRecordSchema>>, Flat<DataRecord>> = true;
const summaryIsSame: Same<Flat<z.infer<typeof runSummarySchema>>, Flat<RunSummary>> = true;

/** Paths of all fields of a JSON Schema that have no description. */
function undescribed(schema: unknown, path: string): string[] {
  if (typeof schema !== 'object' || schema === null) return [];
  const { properties, ...rest }: { properties?: object } = schema;
  const here = Object.entries(properties ?? {}).flatMap(([name, field]) =>
    typeof field === 'object' && field !== null && ('description' in field || '$ref' in field)
      ? undescribed(field, `${path}.${name}`)
      : [`${path}.${name}`],
  );
  return [...here, ...Object.entries(rest).flatMap(([key, value]) => undescribed(value, `${path}/${key}`))];
}

describe('the schemas of results', () => {
  test('are the types that the program uses', () => {
    const all = [recordIsSame, messageIsSame, assertionIsSame, summaryIsSame, dataRecordIsSame];
    expect(all).toEqual(all.map(() => true));
  });

  test('fit the files that are written', async () => {
    const records = [
      sampleRecord(),
      sampleRecord({
        verdict: 'errored',
        error: { code: 'call_timeout', message: 'm', status: 504 },
        costUsd: undefined,
      }),
    ];
    const { output } = await report(['csv'], records);
    const lines = output.text('results.jsonl').trimEnd().split('\n');
    for (const line of lines) conversationRecordSchema.parse(JSON.parse(line));
    runSummarySchema.parse(JSON.parse(output.text('summary.json')));
  });

  test('refuse a wrong verdict, a negative count and an unknown error code', () => {
    for (const over of [{ verdict: 'ok' }, { calls: -1 }, { error: { code: 'oops', message: 'm' } }]) {
      expect(conversationRecordSchema.safeParse({ ...sampleRecord(), ...over }).success).toBe(false);
    }
  });

  test.each([
    ['result', conversationRecordSchema],
    ['summary', runSummarySchema],
  ])('every field of %s is described', (name, schema) => {
    expect(undescribed(z.toJSONSchema(schema, { io: 'input' }), name)).toEqual([]);
  });
});
