import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import picocolors from 'picocolors';
import { eventLine, eventNews, loadBlock, loadLine } from '../../src/cli/load-view.js';
import type { LoadFigures } from '../../src/core/load/load-summary.js';

const plain = picocolors.createColors(false);

const figures = (changes: Partial<LoadFigures> = {}): LoadFigures => ({
  model: 'open',
  clockMs: 360_000,
  endMs: 600_000,
  target: 100,
  lanes: 2,
  rps: 99.84,
  requests: { sent: 30_000, ended: 29_788, failed: 120, rateLimited: 89, unknown: 0 },
  conversations: { begun: 10_000, passed: 9_700, failed: 10, errored: 30, dropped: 0 },
  turns: 20_000,
  open: 260,
  inFlight: 212,
  latency: { count: 29_668, p50Ms: 640, p95Ms: 1_900, p99Ms: 3_400 },
  ttft: { count: 29_668, p50Ms: 190, p95Ms: 410 },
  usage: { inputTokens: 1, outputTokens: 2 },
  costUsd: 4.1,
  thresholds: [
    { metric: 'latency_p95', operator: '<', value: '1s', state: 'failed', actual: 1_900, provider: 'gpt' },
    { metric: 'error_rate', operator: '<', value: '1%', state: 'passed', actual: 0.004 },
    { metric: 'ttft_p99', operator: '<', value: '2s', state: 'unknown' },
  ],
  events: [],
  ...changes,
});

const view = (load: LoadFigures, columns = 120) => loadBlock(load, { columns, colors: plain, elapsedMs: 361_000 });

describe('a load test under way', () => {
  test('is told in lines of target and rate, latency, counts and thresholds', () => {
    expect(view(figures())).toEqual([
      '6m0s of 10m0s  ########################................',
      'target 100 rps   now 99.8 rps   in flight 212   open 260   failed 0.4%   429s 0.3%   $4.10',
      'latency p50 640ms  p95 1.9s  p99 3.4s    ttft p50 190ms  p95 410ms',
      '30000 requests  10000 conversations  9700 passed  10 failed  30 errors  2 lanes',
      'threshold  latency_p95 < 1s (gpt)  LOST  1.9s',
      'threshold  error_rate < 1%  ok  0.4 %',
      'threshold  ttft_p99 < 2s  not measured',
    ]);
  });

  test('says what it could not do, and what bounds it', () => {
    const budget = { usd: 5, usedUsd: 5.02, usedTokens: 9, reached: true };
    const conversations = { begun: 9, passed: 1, failed: 0, errored: 0, dropped: 7 };
    const requests = { sent: 9, ended: 6, failed: 0, rateLimited: 0, unknown: 3 };
    const lines = view(figures({ budget, conversations, requests, model: 'closed', endMs: undefined }));
    expect(lines[0]).toBe('6m0s');
    expect(lines[1]).toContain('target 100 users');
    expect(lines[1]).toContain('$4.10   of $5.00   BUDGET REACHED');
    expect(lines[3]).toContain('7 dropped  3 unknown');
  });

  test('says that it starts before its clock does', () => {
    expect(view(figures({ clockMs: -800 }))[0]).toMatch(/^starting {2}6m1s/);
  });

  test('names what goes wrong, what waits, and that it stands', () => {
    const errors = { connection_failed: 110, rate_limited: 10 };
    const wait = { count: 9, p95Ms: 1_200, maxMs: 2_000 };
    const lines = view(figures({ errors, wait, paused: true }));
    expect(lines[0]).toMatch(/^6m0s of 10m0s {2}PAUSED {2}#/);
    expect(lines[2]).toMatch(/waited p95 1\.2s$/);
    expect(lines[4]).toBe('errors     connection_failed 110, rate_limited 10');
    expect(loadLine(figures({ errors }))).toContain('120 failed (connection_failed 110, rate_limited 10)');
  });

  test('needs more lines where the terminal is narrow, and hides nothing', () => {
    expect(view(figures(), 50).slice(1, 6)).toEqual([
      'target 100 rps   now 99.8 rps   in flight 212',
      'open 260   failed 0.4%   429s 0.3%   $4.10',
      'latency p50 640ms  p95 1.9s  p99 3.4s',
      'ttft p50 190ms  p95 410ms',
      '30000 requests  10000 conversations  9700 passed',
    ]);
  });

  test('is one line where nobody watches', () => {
    expect(loadLine(figures(), 361_000)).toBe(
      'progress 6m0s of 10m0s  target 100 rps  now 99.8 rps  in flight 212  open 260  120 failed  p95 1.9s  1 threshold lost  $4.10',
    );
  });

  test('is never wider than the terminal, whatever it is called', () => {
    fc.assert(
      fc.property(fc.string(), fc.nat(1e9), fc.integer({ min: 20, max: 250 }), (provider, number, columns) => {
        const requests = { sent: number, ended: number, failed: number, rateLimited: number, unknown: number };
        const [threshold] = figures().thresholds;
        const thresholds = threshold === undefined ? [] : [{ ...threshold, provider }];
        const lines = view(figures({ requests, thresholds, rps: number, clockMs: number }), columns);
        expect(Math.max(...lines.map((line) => line.length))).toBeLessThan(columns);
      }),
    );
  });

  test('tells each event once, but not that it began', () => {
    const started = { clockMs: 0, at: 1, what: 'started' as const, text: 'begins' };
    const changed = { clockMs: 120_000, at: 2, what: 'setRate' as const, text: 'the target goes to \u001b[31m80' };
    const news = eventNews();
    expect(news(figures({ events: [started] }))).toEqual([]);
    expect(news(figures({ events: [started, changed] }))).toEqual([changed]);
    expect(news(figures({ events: [changed] }))).toEqual([]);
    expect(news(undefined)).toEqual([]);
    expect(eventLine(changed)).toBe('event    2m0s  the target goes to \ufffd[31m80');
  });
});
