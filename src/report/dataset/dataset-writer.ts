/** Writes the files of a set of generated records. */
import { createHash, type Hash } from 'node:crypto';
import type { DataRecord } from '../../core/datagen/data-record.js';
import type { DatasetPart } from '../../core/datagen/dataset-summary.js';
import { ReportFileWriter } from '../report-file.js';
import type { ReportOutput } from '../report-output.js';
import { type RecordForm, recordForm } from './record-form.js';

export interface DatasetOptions {
  format: 'jsonl' | 'json' | 'csv';
  /** Keys of `data` that are columns in CSV. */
  keys: readonly string[];
  /** Records of a file at most. */
  partRecords: number;
  /** Sets and the records that each will get, in the order in which their files are listed. */
  sets: readonly { set: DatasetPart['set']; records: number }[];
}

interface OpenFile {
  file: ReportFileWriter;
  path: string;
  hash: Hash;
  records: number;
}

/** The files of one set: one, or numbered parts. */
class SetFiles {
  readonly parts: DatasetPart[] = [];
  private open: OpenFile | undefined;

  constructor(
    private readonly output: ReportOutput,
    private readonly set: DatasetPart['set'],
    private readonly pathOf: (number: number) => string,
    private readonly form: RecordForm,
    private readonly partRecords: number,
    private readonly format: string,
  ) {}

  async add(record: DataRecord): Promise<void> {
    if ((this.open?.records ?? 0) >= this.partRecords) await this.endPart();
    const open = this.open ?? (await this.startPart());
    const text = this.form.record(record, open.records === 0);
    open.records += 1;
    await open.file.add(text);
  }

  /** A set without records is a file without records. */
  async end(): Promise<DatasetPart[]> {
    if (this.open === undefined && this.parts.length === 0) await this.startPart();
    await this.endPart();
    return this.parts;
  }

  async abort(): Promise<void> {
    await this.open?.file.abort();
  }

  private async startPart(): Promise<OpenFile> {
    const path = this.pathOf(this.parts.length + 1);
    const hash = createHash('sha256');
    const file = await ReportFileWriter.open(hashed(this.output, hash), path, this.format);
    this.open = { file, path, hash, records: 0 };
    await file.add(this.form.head);
    return this.open;
  }

  private async endPart(): Promise<void> {
    const { open } = this;
    if (open === undefined) return;
    await open.file.add(this.form.tail);
    const { bytes } = await open.file.end();
    this.open = undefined;
    this.parts.push({ path: open.path, set: this.set, records: open.records, bytes, sha256: open.hash.digest('hex') });
  }
}

/** Memory does not grow with the number of records. Exactly one of `end` and `abort` is called. */
export class DatasetWriter {
  private readonly sets: ReadonlyMap<DatasetPart['set'], SetFiles>;

  constructor(output: ReportOutput, { format, keys, partRecords, sets }: DatasetOptions) {
    const form = recordForm(format, keys);
    this.sets = new Map(
      sets.map(({ set, records }) => {
        const path = datasetPath(set, format, records > partRecords);
        return [set, new SetFiles(output, set, path, form, partRecords, format)];
      }),
    );
  }

  async add(set: DatasetPart['set'], record: DataRecord): Promise<void> {
    const files = this.sets.get(set);
    if (files === undefined) throw new Error(`there is no set ${set}`);
    await files.add(record);
  }

  async end(): Promise<DatasetPart[]> {
    const parts: DatasetPart[] = [];
    for (const files of this.sets.values()) parts.push(...(await files.end()));
    return parts;
  }

  async abort(): Promise<void> {
    await Promise.allSettled([...this.sets.values()].map((files) => files.abort()));
  }
}

/**
 * Paths below the report folder: `dataset.jsonl` for a set of one file, `dataset/train.jsonl` with a split, and
 * `dataset/train-00001.jsonl` for numbered parts. `dataset.json` is the manifest, so JSON stands in `dataset/records.json`.
 */
function datasetPath(set: DatasetPart['set'], format: string, numbered: boolean): (number: number) => string {
  const name = set === 'all' ? 'records' : set;
  if (numbered) return (number) => `dataset/${name}-${String(number).padStart(5, '0')}.${format}`;
  if (set === 'all' && format !== 'json') return () => `dataset.${format}`;
  return () => `dataset/${name}.${format}`;
}

/** What is written goes into the hash as well. */
function hashed(output: ReportOutput, hash: Hash): ReportOutput {
  return {
    open: async (path) => {
      const sink = await output.open(path);
      return {
        write: (bytes) => {
          hash.update(bytes);
          return sink.write(bytes);
        },
        end: () => sink.end(),
        abort: () => sink.abort(),
      };
    },
  };
}
