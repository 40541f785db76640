import { describe, expect, test } from '@jest/globals';
import { courseOf } from '../../../src/core/load/course.js';
import { emptySlice, type LoadSlice, tallyOf } from '../../../src/core/load/load-slice.js';
import {
  emptyMerged,
  type LoadTerms,
  liveAttempts,
  lostOf,
  type MergedLoad,
  mergeSlice,
  settleLanes,
} from '../../../src/core/load/merged-load.js';

/** 100 requests a second for 20 s, shared by two lanes; conversations of two requests. */
const COURSE = courseOf([
  { durationMs: 0, target: 100 },
  { durationMs: 20_000, target: 100 },
]);
const TERMS: LoadTerms = {
  model: 'open',
  changes: [{ atMs: 0, course: COURSE, lanes: [0, 1] }],
  perConversation: 2,
};

/** A second in which a lane did its share: 25 conversations, 50 requests, all of them ended but one. */
function second(number: number, rest: Partial<LoadSlice> = {}): LoadSlice {
  const slice = emptySlice(number);
  Object.assign(slice, { begun: 25, sent: 50, open: 1, inFlight: 1 });
  slice.clock = { fromMs: number * 1000, toMs: (number + 1) * 1000 };
  tallyOf(slice, 0).requests.ended = 49;
  return Object.assign(slice, rest);
}

function lane0(merged: MergedLoad, attempt: string, slices: LoadSlice[], terms = TERMS): void {
  for (const slice of slices) mergeSlice(merged, { lane: 0, attempt }, slice, terms);
}

const droppedOf = ({ picture }: MergedLoad): [number, number][] =>
  picture.bins.map(({ dropped, droppedRequests }) => [dropped, droppedRequests]);

describe('what lanes have written, merged', () => {
  test('holds nothing for lost while slices join', () => {
    const merged = emptyMerged();
    lane0(merged, 'a', [second(0), second(1), second(2, { open: 0, inFlight: 0, last: true })]);
    expect(lostOf(merged, true)).toEqual({ conversations: 0, requests: 0 });
    expect(droppedOf(merged)).toEqual([
      [0, 0],
      [0, 0],
      [0, 0],
    ]);
    expect(liveAttempts(merged)).toEqual([]);
  });

  test('a worker that was killed leaves what was open and a second unknown, and the rest of its time dropped', () => {
    const merged = emptyMerged();
    lane0(merged, 'a', [second(0), second(1)]);
    lane0(merged, 'b', [second(6, { clock: { fromMs: 6000, toMs: 7000 } })]);
    // In flight: 1 conversation, 1 request. In the second that was never told: 50 requests, so 25 conversations.
    expect(lostOf(merged, false)).toEqual({ conversations: 26, requests: 51 });
    const dropped = droppedOf(merged);
    // Of the four seconds that it was away, one is unknown.
    expect(dropped.reduce((sum, [conversations]) => sum + conversations, 0)).toBe(75);
    expect(dropped.reduce((sum, [, requests]) => sum + requests, 0)).toBeCloseTo(150);
    expect(dropped.slice(0, 2).concat(dropped.slice(6))).toEqual([
      [0, 0],
      [0, 0],
      [0, 0],
    ]);
  });

  test('a lane that is taken up after the end leaves all that was due meanwhile dropped', () => {
    const merged = emptyMerged();
    lane0(merged, 'a', [second(0), second(1, { open: 0, inFlight: 0, last: true })]);
    lane0(merged, 'b', [{ ...emptySlice(21), clock: { fromMs: 21_500, toMs: 21_500 }, last: true }]);
    settleLanes(merged, 20_000, { ...TERMS, changes: [{ atMs: 0, course: COURSE, lanes: [0] }] });
    const dropped = droppedOf(merged);
    // All of the last 18 seconds was lane 0's.
    expect(dropped.reduce((sum, [conversations]) => sum + conversations, 0)).toBe(900);
    expect(lostOf(merged, true)).toEqual({ conversations: 0, requests: 0 });
  });

  test('counts as away only while the lane had a share', () => {
    const terms: LoadTerms = { ...TERMS, changes: [...TERMS.changes, { atMs: 4000, course: COURSE, lanes: [1] }] };
    const merged = emptyMerged();
    lane0(merged, 'a', [second(0), second(1)], terms);
    lane0(merged, 'b', [second(9)], terms);
    // 2 s to 3 s unknown, 3 s to 4 s dropped, and then lane 1 had all of it.
    expect(droppedOf(merged).reduce((sum, [conversations]) => sum + conversations, 0)).toBe(25);
  });

  test('a worker that hands over in order leaves nothing unknown', () => {
    const merged = emptyMerged();
    lane0(merged, 'a', [second(0), second(1, { open: 0, inFlight: 0, last: true })]);
    lane0(merged, 'b', [second(3)]);
    expect(lostOf(merged, false)).toEqual({ conversations: 0, requests: 0 });
    expect(droppedOf(merged).reduce((sum, [conversations]) => sum + conversations, 0)).toBe(25);
  });

  test('believes a worker that was cut off and tells its end later', () => {
    const merged = emptyMerged();
    lane0(merged, 'a', [second(0), second(1, { stalled: true })]);
    lane0(merged, 'b', [second(6)]);
    expect(lostOf(merged, false).requests).toBe(51);
    const end = { clock: { fromMs: 2000, toMs: 2000 }, begun: 0, sent: 0, open: 0, inFlight: 0, last: true as const };
    lane0(merged, 'a', [second(7, end)]);
    expect(lostOf(merged, true)).toEqual({ conversations: 1, requests: 1 });
    expect(droppedOf(merged).reduce((sum, [conversations]) => sum + conversations, 0)).toBe(100);
  });

  test('tells the newest second in which a lane could work', () => {
    const merged = emptyMerged();
    lane0(merged, 'a', [second(0), second(1), second(2, { stalled: true })]);
    expect(liveAttempts(merged).map(({ lane, attempt }) => [lane, attempt.second])).toEqual([[0, 1]]);
  });

  test('at the end all that was due and nobody began is dropped, once', () => {
    const merged = emptyMerged();
    lane0(merged, 'a', [second(0), second(1)]);
    for (const _ of [1, 2]) settleLanes(merged, 20_000, TERMS);
    const dropped = droppedOf(merged).reduce((sum, [, requests]) => sum + requests, 0);
    // Lane 0: 17 s, one second is unknown; lane 1 never came: 20 s.
    expect(dropped).toBeCloseTo(37 * 50);
    expect(merged.picture.unknown).toEqual({ conversations: 26, requests: 51 });
  });

  test('in a closed test nothing is due, and what may have begun is what began in the last second', () => {
    const closed: LoadTerms = { ...TERMS, model: 'closed' };
    const merged = emptyMerged();
    lane0(merged, 'a', [second(0), second(1)], closed);
    settleLanes(merged, 20_000, closed);
    expect(merged.picture.unknown).toEqual({ conversations: 26, requests: 51 });
    expect(droppedOf(merged).every(([dropped]) => dropped === 0)).toBe(true);
  });
});
