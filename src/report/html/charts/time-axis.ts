import { formatMs } from '../../figures.js';

/** Seconds between marks that people expect. */
const STEPS = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10_800, 21_600, 43_200, 86_400];
/** With more of them on a narrow screen their words would touch. */
const MAX_TICKS = 6;

/** The common axis of charts over time: `count` stretches of `pointSeconds` each. */
export interface TimeAxis {
  count: number;
  pointSeconds: number;
  ticks: { percent: number; words: string }[];
  /** Percent of the width, 0..100, of a moment in seconds. */
  at(second: number): number;
}

export function timeAxis(count: number, pointSeconds: number): TimeAxis {
  const seconds = Math.max(1, count) * pointSeconds;
  const at = (second: number): number => Math.max(0, Math.min(100, (100 * second) / seconds));
  const step = STEPS.find((one) => seconds / one <= MAX_TICKS) ?? Math.ceil(seconds / MAX_TICKS / 86_400) * 86_400;
  const ticks = Array.from({ length: Math.floor(seconds / step) + 1 }, (_, index) => index * step);
  return {
    count: Math.max(1, count),
    pointSeconds,
    at,
    ticks: ticks.map((second) => ({ percent: at(second), words: wordsOf(second) })),
  };
}

/** `0`, `45s`, `2m`, `1h30m`: without the zeros that every mark would carry. */
function wordsOf(second: number): string {
  if (second === 0) return '0';
  const words = formatMs(second * 1000);
  return words.replace(/(?<=[hm])0[ms]$/, '');
}
