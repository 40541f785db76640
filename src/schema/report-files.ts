/** The files of a report: what they are called, and what they may be called. */
import { z } from 'zod';

export const reportFiles = {
  summary: 'summary.json',
  manifest: 'manifest.json',
  dataset: 'dataset.json',
  jsonl: 'results.jsonl',
  json: 'results.json',
  csv: 'results.csv',
  /** Of a load test, beside its rows. */
  series: 'series.csv',
  junit: 'junit.xml',
  markdown: 'report.md',
  html: 'report.html',
} as const;

/** Folder of the recordings where nobody says. */
export const RECORDINGS_FOLDER = 'recordings';

/** Portable names only; in particular no drive, no absolute path, no `..` and nothing hidden. */
export const reportPath = z
  .string()
  .max(200)
  .regex(
    /^[A-Za-z0-9_][A-Za-z0-9_.-]*(\/[A-Za-z0-9_][A-Za-z0-9_.-]*)*$/,
    'must be a plain relative path of letters, digits, ".", "_" and "-"',
  );

/** The same as people write it, with or without `./` in front. */
export const writtenReportPath = z
  .string()
  .transform((path) => path.replace(/^(\.\/)+/, ''))
  .pipe(reportPath);

/** Formats whose file would be written over another one's, with the name they share. */
export function sharedReportFiles(files: { [format: string]: string | undefined }): { format: string; file: string }[] {
  const named = {
    ...reportFiles,
    ...Object.fromEntries(Object.entries(files).filter(([, file]) => file !== undefined)),
  };
  const all = Object.entries(named);
  return all.flatMap(([format, file]) =>
    files[format] !== undefined && all.some(([other, its]) => other !== format && its === file)
      ? [{ format, file }]
      : [],
  );
}
