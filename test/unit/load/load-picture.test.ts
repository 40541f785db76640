import { describe, expect, test } from '@jest/globals';
import { quantile, record } from '../../../src/core/histogram.js';
import { addSlice, emptyPicture, sumOf } from '../../../src/core/load/load-picture.js';
import { emptySlice, type LoadSlice, tallyOf } from '../../../src/core/load/load-slice.js';

/** A second of a lane in which 10 requests of a cell ended, one of them failed, after so many milliseconds each. */
function slice(second: number, cell: number, latencyMs: number): LoadSlice {
  const made = emptySlice(second);
  Object.assign(made, { begun: 11, sent: 12, dropped: 1, droppedRequests: 2, open: 5, inFlight: 4 });
  const tally = tallyOf(made, cell);
  tally.requests = { ended: 10, failed: 1, rateLimited: 1 };
  tally.conversations.passed = 9;
  for (let i = 0; i < 10; i += 1) record(tally.latency, latencyMs);
  return made;
}

describe('the picture of a load test', () => {
  test('has the seconds of all lanes side by side, in whatever order they come', () => {
    const picture = emptyPicture();
    for (const second of [2, 0, 1]) for (const cell of [0, 1]) addSlice(picture, slice(second, cell, 100 * (cell + 1)));
    expect(picture.bins.map(({ sent, ended, inFlightSeconds }) => [sent, ended, inFlightSeconds])).toEqual([
      [24, 20, 8],
      [24, 20, 8],
      [24, 20, 8],
    ]);
    expect(sumOf(picture, () => true).requests).toEqual({ ended: 60, failed: 6, rateLimited: 6 });
    // Within the 1 % of a histogram.
    expect(Math.abs((quantile(sumOf(picture, (cell) => cell === 1).latency, 0.5) ?? 0) / 200 - 1)).toBeLessThan(0.01);
    expect(quantile(sumOf(picture, () => true).latency, 0.5) ?? 0).toBeLessThanOrEqual(101);
  });

  test('leaves seconds in which nothing was heard empty', () => {
    const picture = emptyPicture();
    addSlice(picture, slice(3, 0, 50));
    expect(picture.bins.map(({ sent }) => sent)).toEqual([0, 0, 0, 12]);
  });

  test('stays of one size however long the test lasts, and loses no count', () => {
    const picture = emptyPicture();
    const sizes: number[] = [];
    for (let second = 0; second < 20_000; second += 1) {
      addSlice(picture, slice(second, 0, 1 + (second % 500)));
      if (second % 5_000 === 4_999) sizes.push(JSON.stringify(picture).length);
    }
    expect([picture.binSeconds, picture.bins.length]).toEqual([32, 625]);
    const sums = picture.bins.reduce((all, { sent, ended }) => ({ sent: all.sent + sent, ended: all.ended + ended }), {
      sent: 0,
      ended: 0,
    });
    expect(sums).toEqual({ sent: 240_000, ended: 200_000 });
    expect(sumOf(picture, () => true).requests.ended).toBe(200_000);
    expect(Math.max(...sizes)).toBeLessThan(4 * Math.min(...sizes));
  });
});
