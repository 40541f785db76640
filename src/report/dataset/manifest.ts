import type { DatasetSummary } from '../../core/datagen/dataset-summary.js';
import type { ReportFile, RunSummary } from '../../core/run.js';

/** `dataset.json`: what a set of records is made of, for whoever reads it on without the rest of the report. */
export function datasetManifest(
  { run, job, bundle }: Pick<RunSummary, 'run' | 'job' | 'bundle'>,
  { format, seed, count, records, parts }: DatasetSummary,
) {
  return { schemaVersion: 1, run, job, bundle: bundle.digest, format, seed, count, records, parts };
}

/** The files of the records as the report lists them. */
export function dataFiles({ format, parts }: DatasetSummary): ReportFile[] {
  return parts.map(({ path, bytes }) => ({ path, bytes, format }));
}
