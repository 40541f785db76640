import { shorten } from '../../../core/shorten.js';
import { attributes, escapeMarkup } from '../../xml.js';
import type { Scale } from './scale.js';

/** A row of a chart: what is drawn of it depends on what is known. */
export interface RangeRow {
  label: string;
  /** Its numbers in words, at the right end. */
  words: string;
  /** From zero to here. */
  bar?: number;
  /** A thin line between two values, and a thick one. */
  whisker?: [number, number];
  box?: [number, number];
  /** The value that counts most. */
  dot?: number;
}

export interface RangeChart {
  /** Unique in the page, for the names of its parts. */
  id: string;
  title: string;
  /** What a listener should know who sees nothing of it. */
  description: string;
  rows: readonly RangeRow[];
  scale: Scale;
  tickWords(value: number): string;
}

const ROW = 42;
const AXIS = 22;
const MAX_LABEL = 34;
/** Characters of label and numbers that stand side by side on a phone; of longer rows the table alone has the numbers. */
const SIDE_BY_SIDE = 40;

/**
 * Rows of bars, ranges and dots over one scale. Widths are percents and heights pixels, so it fits a phone without its
 * words shrinking. The numbers must stand in a table beside it.
 */
export function rangeChart(chart: RangeChart): string {
  const { id, rows, scale } = chart;
  const height = rows.length * ROW + AXIS;
  const title = `<title id="${id}-title">${escapeMarkup(chart.title)}</title>`;
  const description = `<desc id="${id}-desc">${escapeMarkup(chart.description)}</desc>`;
  const grid = scale.ticks.map((tick) => gridLine(scale.at(tick), chart.tickWords(tick), height));
  const drawn = rows.map((row, index) => rowMarks(row, scale, index * ROW));
  // The inner svg keeps marks at both ends whole.
  return `<svg class="chart" role="img" aria-labelledby="${id}-title" aria-describedby="${id}-desc" width="100%" height="${height}">
${title}${description}
<g class="grid">${grid.join('')}</g>
${drawn.join('\n')}
</svg>`;
}

const percent = (value: number): string => `${(1 + 0.98 * value).toFixed(2)}%`;

function gridLine(at: number, words: string, height: number): string {
  const x = percent(at);
  const bottom = height - AXIS;
  const anchor = at < 4 ? 'start' : at > 96 ? 'end' : 'middle';
  return `<line x1="${x}" x2="${x}" y1="0" y2="${bottom + 4}"/><text x="${x}" y="${bottom + 17}" text-anchor="${anchor}">${escapeMarkup(words)}</text>`;
}

function rowMarks({ label, words, bar, whisker, box, dot }: RangeRow, scale: Scale, top: number): string {
  const y = top + 29;
  const span = (kind: string, [from, to]: [number, number], thick: number): string => {
    const [x, end] = [scale.at(from), scale.at(to)];
    const width = Math.max(0.3, 0.98 * (end - x)).toFixed(2);
    const shape = { x: percent(x), y: y - thick / 2, width: `${width}%`, height: thick, rx: thick / 2 };
    return `<rect class="${kind}"${attributes(shape)}/>`;
  };
  const marks: string[] = [];
  if (bar !== undefined) marks.push(span('bar-mark', [scale.ticks[0] ?? 0, bar], 10));
  if (whisker) marks.push(span('whisker', whisker, 3));
  if (box) marks.push(span('box', box, 10));
  if (dot !== undefined) marks.push(`<circle class="dot" cx="${percent(scale.at(dot))}" cy="${y}" r="5"/>`);
  const name = shorten(label, MAX_LABEL);
  const look = name.length + words.length > SIDE_BY_SIDE ? 'words long' : 'words';
  return `<g><title>${escapeMarkup(`${label}: ${words}`)}</title><text class="label" x="1%" y="${top + 17}">${escapeMarkup(name)}</text><text class="${look}" x="99%" y="${top + 17}" text-anchor="end">${escapeMarkup(words)}</text>${marks.join('')}</g>`;
}
