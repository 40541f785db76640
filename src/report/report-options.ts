import { ArenaError } from '../core/errors.js';
import type { ReportFormat } from '../schema/job.js';
import { reportFiles, reportPath, sharedReportFiles } from '../schema/report-files.js';

/** How reports look; the counterpart of `defaults.output` in an Arena file. Everything has a default. */
export interface ReportOptions {
  json?: {
    /** Default `results.json`. */
    file?: string;
    /** Indent results.json. Default false. */
    pretty?: boolean;
    /** Keep raw provider bodies in results.json, where a provider file asks for them. Default false. */
    includeRaw?: boolean;
  };
  csv?: {
    /** Default `results.csv`. */
    file?: string;
  };
  junit?: {
    /** Default `junit.xml`. */
    file?: string;
    /** Give each test case the transcript as `system-out`. Default false. */
    includeSystemOut?: boolean;
  };
  /** Each switch turns one section on or off; all default to true. */
  markdown?: {
    /** Default `report.md`. */
    file?: string;
    /** Checks and last messages of failed conversations. */
    includeDetails?: boolean;
    showOverview?: boolean;
    showResultsMatrix?: boolean;
    showFailedTests?: boolean;
    showCostSummary?: boolean;
  };
  /** Present: a recording of each conversation is written to this folder. */
  recordings?: { dir: string };
  html?: {
    /** Default `report.html`. */
    file?: string;
    /** Bundle digest, labels, attempts and the like. Default true. */
    includeMetadata?: boolean;
    /** What the page opens with. Default: what the reader's system prefers. */
    theme?: 'light' | 'dark';
  };
}

const OPTIONAL_FORMATS = ['json', 'csv', 'junit', 'markdown', 'html'] as const satisfies readonly ReportFormat[];

export type OptionalFormat = (typeof OPTIONAL_FORMATS)[number];

/**
 * Path of each asked-for report below the report folder, `jsonl` left out since it is always written. Throws
 * `invalid_input` with all bad names at once, so it can be asked before anything runs.
 */
export function reportPaths(formats: readonly ReportFormat[], options: ReportOptions): Map<OptionalFormat, string> {
  const asked = OPTIONAL_FORMATS.filter((format) => formats.includes(format));
  const faults = sharedReportFiles(Object.fromEntries(asked.map((format) => [format, options[format]?.file]))).map(
    ({ format, file }) => `${format}: ${file} is the file of another report`,
  );
  const paths = new Map<OptionalFormat, string>();
  for (const format of asked) {
    const path = options[format]?.file ?? reportFiles[format];
    const fault = reportPath.safeParse(path).error?.issues[0]?.message;
    if (fault !== undefined) faults.push(`${format}: ${JSON.stringify(path)} ${fault}`);
    paths.set(format, path);
  }
  if (faults.length > 0) {
    const message = `the names of report files cannot be used: ${faults.join('; ')}`;
    throw new ArenaError({ code: 'invalid_input', message, hint: 'Change defaults.output.<format>.file.' });
  }
  return paths;
}
