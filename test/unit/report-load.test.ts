import { describe, expect, test } from '@jest/globals';
import { parse } from 'csv-parse/sync';
import picocolors from 'picocolors';
import { loadResultLines } from '../../src/cli/load-result-view.js';
import { endFigures } from '../../src/core/load/end-figures.js';
import type { LoadSummary } from '../../src/core/load/load-summary.js';
import { pausesOf, peakOfSeries } from '../../src/core/load/timeline.js';
import type { RunSummary } from '../../src/core/run.js';
import { linearScale } from '../../src/report/html/charts/scale.js';
import { seriesChart } from '../../src/report/html/charts/series-chart.js';
import { timeAxis } from '../../src/report/html/charts/time-axis.js';
import { formatPace, measuredText, missingSentences } from '../../src/report/load/words.js';
import { runSummarySchema } from '../../src/schema/run-summary.js';
import { HOSTILE_TEXTS } from '../helpers/hostile-texts.js';
import {
  closedLoad,
  emptyLoad,
  HELD,
  LOST,
  loadEvent,
  loadRow,
  loadRunSummary,
  loadSeries,
  sampleLoad,
  UNKNOWN,
} from '../helpers/load-summaries.js';
import { report } from '../helpers/report-memory.js';
import { sampleRecord } from '../helpers/sample-records.js';
import { parseXml } from '../helpers/strict-xml.js';

const FORMATS = ['json', 'csv', 'junit', 'markdown', 'html'] as const;

const reportOf = async (load: LoadSummary, over: Partial<RunSummary> = {}) =>
  (await report(FORMATS, [sampleRecord()], {}, loadRunSummary(load, over))).output;

