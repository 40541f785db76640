/** Records and a summary as a run leaves them, to be changed where a test cares. */
import type { AssertionResult, ConversationRecord, Message } from '../../src/core/conversation.js';
import { failedItemOf } from '../../src/core/failed-item.js';
import type { RunSummary, Tally } from '../../src/core/run.js';

/** 2026-11-20T12:00:00Z */
const START = 1_795_176_000_000;

export function sampleMessages(answer: string): Message[] {
  return [
    { role: 'system', content: 'You help the customers of a bookshop.' },
    { role: 'user', content: 'Where is my order?' },
    {
      role: 'assistant',
      content: answer,
      usage: { inputTokens: 120, outputTokens: 34 },
      costUsd: 0.0012,
      latencyMs: 840,
      finishReason: 'stop',
    },
  ];
}

export function sampleAssertion(over: Partial<AssertionResult> = {}): AssertionResult {
  return {
    level: 'turn',
    messageIndex: 2,
    type: 'content_includes',
    params: { patterns: ['order'] },
    passed: true,
    score: 1,
    explanation: 'all patterns found',
    message: 'Should speak of the order',
    source: 'scenarios/orders.yaml:14',
    ...over,
  };
}

export function sampleRecord(over: Partial<ConversationRecord> = {}): ConversationRecord {
  const { scenario = 'orders', provider = 'alpha', index = 0 } = over;
  return {
    schemaVersion: 1,
    id: `${scenario}/${provider}`,
    index,
    scenario,
    provider,
    region: 'default',
    trial: 1,
    promptTask: 'support',
    verdict: 'passed',
    messages: sampleMessages('Your order left our house on Monday.'),
    assertions: [sampleAssertion()],
    violations: [],
    usage: { inputTokens: 120, outputTokens: 34 },
    costUsd: 0.0012,
    timing: { startedAt: START + index, durationMs: 1250, callMs: 840, waitMs: 410 },
    calls: 1,
    attempt: 1,
    ...over,
  };
}

function tallies(records: readonly ConversationRecord[], keyOf: (record: ConversationRecord) => string): Tally[] {
  const found = new Map<string, Tally>();
  for (const record of records) {
    const key = keyOf(record);
    const usage = { inputTokens: 0, outputTokens: 0 };
    const latency = { count: 0, p50Ms: 840, p95Ms: 1900, p99Ms: 2400 };
    const tally = found.get(key) ?? { key, total: 0, passed: 0, failed: 0, errored: 0, usage, costUsd: 0, latency };
    tally.total += 1;
    tally[record.verdict] += 1;
    tally.latency.count += record.calls;
    tally.costUsd = (tally.costUsd ?? 0) + (record.costUsd ?? 0);
    tally.usage.inputTokens = (tally.usage.inputTokens ?? 0) + (record.usage.inputTokens ?? 0);
    tally.usage.outputTokens = (tally.usage.outputTokens ?? 0) + (record.usage.outputTokens ?? 0);
    found.set(key, tally);
  }
  return [...found.values()];
}

export function sampleSummary(records: readonly ConversationRecord[], over: Partial<RunSummary> = {}): RunSummary {
  const [all] = tallies(records, () => 'all');
  const { total = 0, passed = 0, failed = 0, errored = 0 } = all ?? {};
  const bad = failed + errored;
  return {
    schemaVersion: 1,
    run: 'bookshop/1',
    job: 'bookshop',
    type: 'evaluation',
    phase: bad > 0 ? 'Failed' : 'Succeeded',
    reason: bad > 0 ? 'AssertionsFailed' : 'AllPassed',
    message: bad > 0 ? `${bad} of ${total} conversations did not pass; see report.html.` : 'All conversations passed.',
    exitCode: bad > 0 ? 3 : 0,
    bundle: { name: 'bookshop', digest: '4f2c9ab1'.repeat(8), source: 'bundle' },
    startedAt: START,
    endedAt: START + 65_000,
    counts: { total, passed, failed, errored, reused: 0 },
    passRate: total === 0 ? undefined : passed / total,
    usage: all?.usage ?? {},
    costUsd: all?.costUsd,
    latency: { count: total, p50Ms: 840, p90Ms: 1500, p95Ms: 1900, p99Ms: 2400, maxMs: 2600 },
    calls: records.reduce((sum, record) => sum + record.calls, 0),
    providers: tallies(records, (record) => record.provider),
    scenarios: tallies(records, (record) => record.scenario),
    cells: tallies(records, (record) => `${record.scenario}/${record.provider}`),
    failures: records.flatMap((record) => failedItemOf(record) ?? []).slice(0, 100),
    warnings: [],
    reports: [],
    ...over,
  };
}
