/** Closed lists of the job input's schema, repeated: loading it here would slow down every `--help`. */
import type { FailCondition, ReportFormat } from '../schema/job.js';

export const REPORT_FORMATS = [
  'json',
  'jsonl',
  'csv',
  'junit',
  'markdown',
  'html',
] as const satisfies readonly ReportFormat[];

export const FAIL_CONDITIONS = [
  'assertion_failure',
  'provider_error',
  'timeout',
  'validation_error',
] as const satisfies readonly FailCondition[];
