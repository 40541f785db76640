import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import picocolors from 'picocolors';
import { LiveScreen } from '../../src/cli/live-screen.js';
import { type ProgressRow, ProgressTracker } from '../../src/cli/progress-tracker.js';
import { failureLine, heldLine, progressBlock, progressLine } from '../../src/cli/progress-view.js';
import { resultLines } from '../../src/cli/result-view.js';
import type { LiveProgress } from '../../src/core/live-progress.js';

const plain = picocolors.createColors(false);

const live = (providers: LiveProgress['providers'], failures: LiveProgress['failures'] = []): LiveProgress => ({
  run: 'job/1',
  phase: 'Running',
  stage: 'running',
  counts: { total: 20, passed: 0, failed: 0, errored: 0, reused: 0 },
  waitingForRetry: 0,
  held: [],
  shards: { done: 0, inFlight: 1, toDo: 1 },
  providers,
  startedAt: 0,
  open: 3,
  failures,
  troubles: [],
});

const picture = (rows: ProgressRow[]) => {
  const sum = (key: 'total' | 'passed' | 'failed' | 'errored') => rows.reduce((all, row) => all + row[key], 0);
  const sums = { total: sum('total'), passed: sum('passed'), failed: sum('failed'), errored: sum('errored') };
  return { stage: 'running' as const, rows, ...sums, open: 3, waitingForRetry: 1, held: 0 };
};

describe('the progress of a run', () => {
  test('never goes back while a shard is between its last heartbeat and its commit', () => {
    const tracker = new ProgressTracker(new Map([['a', 20]]));
    tracker.update(live([{ provider: 'a', passed: 7, failed: 1, errored: 0 }]));
    const { picture: after } = tracker.update(live([{ provider: 'a', passed: 3, failed: 0, errored: 0 }]));
    expect(after).toMatchObject({ passed: 7, failed: 1, total: 20 });
  });

  test('counts what has ended where nobody knows how much each provider has to do', () => {
    const tracker = new ProgressTracker(new Map());
    const at = (passed: number) => {
      const counts = { total: 30, passed, failed: 2, errored: 1, reused: 0 };
      return tracker.update({ ...live([{ provider: 'a', passed, failed: 2, errored: 1 }]), counts }).picture;
    };
    expect([at(7), at(5), at(9)].map(({ passed, total }) => [passed, total])).toEqual([
      [7, 30],
      [7, 30],
      [9, 30],
    ]);
    expect(at(9)).toMatchObject({ failed: 2, errored: 1, rows: [] });
  });

  test('tells each failure once', () => {
    const tracker = new ProgressTracker(new Map([['a', 20]]));
    const item = { id: 's/a', index: 0, verdict: 'failed' as const, reason: 'contains', message: 'no' };
    expect(tracker.update(live([], [item])).failures).toEqual([item]);
    expect(tracker.update(live([], [item, { ...item, id: 's/b' }])).failures).toEqual([{ ...item, id: 's/b' }]);
  });

  test('tells once of a provider that is down, again when the reason changes, and when two looks miss it', () => {
    const tracker = new ProgressTracker(new Map([['a', 20]]));
    const row = { provider: 'a', items: 7, since: 0, code: 'unauthorized', message: 'wrong key' };
    const look = (...held: LiveProgress['held']) => tracker.update({ ...live([]), held }).news;
    expect(look(row)).toEqual({ held: [row], released: [] });
    expect(look({ ...row, items: 9 })).toEqual({ held: [], released: [] });
    expect(look({ ...row, message: 'away' }).held).toHaveLength(1);
    expect(look()).toEqual({ held: [], released: [] });
    expect(look({ ...row, message: 'away' })).toEqual({ held: [], released: [] });
    expect([look(), look(), look()].map(({ released }) => released)).toEqual([[], ['a'], []]);
    expect(look(row).held).toEqual([row]);
    expect(tracker.update({ ...live([]), held: [row] }).picture.held).toBe(7);
  });

  test('says of a provider that is down why, what to do, how many wait and until when, as plain text', () => {
    const until = new Date(2026, 0, 2, 18, 40, 5).getTime();
    const row = {
      provider: 'gpt',
      items: 12,
      since: 0,
      code: 'unauthorized',
      message: 'HTTP \u001b[31m401',
      hint: 'set KEY',
    };
    expect(heldLine({ ...row, until })).toBe(
      'held     gpt: HTTP \ufffd[31m401; to do: set KEY; 12 conversations wait, until 18:40:05, the others go on',
    );
    const { hint: _, ...bare } = row;
    expect(heldLine({ ...bare, items: 1, message: 'away' })).toBe(
      'held     gpt: away; 1 conversation waits, the others go on',
    );
  });

  test('is a bar per provider and a line for the whole', () => {
    const rows = [
      { provider: 'gpt-4o', total: 60, passed: 43, failed: 0, errored: 0 },
      { provider: 'support-agent', total: 60, passed: 29, failed: 2, errored: 1 },
    ];
    expect(progressBlock(picture(rows), { columns: 80, colors: plain, elapsedMs: 61_000 })).toEqual([
      'gpt-4o         #####################.........  43/60  0 failed',
      'support-agent  ################..............  32/60  2 failed  1 errors',
      'running  75/120  1m1s  3 in flight  1 wait for another try',
    ]);
  });

  test('is never wider than the terminal', () => {
    const count = fc.nat(1_000_000);
    const row = fc.record({ provider: fc.string(), passed: count, failed: count, errored: count, total: count });
    fc.assert(
      fc.property(fc.array(row, { maxLength: 30 }), fc.integer({ min: 20, max: 250 }), (rows, columns) => {
        const sane = rows.map((one) => ({ ...one, total: one.total + one.passed + one.failed + one.errored }));
        const block = progressBlock(picture(sane), { columns, colors: plain, elapsedMs: 1000 });
        expect(Math.max(...block.map((line) => line.length))).toBeLessThan(columns);
      }),
    );
  });

  test('is one line where nobody watches', () => {
    const rows = [{ provider: 'a', total: 20, passed: 5, failed: 1, errored: 0 }];
    expect(progressLine(picture(rows), 5200)).toBe('progress 6/20  5 passed  1 failed  0 errors  5.2s');
  });

  test('shows a failure in one line, whatever the model wrote', () => {
    const message = 'expected "yes"\ngot \u001b[31mno\u202e';
    const item = { id: 's/a', index: 0, verdict: 'failed' as const, reason: 'contains', message, source: 's.yaml:3:5' };
    const line = failureLine(item, plain);
    expect(line).toBe('x s/a  contains: expected "yes" got \ufffd[31mno\ufffd  (s.yaml:3:5)');
  });
});

