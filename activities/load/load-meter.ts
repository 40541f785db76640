import type { Verdict } from '../../src/core/conversation.js';
import type { Failure } from '../../src/core/errors.js';
import { record } from '../../src/core/histogram.js';
import { emptySlice, type LoadSlice, tallyOf } from '../../src/core/load/load-slice.js';
import type { Completion } from '../../src/core/provider.js';

/** A request that has ended. */
export interface EndedRequest {
  cell: number;
  /** Milliseconds from when it was due, or could be sent, to its end; waiting for paces of ours left out. */
  latencyMs: number;
  waitMs: number;
  outcome: Completion | Failure;
}

/** Counts what a lane sees, second by second. */
export class LoadMeter {
  private slice: LoadSlice;
  /** Conversations and requests that have begun and not ended. */
  open = 0;
  inFlight = 0;

  constructor(second: number) {
    this.slice = emptySlice(second);
  }

  begin(lateMs: number): void {
    this.slice.begun += 1;
    this.open += 1;
    record(this.slice.late, lateMs);
  }

  drop(requests: number): void {
    this.slice.dropped += 1;
    this.slice.droppedRequests += requests;
  }

  send(): void {
    this.slice.sent += 1;
    this.inFlight += 1;
  }

  end({ cell, latencyMs, waitMs, outcome }: EndedRequest): void {
    this.inFlight -= 1;
    const tally = tallyOf(this.slice, cell);
    tally.requests.ended += 1;
    record(tally.wait, waitMs);
    if ('code' in outcome) {
      const { code, status } = outcome;
      tally.requests.failed += 1;
      tally.errors[code] = (tally.errors[code] ?? 0) + 1;
      if (code === 'rate_limited' || status === 529) tally.requests.rateLimited += 1;
      return;
    }
    // A service that refuses everything at once must not look fast.
    record(tally.latency, latencyMs);
    if (outcome.ttftMs !== undefined) record(tally.ttft, outcome.ttftMs + Math.max(0, latencyMs - outcome.latencyMs));
    this.spend(cell, outcome);
  }

  /** A request was cut off when the test was over: it has no end. */
  cut(): void {
    this.inFlight -= 1;
  }

  /** What an answer cost, also where it is none of the requests that are measured: a judge's, a persona's. */
  spend(cell: number, { usage = {}, costUsd }: Completion): void {
    const tally = tallyOf(this.slice, cell);
    for (const key of ['inputTokens', 'outputTokens', 'cachedTokens'] as const) {
      const value = usage[key];
      if (value !== undefined) tally.usage[key] = (tally.usage[key] ?? 0) + value;
    }
    if (costUsd === undefined) tally.unpriced += 1;
    else tally.costUsd += costUsd;
  }

  finish(cell: number, verdict: Verdict, turns: number): void {
    this.open -= 1;
    const tally = tallyOf(this.slice, cell);
    tally.conversations[verdict] += 1;
    tally.turns += turns;
  }

  /** A conversation was cut off: it has no verdict. */
  interrupt(): void {
    this.open -= 1;
    this.slice.interrupted += 1;
  }

  /** What was counted since the last call; from here on is counted for `second`. */
  take(second: number): LoadSlice {
    const taken = { ...this.slice, open: this.open, inFlight: this.inFlight };
    this.slice = emptySlice(second);
    return taken;
  }
}
