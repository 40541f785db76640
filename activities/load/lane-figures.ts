import { emptyHistogram, type Histogram, mergeHistogram } from '../../src/core/histogram.js';
import type { LaneHeartbeat } from '../../src/core/load/lane.js';
import { loadLatency } from '../../src/core/load/load-latency.js';
import type { LoadSlice } from '../../src/core/load/load-slice.js';
import type { LoadMeter } from './load-meter.js';

/** Seconds over which rates and latencies of the heartbeat are told. */
const RATE_SECONDS = 5;
const LATENCY_SECONDS = 10;

interface Recent {
  second: number;
  sent: number;
  latency: Histogram;
}

/** What the heartbeat of a lane tells: sums since it began, and the last seconds. */
export class LaneFigures {
  private readonly sums = {
    sent: 0,
    ended: 0,
    failed: 0,
    rateLimited: 0,
    dropped: 0,
    tokens: 0,
    costUsd: 0,
    unpriced: 0,
  };
  private recent: Recent[] = [];

  add(slice: LoadSlice): void {
    const { sums } = this;
    sums.sent += slice.sent;
    sums.dropped += slice.dropped;
    const latency = emptyHistogram();
    for (const tally of Object.values(slice.cells)) {
      sums.ended += tally.requests.ended;
      sums.failed += tally.requests.failed;
      sums.rateLimited += tally.requests.rateLimited;
      sums.tokens += (tally.usage.inputTokens ?? 0) + (tally.usage.outputTokens ?? 0);
      sums.costUsd += tally.costUsd;
      sums.unpriced += tally.unpriced;
      mergeHistogram(latency, tally.latency);
    }
    this.recent.push({ second: slice.second, sent: slice.sent, latency });
    this.recent = this.recent.filter(({ second }) => second > slice.second - LATENCY_SECONDS);
  }

  heartbeat(lane: number, worker: string, clockMs: number, meter: LoadMeter | undefined): LaneHeartbeat {
    const { costUsd, unpriced, ...sums } = this.sums;
    const latency = emptyHistogram();
    for (const each of this.recent) mergeHistogram(latency, each.latency);
    const newest = this.recent.at(-1)?.second ?? 0;
    const sent = this.recent.reduce((sum, each) => (each.second > newest - RATE_SECONDS ? sum + each.sent : sum), 0);
    return {
      lane,
      worker,
      clockMs,
      ...sums,
      open: meter?.open ?? 0,
      inFlight: meter?.inFlight ?? 0,
      rps: Math.round((10 * sent) / Math.min(RATE_SECONDS, newest + 1)) / 10,
      latency: loadLatency(latency),
      ...(unpriced === 0 ? { costUsd } : {}),
    };
  }
}
