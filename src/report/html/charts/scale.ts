/** A scale from values to 0..100 % of the width of a chart, with the values at which it is marked. */
export interface Scale {
  /** Percent of the width, 0..100. */
  at(value: number): number;
  ticks: number[];
}

/** Steps of a decade at which people expect marks. */
const STEPS = [1, 2, 5];

/** From 0 to at least `max`, marked at round values. */
export function linearScale(max: number): Scale {
  const step = stepFor(max > 0 ? max : 1, 5);
  const top = step * Math.max(1, Math.ceil((max > 0 ? max : 1) / step - 1e-9));
  const ticks = Array.from({ length: Math.round(top / step) + 1 }, (_, index) => index * step);
  return { at: (value) => clamp((100 * value) / top), ticks };
}

/** From at most `min` to at least `max`, equal factors at equal distances, for values that differ by orders. */
export function logScale(min: number, max: number): Scale {
  const all: number[] = [];
  for (let exponent = Math.floor(Math.log10(min)) - 1; exponent <= Math.ceil(Math.log10(max)); exponent += 1) {
    for (const step of STEPS) all.push(step * 10 ** exponent);
  }
  const low = all.findLast((one) => one <= min) ?? min;
  const high = all.find((one) => one >= max) ?? max;
  const marks = all.filter((one) => one >= low && one <= high);
  const range = Math.log(high / low) || 1;
  // With many of them on a narrow screen their words would touch.
  const every = Math.ceil(marks.length / 6);
  return {
    at: (value) => (value <= low ? 0 : clamp((100 * Math.log(value / low)) / range)),
    ticks: marks.filter((_, index) => index % every === 0),
  };
}

/** Logarithmic only where the values need it: people read equal lengths as equal amounts. */
export function scaleFor(min: number, max: number): Scale {
  return min > 0 && max / min > 20 ? logScale(min, max) : linearScale(max);
}

function stepFor(max: number, count: number): number {
  const decade = 10 ** Math.floor(Math.log10(max / count));
  const factor = [1, 2, 5, 10].find((one) => (one * decade * count) / max >= 1 - 1e-9) ?? 10;
  return factor * decade;
}

function clamp(percent: number): number {
  return Math.max(0, Math.min(100, percent));
}
