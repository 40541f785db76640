/** What a load test measures: sums and histograms that merge exactly over seconds, workers, scenarios and providers. */
import type { Usage } from '../conversation.js';
import { emptyHistogram, type Histogram, mergeHistogram } from '../histogram.js';

export interface LoadTally {
  requests: {
    /** Answered or failed. */
    ended: number;
    failed: number;
    /** Of the failed ones those that the other side refused for their number (429 and the like). */
    rateLimited: number;
  };
  /** Failed requests by error code. */
  errors: { [code: string]: number };
  conversations: { passed: number; failed: number; errored: number };
  /** User turns that were answered. */
  turns: number;
  /** Milliseconds from when a request was due, or could be sent, to its answer; failed ones are not in it. */
  latency: Histogram;
  /** Milliseconds to the first token, where answers are streamed. */
  ttft: Histogram;
  /** Milliseconds that requests waited for a pace or a permit of ours: never part of the latency. */
  wait: Histogram;
  usage: Usage;
  costUsd: number;
  /** Requests whose cost is unknown. */
  unpriced: number;
}

export function emptyTally(): LoadTally {
  return {
    requests: { ended: 0, failed: 0, rateLimited: 0 },
    errors: {},
    conversations: { passed: 0, failed: 0, errored: 0 },
    turns: 0,
    latency: emptyHistogram(),
    ttft: emptyHistogram(),
    wait: emptyHistogram(),
    usage: {},
    costUsd: 0,
    unpriced: 0,
  };
}

/** Adds all of `from` to `into`. */
export function mergeTally(into: LoadTally, from: LoadTally): void {
  into.requests.ended += from.requests.ended;
  into.requests.failed += from.requests.failed;
  into.requests.rateLimited += from.requests.rateLimited;
  for (const [code, count] of Object.entries(from.errors)) into.errors[code] = (into.errors[code] ?? 0) + count;
  into.conversations.passed += from.conversations.passed;
  into.conversations.failed += from.conversations.failed;
  into.conversations.errored += from.conversations.errored;
  into.turns += from.turns;
  mergeHistogram(into.latency, from.latency);
  mergeHistogram(into.ttft, from.ttft);
  mergeHistogram(into.wait, from.wait);
  for (const key of ['inputTokens', 'outputTokens', 'cachedTokens'] as const) {
    const value = from.usage[key];
    if (value !== undefined) into.usage[key] = (into.usage[key] ?? 0) + value;
  }
  into.costUsd += from.costUsd;
  into.unpriced += from.unpriced;
}
