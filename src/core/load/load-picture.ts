/** A load test as a whole: the slices of all lanes, merged. Of one size however long the test lasts. */
import { emptyHistogram, type Histogram, mergeHistogram } from '../histogram.js';
import type { LoadSlice } from './load-slice.js';
import { emptyTally, type LoadTally, mergeTally } from './load-tally.js';

/** Points in time that are kept apart; with more, each becomes twice as long. */
const MAX_BINS = 1_200;

/** What happened in a stretch of time, on all lanes. */
export interface LoadBin {
  begun: number;
  sent: number;
  /** Conversations that did not begin, and the requests that they would have made. */
  dropped: number;
  droppedRequests: number;
  ended: number;
  failed: number;
  rateLimited: number;
  /** Of requests that ended. */
  latency: Histogram;
  /** Sums, over the seconds of the bin, of what was open and in flight at their ends. */
  openSeconds: number;
  inFlightSeconds: number;
}

export interface LoadPicture {
  /** Seconds of each bin, a power of two. */
  binSeconds: number;
  /** From the beginning of the test on, without gaps. */
  bins: LoadBin[];
  /** By number of the cell. */
  cells: { [cell: string]: LoadTally };
  late: Histogram;
  /** Conversations that were cut off when the test was over. */
  interrupted: number;
  /** What workers that were lost had begun and told no end of, as far as can be told. */
  unknown: { conversations: number; requests: number };
}

export function emptyPicture(): LoadPicture {
  return {
    binSeconds: 1,
    bins: [],
    cells: {},
    late: emptyHistogram(),
    interrupted: 0,
    unknown: { conversations: 0, requests: 0 },
  };
}

/** Adds one second of one lane. Each slice is to be added once, in any order. */
export function addSlice(picture: LoadPicture, slice: LoadSlice): void {
  const bin = binAt(picture, slice.second);
  bin.begun += slice.begun;
  bin.sent += slice.sent;
  bin.dropped += slice.dropped;
  bin.droppedRequests += slice.droppedRequests;
  bin.openSeconds += slice.open;
  bin.inFlightSeconds += slice.inFlight;
  mergeHistogram(picture.late, slice.late);
  picture.interrupted += slice.interrupted;
  for (const [cell, tally] of Object.entries(slice.cells)) {
    bin.ended += tally.requests.ended;
    bin.failed += tally.requests.failed;
    bin.rateLimited += tally.requests.rateLimited;
    mergeHistogram(bin.latency, tally.latency);
    picture.cells[cell] ??= emptyTally();
    mergeTally(picture.cells[cell], tally);
  }
}

/** Adds conversations that were due in a second and that nobody was there to begin. */
export function addDropped(picture: LoadPicture, second: number, dropped: number, droppedRequests: number): void {
  const bin = binAt(picture, second);
  bin.dropped += dropped;
  bin.droppedRequests += droppedRequests;
}

/** The sum of the cells that `chosen` picks by their numbers. */
export function sumOf(picture: LoadPicture, chosen: (cell: number) => boolean): LoadTally {
  const sum = emptyTally();
  for (const [cell, tally] of Object.entries(picture.cells)) if (chosen(Number(cell))) mergeTally(sum, tally);
  return sum;
}

function binAt(picture: LoadPicture, second: number): LoadBin {
  while (Math.floor(second / picture.binSeconds) >= MAX_BINS) widen(picture);
  const place = Math.floor(second / picture.binSeconds);
  while (picture.bins.length <= place) picture.bins.push(emptyBin());
  const bin = picture.bins[place];
  if (bin === undefined) throw new RangeError(`second ${second} is before the test`);
  return bin;
}

function emptyBin(): LoadBin {
  const counts = { begun: 0, sent: 0, dropped: 0, droppedRequests: 0, ended: 0, failed: 0, rateLimited: 0 };
  return { ...counts, latency: emptyHistogram(), openSeconds: 0, inFlightSeconds: 0 };
}

/** Joins neighbours: half as many bins, each twice as long. */
function widen(picture: LoadPicture): void {
  const bins: LoadBin[] = [];
  for (let place = 0; place < picture.bins.length; place += 2) {
    const bin = picture.bins[place] ?? emptyBin();
    const next = picture.bins[place + 1];
    if (next !== undefined) join(bin, next);
    bins.push(bin);
  }
  picture.bins = bins;
  picture.binSeconds *= 2;
}

function join(into: LoadBin, from: LoadBin): void {
  const { latency, ...counts } = from;
  mergeHistogram(into.latency, latency);
  for (const key of Object.keys(counts) as (keyof typeof counts)[]) into[key] += counts[key];
}
