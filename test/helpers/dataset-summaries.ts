import type { DatasetSummary } from '../../src/core/datagen/dataset-summary.js';
import type { RunSummary } from '../../src/core/run.js';

/** A record as it stands in a file, for samples. */
export function sampleLine(number: number, over: { content?: string; data?: unknown; scenario?: string } = {}): string {
  const { content = `Answer ${number}`, scenario = 'greeting', data } = over;
  return JSON.stringify({
    messages: [
      { role: 'system', content: 'You help customers.' },
      { role: 'user', content: `Question ${number}` },
      { role: 'assistant', content },
    ],
    ...(data === undefined ? {} : { data }),
    metadata: {
      id: `${scenario}/gpt/r${number}`,
      ...{ scenario, provider: 'gpt', seed: 1000 + number, usage: { inputTokens: 40, outputTokens: 12 } },
      ...{ costUsd: 0.0002, verdict: 'passed', checks: [{ type: 'content_includes', passed: true }] },
    },
  });
}

/** A set of 1,000 records in three files: of 1,040 conversations 40 gave none. */
export function datasetSummary(over: Partial<DatasetSummary> = {}): DatasetSummary {
  return {
    ...{ count: 1000, records: 1000, rounds: 2, format: 'jsonl', seed: 7 },
    left: {
      errored: 2,
      failedChecks: 10,
      invalid: 12,
      exactDuplicates: 9,
      nearDuplicates: 4,
      surplus: 3,
    },
    parts: [
      partOf('dataset/train-00001.jsonl', 'train', 500),
      partOf('dataset/train-00002.jsonl', 'train', 400),
      partOf('dataset/validation-00001.jsonl', 'validation', 100),
    ],
    scenarios: [
      { key: 'greeting', records: 600 },
      { key: 'refund', records: 400 },
    ],
    providers: [
      { key: 'gpt', records: 700 },
      { key: 'claude', records: 300 },
    ],
    reasons: [
      { message: '/title must be string', count: 8 },
      { message: 'the answer is no JSON', count: 4 },
    ],
    samples: [sampleLine(1), sampleLine(2, { data: { title: 'Broken lamp', urgency: 3 } })],
    duplicates: [{ kept: 'greeting/gpt/r5', left: 'greeting/gpt/r11', similarity: 0.93 }],
    ...over,
  };
}

function partOf(path: string, set: DatasetSummary['parts'][number]['set'], records: number) {
  return { path, set, records, bytes: records * 412, sha256: `${records}`.padStart(64, 'ab') };
}

/** A run that made it. */
export function datasetRun(dataset: DatasetSummary = datasetSummary(), over: Partial<RunSummary> = {}): RunSummary {
  const held = dataset.records + Object.values(dataset.left).reduce((sum, one) => sum + one, 0);
  const { errored, failedChecks: failed } = dataset.left;
  const counts = { total: held, passed: held - errored - failed, failed, errored, reused: 0 };
  const usage = { inputTokens: 41_000, outputTokens: 12_300 };
  const tally = (key: string, total: number) => ({
    ...{ key, total, passed: total, failed: 0, errored: 0, usage, costUsd: 0.1 },
    latency: { count: total, p50Ms: 300, p95Ms: 900 },
  });
  return {
    ...{ schemaVersion: 1, run: 'tickets/3', job: 'tickets', type: 'datagen', phase: 'Succeeded' },
    ...{ reason: 'RecordsComplete', message: `all ${dataset.count} records`, exitCode: 0 },
    bundle: { name: 'tickets', digest: 'd'.repeat(64), source: 'd'.repeat(64) },
    ...{ startedAt: 1_700_000_000_000, endedAt: 1_700_000_034_000, counts, passRate: counts.passed / held },
    ...{ usage, costUsd: 0.21, latency: { count: held, p50Ms: 300, p95Ms: 900 }, calls: held },
    providers: dataset.providers.map(({ key, records }) => tally(key, records)),
    scenarios: dataset.scenarios.map(({ key, records }) => tally(key, records)),
    cells: [],
    failures: [],
    warnings: [],
    reports: [
      ...dataset.parts.map(({ path, bytes }) => ({ path, bytes, format: dataset.format })),
      { path: 'dataset/dataset.json', bytes: 900, format: 'json' },
      { path: 'report.html', bytes: 90_000, format: 'html' },
    ],
    dataset,
    ...over,
  };
}
