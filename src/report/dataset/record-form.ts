/** The forms that files of generated records have. */
import type { JsonValue } from '../../core/conversation.js';
import type { DataRecord } from '../../core/datagen/data-record.js';
import { dataCells, dataHeader } from './csv-form.js';

export interface RecordForm {
  /** At the beginning of each file. */
  head: string;
  /** `first`: of its file. */
  record(record: DataRecord, first: boolean): string;
  tail: string;
}

/**
 * @param keys keys that `data` has at its top, where the job says so: a column each in CSV
 */
export function recordForm(format: 'jsonl' | 'json' | 'csv', keys: readonly string[]): RecordForm {
  switch (format) {
    case 'jsonl':
      return { head: '', record: (record) => `${JSON.stringify(record)}\n`, tail: '' };
    case 'json':
      return {
        head: '[',
        record: (record, first) => `${first ? '\n' : ',\n'}${JSON.stringify(record)}`,
        tail: '\n]\n',
      };
    case 'csv':
      return { head: dataHeader(keys), record: (record) => dataCells(record, keys), tail: '' };
  }
}

/** Keys that `data` will have at its top as far as the job says: those of the template, else those that the schema names. */
export function dataKeys({
  schema,
  template,
}: {
  schema?: { [key: string]: JsonValue };
  template?: JsonValue;
}): string[] {
  const shape = template ?? schema?.properties;
  return typeof shape === 'object' && shape !== null && !Array.isArray(shape) ? Object.keys(shape) : [];
}
