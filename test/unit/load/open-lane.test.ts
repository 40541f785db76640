import { describe, expect, test } from '@jest/globals';
import { LaneClock } from '../../../activities/load/lane-clock.js';
import { LoadMeter } from '../../../activities/load/load-meter.js';
import { OpenLane, type OpenLaneOptions } from '../../../activities/load/open-lane.js';
import { quantile } from '../../../src/core/histogram.js';
import { courseOf, retargeted } from '../../../src/core/load/course.js';
import type { LoadControl } from '../../../src/core/load/load-control.js';
import { ScenarioMix } from '../../../src/core/load/scenario-mix.js';

/** 200 a second for a second. */
const LEVEL = courseOf([
  { durationMs: 0, target: 200 },
  { durationMs: 1_000, target: 200 },
]);

function control(startsInMs = 100): LoadControl {
  return {
    startedAt: Date.now() + startsInMs,
    changes: [{ atMs: 0, course: LEVEL, lanes: [0] }],
    pausedMs: 0,
  };
}

interface Held {
  number: number;
  cell: number;
  dueAt: number;
  begunAt: number;
}

function laneOf(clock: LaneClock, options: Partial<OpenLaneOptions> = {}) {
  const held: Held[] = [];
  const meter = new LoadMeter(0);
  const lane = new OpenLane({
    lane: 0,
    clock,
    kind: 'constant',
    random: Math.random,
    mix: new ScenarioMix([1]),
    expected: [1],
    maxOpen: 10_000,
    meter,
    hold: (number, cell, dueAt) => {
      held.push({ number, cell, dueAt, begunAt: Date.now() });
      return Promise.resolve(1);
    },
    ...options,
  });
  return { lane, held, meter };
}