describe('the reports of a load test', () => {
  test.each<[what: string, load: LoadSummary]>([
    ['five minutes', sampleLoad()],
    ['virtual users', closedLoad()],
    ['one point', sampleLoad({ series: loadSeries(1, 10) })],
    ['1,200 points', sampleLoad({ series: loadSeries(1200, 500, 8), pointSeconds: 8 })],
    ['nothing', emptyLoad()],
  ])('tell of %s in every format', async (_, load) => {
    const output = await reportOf(load);
    const summary = runSummarySchema.parse(JSON.parse(output.text('summary.json')));
    expect(summary.load?.series).toEqual(load.series);
    expect(summary.reports.map(({ path }) => path)).toContain('series.csv');
    expect(parse(output.text('series.csv'), { columns: true })).toHaveLength(load.series.length);
    expect(parse(output.text('results.csv'), { columns: true })).toHaveLength(load.cells.length);
    expect(output.text('results.jsonl').trimEnd().split('\n')).toHaveLength(1);
    parseXml(output.text('junit.xml'));
    for (const name of output.files.keys()) {
      const written = output.text(name).replace(/<script>[\s\S]*?<\/script>/g, '');
      expect(/NaN|undefined|Infinity/.exec(written)?.[0]).toBeUndefined();
    }
    expect(output.text('report.html').length).toBeLessThan(1_000_000);
  });

  test('shows every sample, however many conversations were held', async () => {
    const records = Array.from({ length: 30 }, (_, index) => sampleRecord({ index, id: `orders/alpha/l0-${index}` }));
    const load = sampleLoad();
    load.conversations.passed = 3_000_000;
    const { output, files } = await report(['html', 'csv'], records, {}, loadRunSummary(load), 10);
    expect(output.text('results.jsonl').trimEnd().split('\n')).toHaveLength(30);
    const names = files.map(({ path }) => path);
    expect(names).not.toContain('manifest.json');
    expect(names.filter((name) => name.endsWith('.html'))).toEqual(['report.html']);
  });

  test('has a line of results.csv for each scenario and provider, with rates as shares', async () => {
    const cells = [loadRow({ scenario: '=cmd()', provider: 'a,"b"\n', ended: 100, errors: { server_error: 5 } })];
    const [row] = parse<{ [name: string]: string }>((await reportOf(sampleLoad({ cells }))).text('results.csv'), {
      columns: true,
    });
    expect(row).toMatchObject({
      ...{ scenario: "'=cmd()", provider: 'a,"b"\n', requests: '100', failedRequests: '5', errorRate: '0.05' },
      ...{ latencyP50Ms: '640', latencyP999Ms: '4800', ttftP50Ms: '', costUsd: '', errors: '{"server_error":5}' },
    });
  });

  test('has a test case of junit.xml for each threshold, and one for the end', async () => {
    const { thresholds } = sampleLoad();
    const xml = (await reportOf(sampleLoad())).text('junit.xml');
    expect(xml).toContain('tests="6" failures="1" errors="1"');
    expect(xml).toContain('name="latency_p99 &lt; 2s (beta)"');
    expect(xml).toContain('message="latency_p99 &lt; 2s (beta) does not hold: 3.7s was measured"');
    expect(xml).toContain('<error type="threshold_unknown"');
    expect(xml.match(/<testcase /g)).toHaveLength(thresholds.length + 1);
    const reached = await reportOf(sampleLoad({ thresholds: [HELD] }), {
      ...{ phase: 'Failed', reason: 'BudgetReached', message: 'the budget was used up' },
    });
    expect(reached.text('junit.xml')).toMatch(/errors="1"[\s\S]*<error type="BudgetReached" message="the budget was/);
  });

  test('keeps hostile names out of the markup of every format', async () => {
    const of = HOSTILE_TEXTS.map((text) =>
      loadRow({ scenario: text, provider: text, ended: 10, errors: { [text]: 1 } }),
    );
    const load = sampleLoad({
      ...{
        cells: of,
        providers: of,
        scenarios: of,
        all: { ...loadRow({ ended: 10 }), errors: { [HOSTILE_TEXTS[0] ?? '']: 1 } },
      },
      thresholds: HOSTILE_TEXTS.map((text) => ({ ...LOST, value: text, scenario: text })),
      events: HOSTILE_TEXTS.map((text) => loadEvent(3, 'lanes', text)),
    });
    const output = await reportOf(load);
    parseXml(output.text('junit.xml'));
    expect(parse(output.text('results.csv'), { columns: true })).toHaveLength(HOSTILE_TEXTS.length);
    expect(output.text('report.html')).not.toContain('<script>document.title');
    expect(output.text('report.md')).not.toMatch(/^<script>|^# Heading/m);
  });

  test('say in Markdown what was asked for, what was made, and what is in no percentile', async () => {
    const text = (await reportOf(sampleLoad())).text('report.md');
    expect(text).toMatch(/\| Highest target, requests a second \| 100 \|/);
    expect(text).toContain('❌ lost');
    expect(text).toContain('❔ not measured');
    expect(text).toContain('How 12 requests and 6 conversations ended is unknown');
    expect(text).toContain('- 3m20s: The target was set');
  });
});

describe('the end of a load test on the terminal', () => {
  const linesOf = (load: LoadSummary, over: Partial<RunSummary> = {}): string =>
    loadResultLines(loadRunSummary(load, over), load, picocolors.createColors(false)).join('\n');

  test('tells target against what was made, thresholds and what is missing', () => {
    const text = linesOf(sampleLoad());
    expect(text).toMatch(/^target {3}100 requests a second, sent 100 \(100 %\) on 3 workers$/m);
    expect(text).toMatch(/^lost +latency_p99 < 2s \(beta\) {2}3\.7s$/m);
    expect(text).toMatch(/^not measured +pass_rate >= 0\.9 \(refunds\) {2}–$/m);
    expect(text).toMatch(/^note {5}80 conversations did not begin when due/m);
    expect(text).toMatch(/^FAILED {2}thresholds: 3 of 5 hold .* exit 4$/m);
    expect(text).toMatch(/^next {5}more workers/m);
  });

  test('tells the same by the few figures of a result', () => {
    const load = sampleLoad();
    const [summary, figures] = [load, endFigures(load)].map((one) =>
      loadResultLines(loadRunSummary(load), one, picocolors.createColors(false)).find((line) => /^target/.test(line)),
    );
    expect(figures).toBe(summary);
    expect(figures).toContain('100 requests a second');
  });

  test('gives no advice where nothing is missing', () => {
    const load = sampleLoad({ thresholds: [HELD] });
    load.conversations = { ...load.conversations, dropped: 0, interrupted: 0, unknown: 0 };
    load.requests = { ...load.requests, rateLimited: 0, unknown: 0 };
    expect(linesOf(load)).not.toMatch(/^(next|note)/m);
    expect(linesOf(emptyLoad())).toMatch(/^target {3}0 requests a second/m);
  });
});

describe('a load test in words', () => {
  test.each([
    [99.96, '99.9'],
    [100.4, '100'],
    [1250.4, '1,250'],
    [9.876, '9.88'],
    [0.25, '0.25'],
    [0, '0'],
  ])('%d a second is %s', (pace, text) => expect(formatPace(pace)).toBe(text));

  test.each([
    [LOST, '3.7s'],
    [HELD, '0.8 %'],
    [UNKNOWN, '–'],
    [{ ...HELD, metric: 'total_cost' as const, actual: 41.2 }, '$41.20'],
  ])('what was measured: %#', (threshold, text) => expect(measuredText(threshold)).toBe(text));

  test('one conversation is told as one', () => {
    const { conversations } = emptyLoad();
    const load = { ...emptyLoad(), conversations: { ...conversations, interrupted: 1 } };
    expect(missingSentences(load)).toEqual(['1 conversation was cut off at the end.']);
  });

  test('the highest target is told without pauses, a pause that never ended included', () => {
    const events = [loadEvent(0, 'started', ''), loadEvent(60, 'paused', ''), loadEvent(70, 'resumed', '')];
    const series = loadSeries(100, 50).map((point) =>
      point.second >= 60 && point.second < 70 ? { ...point, sent: 0 } : point,
    );
    const peak = peakOfSeries(sampleLoad({ series, events }));
    expect(peak).toMatchObject({ target: 50, seconds: 80 });
    expect(peak?.rps).toBeGreaterThan(49.5);
    expect(pausesOf([loadEvent(0, 'started', ''), loadEvent(5, 'paused', '')], 9)).toEqual([[5, 9]]);
    expect(peakOfSeries(emptyLoad())).toBeUndefined();
  });
});

describe('a chart over time', () => {
  const chartOf = (values: (number | undefined)[]): string[] => {
    const svg = seriesChart({
      ...{ id: 'x', title: 'x', description: 'x', axis: timeAxis(values.length, 1), scale: linearScale(100) },
      ...{ tickWords: String, marks: [], pauses: [] },
      lines: [{ name: 'a', look: 'first', values, column: 1 }],
    });
    return [...svg.matchAll(/<path class="line first" d="([^"]*)"/g)].map(([, d = '']) => d);
  };

  test.each<[what: string, values: (number | undefined)[], path: string[]]>([
    ['from end to end', [0, 100], ['M0 1000L1 1000L3 0L4 0']],
    ['with a gap', [50, 50, undefined, 0, 0], ['M0 500L1 500L3 500M7 1000L9 1000L10 1000']],
    ['a lone value for its whole stretch', [undefined, 50, undefined], ['M2 500L3 500L4 500']],
    ['nothing where nothing was measured', [undefined, undefined], []],
    ['one point', [100], ['M0 0L1 0L2 0']],
  ])('draws %s', (_, values, path) => expect(chartOf(values)).toEqual(path));

  test.each([
    [1, 1, ['0', '1s']],
    [300, 1, ['0', '1m', '2m', '3m', '4m', '5m']],
    [1200, 8, ['0', '30m', '1h', '1h30m', '2h', '2h30m']],
  ])('marks %d points of %d s at round times', (count, pointSeconds, words) => {
    expect(timeAxis(count, pointSeconds).ticks.map((tick) => tick.words)).toEqual(words);
  });
});
