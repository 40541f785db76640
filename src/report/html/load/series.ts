import type { LoadEvent, LoadPoint, LoadSummary } from '../../../core/load/load-summary.js';
import { ruleText } from '../../../core/load/load-words.js';
import { thresholdValue } from '../../../core/load/thresholds.js';
import { pausesOf, secondOf } from '../../../core/load/timeline.js';
import { shorten } from '../../../core/shorten.js';
import { formatCount, formatMs } from '../../figures.js';
import { formatPace, formatSecond } from '../../load/words.js';
import { escapeMarkup } from '../../xml.js';
import { linearScale, scaleFor } from '../charts/scale.js';
import { type SeriesChart, type SeriesLine, type SeriesMark, seriesChart } from '../charts/series-chart.js';
import { timeAxis } from '../charts/time-axis.js';
import { cells, columns, section, tableBehind } from '../sections/section.js';

/** Marks that are drawn; more of them would hide the curves. */
const MAX_MARKS = 40;
const MAX_TEXT = 300;

/** Columns of the table behind the charts, in their order; the charts' read-outs come from it. */
const COLUMNS: [name: string, text: (point: LoadPoint) => string][] = [
  ['Target', ({ target }) => formatPace(target)],
  ['Sent a second', ({ sent }) => formatPace(sent)],
  ['Ended a second', ({ ended }) => formatPace(ended)],
  ['Failed a second', ({ failed }) => formatPace(failed)],
  ['Rate-limited a second', ({ rateLimited }) => formatPace(rateLimited)],
  ['Dropped a second', ({ dropped }) => formatPace(dropped)],
  ['Conversations in flight', ({ open }) => formatPace(open)],
  ['Requests in flight', ({ inFlight }) => formatPace(inFlight)],
  ['p50', ({ p50Ms }) => formatMs(p50Ms)],
  ['p95', ({ p95Ms }) => formatMs(p95Ms)],
  ['p99', ({ p99Ms }) => formatMs(p99Ms)],
];

/** Number of a column, the time being the first. */
const columnOf = (name: string): number => 1 + COLUMNS.findIndex(([one]) => one === name);

type Frame = Pick<SeriesChart, 'axis' | 'marks' | 'pauses'>;

/** How the test went, second by second. */
export function seriesSection(load: LoadSummary): string {
  const { series, pointSeconds } = load;
  if (series.length === 0) return '';
  const axis = timeAxis(series.length, pointSeconds);
  const end = series.length * pointSeconds;
  const marks = marksOf(load, end);
  const frame: Frame = { axis, marks, pauses: pausesOf(load.events, end) };
  const charts = [
    rateChart(load, frame),
    eventList(load, marks),
    latencyChart(load, frame),
    failureChart(load, frame),
    flightChart(load, frame),
    droppedChart(load, frame),
  ];
  const each = pointSeconds === 1 ? 'one second' : `${formatCount(pointSeconds)} seconds`;
  const head = columns(['Time', ...COLUMNS.map(([name]) => name)]);
  const rows = series.map(
    (point) =>
      `<tr><th scope="row">${formatSecond(point.second)}</th>${cells(COLUMNS.map(([, text]) => text(point)))}</tr>`,
  );
  const table = tableBehind({ id: 'series', className: 'providers series-table', head, rows });
  const hint = `Each point spans ${each} of the clock on the wall. Point at a moment, or choose one with the arrow keys, to read its numbers.`;
  return section({ id: 'series', title: 'Over time', hint }, `${charts.join('\n')}\n${table}`);
}

const valuesOf = (series: readonly LoadPoint[], key: keyof LoadPoint): (number | undefined)[] =>
  series.map((point) => point[key]);

const highest = (...all: readonly (number | undefined)[][]): number =>
  all.flat().reduce<number>((most, value) => Math.max(most, value ?? 0), 0);

function rateChart({ model, series }: LoadSummary, frame: Frame): string {
  const target = valuesOf(series, 'target');
  const sent = valuesOf(series, 'sent');
  const lines: SeriesLine[] = [
    { name: 'Sent', look: 'first', values: sent, column: columnOf('Sent a second'), filled: true },
  ];
  // The target of a closed test are users; it is drawn where they are.
  if (model === 'open') lines.push({ name: 'Target', look: 'target', values: target, column: columnOf('Target') });
  const top = highest(sent, ...(model === 'open' ? [target] : []));
  const most = `The highest rate was ${formatPace(highest(sent))} requests a second`;
  const words = model === 'open' ? `${most}, the highest target ${formatPace(highest(target))}.` : `${most}.`;
  return seriesChart({
    ...frame,
    id: 'rate-series',
    title: 'Requests a second',
    description: words,
    scale: linearScale(top),
    tickWords: formatPace,
    lines,
  });
}

