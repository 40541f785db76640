/** A load test as tables: its rows by scenario and provider, and its course in time. */
import type { LoadLatency, LoadPoint, LoadRow, LoadSummary } from '../../core/load/load-summary.js';
import { type CsvCell, csvRow } from '../csv-row.js';
import { endedOf } from './words.js';

const share = (part: number, whole: number): number | undefined => (whole === 0 ? undefined : part / whole);

/** Order and names are part of the format: new columns are added at the end. An empty cell is an unknown value. */
const ROW_COLUMNS: { [name: string]: (row: LoadRow, seconds: number) => CsvCell } = {
  scenario: ({ scenario }) => scenario,
  provider: ({ provider }) => provider,
  requests: ({ requests }) => requests.ended,
  requestsPerSecond: ({ requests }, seconds) => share(requests.ended, seconds),
  failedRequests: ({ requests }) => requests.failed,
  rateLimitedRequests: ({ requests }) => requests.rateLimited,
  errorRate: ({ requests }) => share(requests.failed, requests.ended),
  passedConversations: ({ conversations }) => conversations.passed,
  failedConversations: ({ conversations }) => conversations.failed,
  erroredConversations: ({ conversations }) => conversations.errored,
  passRate: (row) => share(row.conversations.passed, endedOf(row)),
  turns: ({ turns }) => turns,
  ...timeColumns('latency', ({ latency }) => latency),
  ...timeColumns('ttft', ({ ttft }) => ttft),
  ...timeColumns('wait', ({ wait }) => wait),
  inputTokens: ({ usage }) => usage.inputTokens,
  outputTokens: ({ usage }) => usage.outputTokens,
  cachedTokens: ({ usage }) => usage.cachedTokens,
  costUsd: ({ costUsd }) => costUsd,
  errors: ({ errors }) => (Object.keys(errors).length === 0 ? undefined : JSON.stringify(errors)),
};

const POINT_COLUMNS: { [name: string]: (point: LoadPoint) => CsvCell } = {
  second: ({ second }) => second,
  target: ({ target }) => target,
  sentPerSecond: ({ sent }) => sent,
  endedPerSecond: ({ ended }) => ended,
  failedPerSecond: ({ failed }) => failed,
  rateLimitedPerSecond: ({ rateLimited }) => rateLimited,
  droppedPerSecond: ({ dropped }) => dropped,
  conversationsInFlight: ({ open }) => open,
  requestsInFlight: ({ inFlight }) => inFlight,
  p50Ms: ({ p50Ms }) => p50Ms,
  p95Ms: ({ p95Ms }) => p95Ms,
  p99Ms: ({ p99Ms }) => p99Ms,
};

function timeColumns(
  name: string,
  of: (row: LoadRow) => LoadLatency | undefined,
): { [name: string]: (row: LoadRow) => CsvCell } {
  return {
    [`${name}MeanMs`]: (row) => of(row)?.meanMs,
    [`${name}P50Ms`]: (row) => of(row)?.p50Ms,
    [`${name}P90Ms`]: (row) => of(row)?.p90Ms,
    [`${name}P95Ms`]: (row) => of(row)?.p95Ms,
    [`${name}P99Ms`]: (row) => of(row)?.p99Ms,
    [`${name}P999Ms`]: (row) => of(row)?.p999Ms,
    [`${name}MaxMs`]: (row) => of(row)?.maxMs,
  };
}

/** A header, and one line for each scenario and provider. */
export function loadRowsCsv({ cells, seconds }: LoadSummary): string {
  const columns = Object.values(ROW_COLUMNS);
  return table(
    Object.keys(ROW_COLUMNS),
    cells.map((row) => columns.map((column) => column(row, seconds))),
  );
}

/** A header, and one line for each point in time. */
export function loadSeriesCsv({ series }: LoadSummary): string {
  const columns = Object.values(POINT_COLUMNS);
  return table(
    Object.keys(POINT_COLUMNS),
    series.map((point) => columns.map((column) => column(point))),
  );
}

function table(names: readonly string[], rows: readonly CsvCell[][]): string {
  return [names, ...rows].map(csvRow).join('');
}