const ESCAPE = '\u001b[';

/** What a terminal shows after the text: only line feeds, cursor-up and erase-below are understood. */
function screenAfter(text: string): string[] {
  const lines = [''];
  for (const piece of text.split(ESCAPE)) {
    const [, up, rest = piece] = /^(?:(\d+)F|0J)(.*)$/s.exec(piece) ?? [];
    if (up !== undefined) lines.splice(lines.length - 1 - Number(up), Number.POSITIVE_INFINITY, '');
    const [first = '', ...more] = rest.split('\n');
    lines.push((lines.pop() ?? '') + first, ...more);
  }
  return lines.slice(0, -1);
}

describe('the live screen', () => {
  test('keeps lasting lines above a block that is drawn over', async () => {
    let text = '';
    const screen = new LiveScreen((more) => {
      text += more;
    });
    screen.show(['a 1', 'all 1']);
    screen.print('x one failed');
    screen.show(['a 2', 'b 1', 'all 3']);
    screen.print('x another failed');
    screen.show(['a 3', 'all 4']);
    screen.end();
    expect(screenAfter(text)).toEqual(['x one failed', 'x another failed', 'a 3', 'all 4']);
  });

  test('draws at most ten times a second', () => {
    let draws = 0;
    const screen = new LiveScreen((text) => {
      if (text.includes('all')) draws += 1;
    });
    for (let round = 0; round < 1000; round += 1) screen.show([`all ${round}`]);
    screen.end();
    expect(draws).toBe(2);
  });
});

describe('the result of a run', () => {
  const item = (id: string) => ({ id, index: 0, verdict: 'failed' as const, reason: 'contains', message: 'no' });
  const result = {
    phase: 'Failed' as const,
    message: '3 of 5 conversations failed',
    exitCode: 3,
    counts: { total: 5, passed: 1, failed: 3, errored: 0, reused: 0 },
    costUsd: 0.0042,
    startedAt: 0,
    endedAt: 5200,
    providers: [],
    failures: [item('s/a'), item('s/b')],
  };

  test('leaves out what stands on the screen already, and counts what it has no room for', () => {
    expect(resultLines(result, plain, new Set(['s/a']))).toEqual([
      'PROVIDER  PASSED  FAILED  ERRORS  TOTAL  P50  P95  COST',
      '',
      'x s/b  contains: no',
      'and 1 more, see the reports',
      '',
      'FAILED  1 passed, 3 failed, 0 errors, 1 not run   5.2s   $0.0042   exit 3',
    ]);
  });

  test('says what to do about the failures, each remedy once', () => {
    const failed = (id: string, hint?: string, more = {}) => ({
      ...{ id, index: 0, verdict: 'errored' as const, reason: 'unauthorized', message: 'no', hint },
      ...more,
    });
    const failures = [failed('s/a', 'mend it'), failed('s/b', 'mend it'), failed('s/c')];
    failures.push(failed('s/d', 'leave it', { tolerated: true }), failed('s/e', 'pay\u001b[31m'));
    const counts = { total: 5, passed: 0, failed: 0, errored: 5, tolerated: 1, reused: 0 };
    const ended = { phase: 'Failed' as const, message: '', exitCode: 7, startedAt: 0, endedAt: 1 };
    const lines = resultLines({ ...ended, counts, providers: [], failures }, plain, new Set());
    expect(lines.filter((line) => line.startsWith('to do'))).toEqual([
      'to do    mend it',
      expect.stringMatching(/^to do {4}pay/),
    ]);
    expect(lines.join('')).not.toContain('\u001b');
  });
});