describe('a lane of an open-model test', () => {
  test('begins each conversation at its time, however long they last', async () => {
    const told = control();
    let end: (requests: number) => void = () => undefined;
    const never = new Promise<number>((resolve) => {
      end = resolve;
    });
    const held: number[] = [];
    const { lane, meter } = laneOf(new LaneClock(told), {
      hold: (_number, _cell, dueAt) => {
        held.push(dueAt - told.startedAt);
        return never;
      },
    });
    await lane.run();
    expect(held.map((ms) => Math.round(ms))).toEqual(Array.from({ length: 200 }, (_, i) => i * 5));
    expect(meter.open).toBe(200);
    end(1);
    await lane.drained();
  });

  test('begins late what was due while the process was busy, and measures from when it was due', async () => {
    const told = control();
    const { lane, held, meter } = laneOf(new LaneClock(told));
    const running = lane.run();
    await new Promise((resolve) => setTimeout(resolve, 300));
    const busyUntil = Date.now() + 400;
    while (Date.now() < busyUntil);
    await running;
    expect(held).toHaveLength(200);
    for (const [number, { dueAt }] of held.entries()) expect(dueAt - told.startedAt).toBeCloseTo(number * 5, 3);
    const { late, begun, dropped } = meter.take(1);
    expect([begun, dropped]).toEqual([200, 0]);
    expect(late.max).toBeGreaterThan(350);
    expect(quantile(late, 0.8) ?? 0).toBeGreaterThan(100);
  });

  test('drops what is due when too many conversations are open, and counts it', async () => {
    const { lane, meter } = laneOf(new LaneClock(control()), {
      maxOpen: 50,
      expected: [2],
      hold: () => new Promise((resolve) => setTimeout(() => resolve(2), 5_000).unref()),
    });
    await lane.run();
    const { begun, dropped, droppedRequests, open } = meter.take(1);
    // Two requests each: a hundred conversations make up the 200 a second.
    expect([begun, dropped, droppedRequests, open]).toEqual([50, 50, 100, 50]);
  });

  test('drops what has been due for too long', async () => {
    const { lane, meter } = laneOf(new LaneClock(control(-60_000)));
    await lane.run();
    // A lane that is taken up late has nothing to make up for.
    expect(meter.take(1)).toMatchObject({ begun: 0, dropped: 0 });
    const told = control(50);
    const behind = laneOf(new LaneClock(told));
    const running = behind.lane.run();
    await new Promise((resolve) => setTimeout(resolve, 100));
    const real = Date.now;
    try {
      Date.now = () => real() + 5_500;
      await running;
    } finally {
      Date.now = real;
    }
    const { begun, dropped } = behind.meter.take(1);
    expect(begun + dropped).toBe(200);
    // Of the second, what was due in its first half or so: all that is more than five seconds old.
    expect(dropped).toBeGreaterThan(60);
    expect(begun).toBeGreaterThan(60);
  });

  test('keeps to the rate of requests when conversations make more of them than was expected', async () => {
    const { lane, meter } = laneOf(new LaneClock(control()), { expected: [1], hold: () => Promise.resolve(4) });
    await lane.run();
    const { begun } = meter.take(1);
    expect(begun).toBeGreaterThanOrEqual(49);
    expect(begun).toBeLessThanOrEqual(52);
  });

  test('follows another target from the time for which it is told', async () => {
    const told = control();
    const clock = new LaneClock(told);
    const { lane, held } = laneOf(clock);
    const running = lane.run();
    await new Promise((resolve) => setTimeout(resolve, 100));
    const slower = { atMs: 500, course: retargeted(LEVEL, 500, 20, 0), lanes: [0] };
    clock.learn({ ...told, changes: [...told.changes, slower] });
    await running;
    const times = held.map(({ dueAt }) => dueAt - told.startedAt);
    expect(times.filter((ms) => ms < 499.9)).toHaveLength(100);
    expect(times.filter((ms) => ms >= 499.9)).toHaveLength(10);
  });

  test('shares the target with a lane that joins, and ends when it is let go', async () => {
    const told = control();
    const changes = [
      { atMs: 0, course: LEVEL, lanes: [0] },
      { atMs: 300, course: LEVEL, lanes: [0, 1] },
      { atMs: 600, course: LEVEL, lanes: [1] },
    ];
    const [first, second] = [0, 1].map((lane) => laneOf(new LaneClock({ ...told, changes }), { lane }));
    const ends = await Promise.all([first?.lane.run(), second?.lane.run()]);
    expect(ends).toEqual(['told', 'course']);
    expect(second?.lane.settledMs).toBe(1_000);
    const times = [...(first?.held ?? []), ...(second?.held ?? [])].map(({ dueAt }) => dueAt - told.startedAt);
    expect(times.sort((a, b) => a - b).map(Math.round)).toEqual(Array.from({ length: 200 }, (_, i) => i * 5));
    expect([first?.held.length, second?.held.length]).toEqual([90, 110]);
  });

  test('begins nothing while the test is paused, and goes on where it was', async () => {
    const told = control();
    const clock = new LaneClock(told);
    const { lane, held } = laneOf(clock);
    const running = lane.run();
    await new Promise((resolve) => setTimeout(resolve, 200));
    const pausedAt = Date.now();
    clock.learn({ ...told, pausedAt });
    const before = held.length;
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect(held.length - before).toBeLessThanOrEqual(1);
    clock.learn({ ...told, pausedMs: Date.now() - pausedAt });
    await running;
    expect(held).toHaveLength(200);
    expect((held.at(-1)?.begunAt ?? 0) - told.startedAt).toBeGreaterThan(1_280);
  });

  test('begins nothing more when it is stopped, and nothing beyond an early end', async () => {
    const told = { ...control(), stopAtMs: 250 };
    const early = laneOf(new LaneClock(told));
    expect([await early.lane.run(), early.lane.settledMs]).toEqual(['stopped', 250]);
    expect(early.held).toHaveLength(50);
    const { lane, held } = laneOf(new LaneClock(control()));
    const running = lane.run();
    await new Promise((resolve) => setTimeout(resolve, 100));
    lane.stop();
    await running;
    expect(held.length).toBeLessThan(100);
  });

  test('answers for no time in which it may not begin anything, and begins late what it still may', async () => {
    const told = control();
    let may = true;
    const { lane, held } = laneOf(new LaneClock(told), { ready: () => may });
    const running = lane.run();
    await new Promise((resolve) => setTimeout(resolve, 200));
    may = false;
    await new Promise((resolve) => setTimeout(resolve, 150));
    const settled = lane.settledMs;
    const before = held.length;
    await new Promise((resolve) => setTimeout(resolve, 200));
    expect([lane.settledMs, held.length]).toEqual([settled, before]);
    may = true;
    expect(await running).toBe('course');
    expect(held).toHaveLength(200);
    expect(lane.settledMs).toBe(1_000);
  });

  test('does not wait for the end of a pause when the test is stopped in it', async () => {
    const told = control();
    const clock = new LaneClock(told);
    const { lane } = laneOf(clock);
    const running = lane.run();
    await new Promise((resolve) => setTimeout(resolve, 100));
    const pausedAt = Date.now();
    clock.learn({ ...told, pausedAt, stopAtMs: pausedAt - told.startedAt });
    expect(await running).toBe('stopped');
  });

  test('answers only for what it has begun, also while it is behind or its share is about to change', async () => {
    const told = { ...control(), startedAt: Date.now() - 400 };
    const clock = new LaneClock(told);
    const { lane, held } = laneOf(clock);
    const startMs = lane.settledMs;
    expect(startMs).toBeGreaterThanOrEqual(400);
    const running = lane.run();
    await new Promise((resolve) => setTimeout(resolve, 100));
    clock.learn({ ...told, changes: [...told.changes, { atMs: 800, course: LEVEL, lanes: [1] }] });
    const busyUntil = Date.now() + 400;
    while (Date.now() < busyUntil);
    // Nothing ran meanwhile: 200 a second are 5 ms from one to the next.
    const behind = lane.settledMs;
    expect(behind - startMs).toBeLessThan(held.length * 5 + 6);
    expect(await running).toBe('told');
    // What was due up to 800 ms of the clock was its own.
    expect(Math.abs(held.length - (800 - startMs) / 5)).toBeLessThanOrEqual(1);
  });

  test('stays while nothing is due, for it may be told of another target until the end', async () => {
    const quiet = retargeted(LEVEL, 200, 0, 0);
    const told = { ...control(), changes: [{ atMs: 0, course: quiet, lanes: [0] }] };
    const clock = new LaneClock(told);
    const { lane, held } = laneOf(clock);
    const running = lane.run();
    await new Promise((resolve) => setTimeout(resolve, 400));
    expect(held).toHaveLength(40);
    clock.learn({
      ...told,
      changes: [...told.changes, { atMs: 800, course: retargeted(quiet, 800, 200, 0), lanes: [0] }],
    });
    expect([await running, lane.settledMs, held.length]).toEqual(['course', 1_000, 80]);
    expect(clock.now).toBeGreaterThanOrEqual(1_000);
  });
});
