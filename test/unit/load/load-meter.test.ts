import { describe, expect, test } from '@jest/globals';
import { LoadMeter } from '../../../activities/load/load-meter.js';

const answered = { content: 'x', latencyMs: 80, ttftMs: 20 };

describe('what a lane measures', () => {
  test('has answers in its latency, and failed requests in their counts alone', () => {
    const meter = new LoadMeter(0);
    meter.end({ cell: 0, latencyMs: 100, waitMs: 5, outcome: answered });
    meter.end({ cell: 0, latencyMs: 1, waitMs: 0, outcome: { code: 'rate_limited', message: '' } });
    meter.end({ cell: 0, latencyMs: 1, waitMs: 0, outcome: { code: 'connection_failed', message: '' } });
    const tally = meter.take(1).cells[0];
    expect(tally?.requests).toEqual({ ended: 3, failed: 2, rateLimited: 1 });
    expect(tally?.errors).toEqual({ rate_limited: 1, connection_failed: 1 });
    expect(tally?.latency).toMatchObject({ count: 1, max: 100 });
    // It was late by 20 ms, and so was its first token.
    expect(tally?.ttft).toMatchObject({ count: 1, max: 40 });
    expect(tally?.wait).toMatchObject({ count: 3, max: 5 });
  });
});
