import { describe, expect, test } from '@jest/globals';
import { build as histogramOf } from 'hdr-histogram-js';
import { mean, quantile } from '../../src/core/histogram.js';
import { type LaneTrial, type LaneTrialOptions, tryLane, untilCalm } from '../helpers/lane-trial.js';

/** A trial that a stolen or busy processor spoiled is made again, so often at most. */
const TRIALS = 3;

/** What a trial misses of what it must show; empty = it shows it. */
type Verdict = (trial: LaneTrial) => string[];

async function holds(options: LaneTrialOptions, verdict: Verdict): Promise<void> {
  let missed: string[] = [];
  for (let trial = 0; trial < TRIALS; trial += 1) {
    await untilCalm();
    missed = verdict(await tryLane(options));
    if (missed.length === 0) return;
  }
  expect(missed).toEqual([]);
}

const RAMP_SECONDS = 4;
const HOLD_SECONDS = 5;
const RATE = 500;
const RAMP_CALLS = (RATE * RAMP_SECONDS) / 2;
const SECONDS = RAMP_SECONDS + HOLD_SECONDS;

/** Calls that are due by a second: the area below the line. */
const dueBy = (second: number) =>
  second <= RAMP_SECONDS ? (RATE * second ** 2) / (2 * RAMP_SECONDS) : RAMP_CALLS + RATE * (second - RAMP_SECONDS);

/** The inverse of it, in milliseconds. */
const dueAt = (call: number) =>
  1_000 * (call < RAMP_CALLS ? Math.sqrt((2 * RAMP_SECONDS * call) / RATE) : RAMP_SECONDS + (call - RAMP_CALLS) / RATE);

const miscounted = (calls: number, { begun, dropped }: LaneTrial['slice'], log: LaneTrial['log']): string[] =>
  begun === calls && log.length === calls ? [] : [`${begun} of ${calls} calls, ${dropped} dropped, ${log.length} seen`];

const average = (values: number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
const numbers = (count: number) => Array.from({ length: count }, (_, number) => number);

describe('the starts of an open-model test', () => {
  test('follow the ramp within 2 %, hold 500 a second, and are as punctual as a bare timer loop', async () => {
    const calls = RAMP_CALLS + RATE * HOLD_SECONDS;
    const options = {
      stages: [
        { durationMs: RAMP_SECONDS * 1_000, target: RATE },
        { durationMs: HOLD_SECONDS * 1_000, target: RATE },
      ],
      dueMs: numbers(calls).map(dueAt),
      server: ['--latency', '20'],
    };
    await holds(options, ({ startedAt, slice, log, bareLate }) => {
      const missed = miscounted(calls, slice, log);
      const countBy = (second: number) => log.filter(({ t }) => t - startedAt < second * 1_000).length;
      for (let second = 1; second <= SECONDS; second += 1) {
        // A call that is due at the very second may count for either.
        const [ideal, count] = [dueBy(second), countBy(second)];
        if (Math.abs(count - ideal) > 0.02 * ideal + 1) missed.push(`second ${second}: ${count} calls, not ${ideal}`);
      }
      const held = log.filter(({ t }) => t - startedAt >= RAMP_SECONDS * 1_000 && t - startedAt < SECONDS * 1_000);
      const bareHeld = bareLate.filter((late, call) => call >= RAMP_CALLS && dueAt(call) + late < SECONDS * 1_000);
      const ratio = held.length / bareHeld.length;
      if (Math.abs(ratio - 1) > 0.01) missed.push(`${held.length} calls in the hold, the bare loop ${bareHeld.length}`);
      const late = { mean: mean(slice.late) ?? Infinity, p99: quantile(slice.late, 0.99) ?? Infinity };
      const bare = { mean: average(bareLate), p99: bareLate.toSorted((a, b) => a - b)[Math.ceil(0.99 * calls) - 1] };
      if (late.mean > bare.mean + 5) missed.push(`mean lateness ${late.mean} ms, of the bare loop ${bare.mean} ms`);
      if (late.p99 > (bare.p99 ?? 0) + 5) missed.push(`p99 lateness ${late.p99} ms, of the bare loop ${bare.p99} ms`);
      return missed;
    });
  }, 240_000);

  test('go on while the server hangs, and the wait is in the latencies', async () => {
    const [rate, seconds] = [50, 8];
    const options = {
      stages: [
        { durationMs: 0, target: rate },
        { durationMs: seconds * 1_000, target: rate },
      ],
      dueMs: numbers(rate * seconds).map((call) => (call * 1_000) / rate),
      server: ['--latency', '100', '--stall', '2s@3s'],
    };
    await holds(options, ({ startedAt, slice, log }) => {
      const miscounts = miscounted(rate * seconds, slice, log);
      if (miscounts.length > 0) return miscounts;
      // Calls came in in the order in which they were due, and the server tells when each was answered.
      const truth = histogramOf({ numberOfSignificantValueDigits: 3 });
      for (const [call, { t, end = t }] of log.entries()) {
        truth.recordValue(Math.max(0, end - startedAt - (call * 1_000) / rate));
      }
      // Of eight seconds two were silent: a quarter of the calls waited, the first of them for two seconds.
      expect(truth.getValueAtPercentile(99)).toBeGreaterThan(1_800);
      expect(truth.getValueAtPercentile(80)).toBeGreaterThan(300);
      expect(truth.getValueAtPercentile(50)).toBeLessThan(300);
      const told = slice.cells[0]?.latency;
      if (told === undefined) throw new Error('nothing was measured');
      expect(told.count).toBe(rate * seconds);
      const rows: [string, number | undefined, number][] = [50, 75, 80, 90, 95, 99, 99.9].map((percentile) => [
        `p${percentile}`,
        quantile(told, percentile / 100),
        truth.getValueAtPercentile(percentile),
      ]);
      rows.push(['mean', mean(told), truth.mean], ['max', told.max, truth.maxValue]);
      // Within 1 %, the milliseconds of the log and of the way back, and the next call: after the stall each waited so
      // much less than the one before, and of two neighbours one names the first and the other the second.
      return rows.flatMap(([name, ours = Infinity, theirs]) =>
        Math.abs(ours - theirs) <= 0.01 * theirs + 10 + 1_000 / rate
          ? []
          : [`${name}: ${ours} ms, by the server ${theirs} ms`],
      );
    });
  }, 240_000);
});