function latencyChart({ series, thresholds }: LoadSummary, frame: Frame): string {
  const [p50, p95, p99] = (['p50Ms', 'p95Ms', 'p99Ms'] as const).map((key) => valuesOf(series, key));
  const known = series.flatMap(({ p50Ms, p99Ms }) => [p50Ms, p99Ms]).filter((value) => value !== undefined);
  if (known.length === 0 || p50 === undefined || p95 === undefined || p99 === undefined) return '';
  const top = known.reduce((most, value) => Math.max(most, value), 0);
  const bottom = known.reduce((least, value) => Math.min(least, value), Number.POSITIVE_INFINITY);
  const limits = thresholds.flatMap((one) => {
    const { metric, value, scenario, provider } = one;
    const ms = metric.startsWith('latency_p') ? thresholdValue(metric, value) : undefined;
    const isShown = ms !== undefined && scenario === undefined && provider === undefined && ms <= 1.5 * top;
    return isShown ? [{ value: ms, words: ruleText(one) }] : [];
  });
  return seriesChart({
    ...frame,
    id: 'latency-series',
    title: 'Latency',
    description: `Median, 95th and 99th percentile of what ended in each stretch. The highest 99th percentile was ${formatMs(highest(p99))}.`,
    scale: scaleFor(bottom, Math.max(top, ...limits.map(({ value }) => value))),
    tickWords: formatMs,
    lines: [
      { name: 'p99', look: 'third', values: p99, column: columnOf('p99') },
      { name: 'p95', look: 'second', values: p95, column: columnOf('p95') },
      { name: 'p50', look: 'first', values: p50, column: columnOf('p50') },
    ],
    limits,
  });
}

function failureChart({ series }: LoadSummary, frame: Frame): string {
  const failed = valuesOf(series, 'failed');
  const limited = valuesOf(series, 'rateLimited');
  if (highest(failed) === 0) return '<p class="series-none">No request failed.</p>';
  return seriesChart({
    ...frame,
    id: 'failure-series',
    title: 'Failed requests a second',
    description: `At most ${formatPace(highest(failed))} a second failed, at most ${formatPace(highest(limited))} of them refused for their number.`,
    scale: linearScale(highest(failed)),
    tickWords: formatPace,
    lines: [
      { name: 'Failed', look: 'bad', values: failed, column: columnOf('Failed a second'), filled: true },
      { name: 'Rate-limited (429)', look: 'limited', values: limited, column: columnOf('Rate-limited a second') },
    ],
  });
}

function flightChart({ model, series }: LoadSummary, frame: Frame): string {
  const open = valuesOf(series, 'open');
  const inFlight = valuesOf(series, 'inFlight');
  const users = model === 'closed' ? valuesOf(series, 'target') : [];
  const lines: SeriesLine[] = [
    { name: 'Conversations', look: 'first', values: open, column: columnOf('Conversations in flight') },
    { name: 'Requests', look: 'second', values: inFlight, column: columnOf('Requests in flight') },
  ];
  if (model === 'closed')
    lines.push({ name: 'Virtual users, target', look: 'target', values: users, column: columnOf('Target') });
  return seriesChart({
    ...frame,
    id: 'flight-series',
    title: 'In flight',
    description: `At most ${formatPace(highest(open))} conversations and ${formatPace(highest(inFlight))} requests at the same time.`,
    scale: linearScale(highest(open, inFlight, users)),
    tickWords: formatPace,
    lines,
  });
}

function droppedChart({ series }: LoadSummary, frame: Frame): string {
  const dropped = valuesOf(series, 'dropped');
  if (highest(dropped) === 0) return '<p class="series-none">No conversation was dropped.</p>';
  return seriesChart({
    ...frame,
    id: 'dropped-series',
    title: 'Dropped conversations a second',
    description: `At most ${formatPace(highest(dropped))} conversations a second were due and did not begin.`,
    scale: linearScale(highest(dropped)),
    tickWords: formatPace,
    lines: [{ name: 'Dropped', look: 'limited', values: dropped, column: columnOf('Dropped a second'), filled: true }],
  });
}

/** All but the beginning, which is where the axis begins. */
const toldOf = ({ events }: LoadSummary): LoadEvent[] => events.filter(({ what }) => what !== 'started');

function marksOf(load: LoadSummary, end: number): SeriesMark[] {
  return toldOf(load)
    .slice(0, MAX_MARKS)
    .map((event, index) => ({
      second: Math.max(0, Math.min(end, secondOf(event, load.events))),
      number: index + 1,
      text: shorten(event.text, MAX_TEXT),
    }));
}

/** What the numbers in the charts stand for. */
function eventList(load: LoadSummary, marks: readonly SeriesMark[]): string {
  if (marks.length === 0) return '';
  const items = marks.map(
    ({ second, number, text }) =>
      `<li><b>${number}</b> <span class="when">${formatSecond(second)}</span> ${escapeMarkup(text)}</li>`,
  );
  const more = toldOf(load).length - marks.length;
  if (more > 0) items.push(`<li>${formatCount(more)} more stand in summary.json.</li>`);
  return `<ol class="events" aria-label="Events in the charts">${items.join('')}</ol>`;
}
