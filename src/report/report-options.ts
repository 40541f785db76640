import { ArenaError } from '../core/errors.js';
import type { ReportFormat } from '../schema/job.js';

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
  html?: {
    /** Default `report.html`. */
    file?: string;
    /** Bundle digest, labels, attempts and the like. Default true. */
    includeMetadata?: boolean;
    /** What the page opens with. Default: what the reader's system prefers. */
    theme?: 'light' | 'dark';
  };
}

export const SUMMARY_FILE = 'summary.json';
export const RESULTS_FILE = 'results.jsonl';

const OPTIONAL_FORMATS = ['json', 'csv', 'junit', 'markdown', 'html'] as const satisfies readonly ReportFormat[];
const DEFAULT_FILES = {
  json: 'results.json',
  csv: 'results.csv',
  junit: 'junit.xml',
  markdown: 'report.md',
  html: 'report.html',
};

export type OptionalFormat = (typeof OPTIONAL_FORMATS)[number];

/** Portable file names only; in particular no drive, no absolute path, no `..` and nothing hidden. */
const SAFE_PATH = /^[A-Za-z0-9_][A-Za-z0-9_.-]*(\/[A-Za-z0-9_][A-Za-z0-9_.-]*)*$/;

/**
 * Path of each asked-for report below the report folder, `jsonl` left out since it is always written. Throws
 * `invalid_input` with all bad names at once, so it can be asked before anything runs.
 */
export function reportPaths(formats: readonly ReportFormat[], options: ReportOptions): Map<OptionalFormat, string> {
  const paths = new Map<OptionalFormat, string>();
  const users = new Map([
    [SUMMARY_FILE, 'the summary'],
    [RESULTS_FILE, 'the results'],
  ]);
  const faults: string[] = [];
  for (const format of OPTIONAL_FORMATS) {
    if (!formats.includes(format)) continue;
    const path = options[format]?.file ?? DEFAULT_FILES[format];
    const other = users.get(path);
    if (!SAFE_PATH.test(path) || path.length > 200) {
      faults.push(`${format}: ${JSON.stringify(path)} is not a plain relative path of letters, digits, ".", "_", "-"`);
    } else if (other) {
      faults.push(`${format}: ${JSON.stringify(path)} is already the file of ${other}`);
    }
    users.set(path, format);
    paths.set(format, path);
  }
  if (faults.length > 0) {
    const message = `the names of report files cannot be used: ${faults.join('; ')}`;
    throw new ArenaError({ code: 'invalid_input', message, hint: 'Change defaults.output.<format>.file.' });
  }
  return paths;
}
