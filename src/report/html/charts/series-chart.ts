import { escapeMarkup } from '../../xml.js';
import type { Scale } from './scale.js';
import type { TimeAxis } from './time-axis.js';

/** A value for each point of the axis; undefined = nothing was measured there. */
type Values = readonly (number | undefined)[];

export interface SeriesLine {
  name: string;
  /** Look of the line, a class of the style: its colour, and what else tells it apart. */
  look: string;
  values: Values;
  /** Column of the table that holds its numbers in words, for the read-out. */
  column: number;
  /** Filled down to the line of zero. */
  filled?: true;
}

/** What happened at a moment; the number leads to its text below. */
export interface SeriesMark {
  second: number;
  number: number;
  text: string;
}

export interface SeriesChart {
  /** Unique in the page, for the names of its parts. */
  id: string;
  title: string;
  /** What a listener should know who sees nothing of it. */
  description: string;
  axis: TimeAxis;
  scale: Scale;
  tickWords(value: number): string;
  lines: readonly SeriesLine[];
  marks: readonly SeriesMark[];
  /** Seconds in which the test stood. */
  pauses: readonly (readonly [from: number, to: number])[];
  /** Values that are not to be crossed. */
  limits?: readonly { value: number; words: string }[];
}

const TOP = 20;
const HEIGHT = 150;
const BOTTOM = 24;
const AXIS_WIDTH = 58;
/** Units of the inner picture from bottom to top, so that whole numbers are fine enough. */
const UNITS = 1000;

/**
 * Lines over time. The curves lie in an inner picture that is stretched to the width, the words beside it are not, so it
 * fits a phone. The numbers must stand in a table beside it, which the page's script reads when one points at a moment.
 */
export function seriesChart(chart: SeriesChart): string {
  const { id, axis, scale, lines } = chart;
  const height = TOP + HEIGHT + BOTTOM;
  const curves = lines.map((line) => curve(line, axis, scale)).join('');
  const keys = lines.map(
    ({ name, look, column }) =>
      `<li><svg width="22" height="10" aria-hidden="true"><line class="line ${look}" x1="0" x2="22" y1="5" y2="5"/></svg>${escapeMarkup(name)} <output data-column="${column}"></output></li>`,
  );
  return `<figure class="series">
<figcaption><span id="${id}-title">${escapeMarkup(chart.title)}</span><ul class="series-key">${keys.join('')}</ul></figcaption>
<div class="series-plot">
<svg class="chart values" width="${AXIS_WIDTH}" height="${height}" aria-hidden="true"><g class="grid">${scale.ticks.map((tick) => valueWords(scale.at(tick), chart.tickWords(tick))).join('')}</g></svg>
<svg class="chart plot" role="img" aria-labelledby="${id}-title" aria-describedby="${id}-desc" width="100%" height="${height}">
<desc id="${id}-desc">${escapeMarkup(chart.description)}</desc>
<g class="grid">${scale.ticks.map((tick) => gridLine(yOf(scale.at(tick)))).join('')}${axis.ticks.map(timeWords).join('')}</g>
${chart.pauses.map(([from, to]) => pause(axis.at(from), axis.at(to))).join('')}<svg aria-hidden="true" x="0" y="${TOP}" width="100%" height="${HEIGHT}" viewBox="0 0 ${2 * axis.count} ${UNITS}" preserveAspectRatio="none" overflow="visible">${curves}</svg>
${(chart.limits ?? []).map(({ value, words }) => limit(yOf(scale.at(value)), words)).join('')}${chart.marks.map((mark) => markLine(axis.at(mark.second), mark)).join('')}<line class="cursor" x1="0" x2="0" y1="${TOP}" y2="${TOP + HEIGHT}" visibility="hidden"/>
</svg>
</div>
</figure>`;
}

const yOf = (percent: number): number => Math.round(TOP + HEIGHT * (1 - percent / 100));

function valueWords(percent: number, words: string): string {
  return `<text x="${AXIS_WIDTH - 8}" y="${yOf(percent) + 4}" text-anchor="end">${escapeMarkup(words)}</text>`;
}

function gridLine(y: number): string {
  return `<line x1="0" x2="100%" y1="${y}" y2="${y}"/>`;
}

function timeWords({ percent, words }: TimeAxis['ticks'][number]): string {
  const x = `${percent.toFixed(2)}%`;
  const bottom = TOP + HEIGHT;
  const anchor = percent < 3 ? 'start' : percent > 97 ? 'end' : 'middle';
  return `<line x1="${x}" x2="${x}" y1="${bottom}" y2="${bottom + 4}"/><text x="${x}" y="${bottom + 18}" text-anchor="${anchor}">${escapeMarkup(words)}</text>`;
}

function pause(from: number, to: number): string {
  const width = Math.max(0.2, to - from).toFixed(2);
  return `<rect class="pause" x="${from.toFixed(2)}%" width="${width}%" y="${TOP}" height="${HEIGHT}"><title>paused</title></rect>`;
}

function limit(y: number, words: string): string {
  return `<line class="limit" x1="0" x2="100%" y1="${y}" y2="${y}"/><text class="limit-words" x="100%" y="${y - 4}" text-anchor="end">${escapeMarkup(words)}</text>`;
}

function markLine(percent: number, { number, text }: SeriesMark): string {
  const x = `${percent.toFixed(2)}%`;
  const anchor = percent < 2 ? 'start' : percent > 98 ? 'end' : 'middle';
  return `<g class="event-mark"><title>${escapeMarkup(text)}</title><line x1="${x}" x2="${x}" y1="${TOP - 4}" y2="${TOP + HEIGHT}"/><text x="${x}" y="${TOP - 7}" text-anchor="${anchor}">${number}</text></g>`;
}

/** The line with its gaps, each value in the middle of its stretch; a lone value lasts for its whole stretch. */
function curve({ look, values, filled }: SeriesLine, { count }: TimeAxis, scale: Scale): string {
  const parts: string[] = [];
  const areas: string[] = [];
  for (const { from, ys } of unbroken(values.slice(0, count), scale)) {
    const [first = 0] = ys;
    const last = ys.at(-1) ?? 0;
    const to = from + ys.length - 1;
    const inner = ys.map((y, index) => `L${2 * (from + index) + 1} ${y}`).join('');
    // Lines reach the ends of the axis, and lone values can be seen.
    const start = ys.length === 1 || from === 0 ? `M${2 * from} ${first}` : '';
    const end = ys.length === 1 || to === count - 1 ? `L${2 * to + 2} ${last}` : '';
    parts.push(start === '' ? `M${inner.slice(1)}${end}` : `${start}${inner}${end}`);
    if (filled) areas.push(`M${2 * from} ${UNITS}L${2 * from} ${first}${inner}L${2 * to + 2} ${last}V${UNITS}Z`);
  }
  const area = areas.length === 0 ? '' : `<path class="area ${look}" d="${areas.join('')}"/>`;
  return parts.length === 0 ? '' : `${area}<path class="line ${look}" d="${parts.join('')}"/>`;
}

function unbroken(values: Values, scale: Scale): { from: number; ys: number[] }[] {
  const runs: { from: number; ys: number[] }[] = [];
  for (const [index, value] of values.entries()) {
    if (value === undefined || !Number.isFinite(value)) continue;
    const y = Math.round(UNITS * (1 - scale.at(value) / 100));
    const run = runs.at(-1);
    if (run !== undefined && run.from + run.ys.length === index) run.ys.push(y);
    else runs.push({ from: index, ys: [y] });
  }
  return runs;
}
