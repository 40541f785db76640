import type { ReportFormat } from '../schema/job.js';

/** The formats of the job input's schema, repeated: loading it here would slow down every `--help`. */
export const REPORT_FORMATS = [
  'json',
  'jsonl',
  'csv',
  'junit',
  'markdown',
  'html',
] as const satisfies readonly ReportFormat[];
