import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { ConversationRecord } from '../../src/core/conversation.js';
import type { LoadSummary } from '../../src/core/load/load-summary.js';
import { HOSTILE_TEXTS } from '../helpers/hostile-texts.js';
import {
  closedLoad,
  emptyLoad,
  loadEvent,
  loadRow,
  loadRunSummary,
  loadSeries,
  sampleLoad,
} from '../helpers/load-summaries.js';
import { collisions, doubledIds, lowContrast, nameless, widthOfPage } from '../helpers/page-audit.js';
import { listed, ReportReader } from '../helpers/report-reader.js';
import { sampleRecord } from '../helpers/sample-records.js';

let reader: ReportReader;

beforeAll(async () => {
  reader = await ReportReader.start();
});

afterAll(() => reader.close());

const samples: ConversationRecord[] = [
  sampleRecord({ id: 'orders/alpha/l0-1' }),
  sampleRecord({
    id: 'orders/beta/l1-7',
    provider: 'beta',
    index: 7,
    verdict: 'errored',
    error: { code: 'rate_limited', message: 'beta answered 429', hint: 'Ask for less.' },
  }),
];

const open = (load: LoadSummary, view: Parameters<ReportReader['open']>[1] = {}, records = samples) =>
  reader.open(records, { ...view, over: loadRunSummary(load) });

describe('the page of a load test', () => {
  test('reads in order, names every control, and fits a phone in both themes', async () => {
    for (const theme of ['light', 'dark'] as const) {
      const { page, trouble } = await open(sampleLoad(), { width: 360, html: { theme } });
      expect(await page.evaluate(widthOfPage)).toBeLessThanOrEqual(360);
      expect(await page.evaluate(collisions)).toEqual([]);
      expect(await page.evaluate(lowContrast)).toEqual([]);
      expect(await page.evaluate(nameless)).toEqual([]);
      expect(await page.evaluate(doubledIds)).toEqual([]);
      const order = await page.locator('main > section').evaluateAll((all) => all.map((one) => one.id));
      expect(order).toEqual([
        ...['overview', 'series', 'thresholds', 'percentiles', 'errors', 'budget', 'failures', 'conversations'],
      ]);
      for (const chart of await page.getByRole('img').all()) {
        expect((await chart.locator('desc').textContent())?.length).toBeGreaterThan(10);
      }
      expect(trouble).toEqual([]);
      await page.close();
    }
  });

  test('tells the numbers of a moment to the mouse and to the keyboard', async () => {
    const { page } = await open(sampleLoad());
    const sent = page.locator('#rate-series-title + ul output').first();
    const moment = page.getByRole('slider', { name: 'Moment of the test' });
    await moment.focus();
    await page.keyboard.press('Home');
    await page.locator('.series-cursor', { hasText: 'At 0ms' }).waitFor();
    await page.keyboard.press('ArrowRight');
    await page.locator('.series-cursor', { hasText: /^At 1s$/ }).waitFor();
    // The second of thirty seconds of the ramp to 100: its middle is at 1.5 s.
    expect(await moment.getAttribute('aria-valuetext')).toMatch(/^1s: Target 5, Sent a second 5\.0/);
    await page.keyboard.press('End');
    await page.locator('.series-cursor', { hasText: 'At 4m59s' }).waitFor();
    const plot = page.locator('#rate-series-title').locator('xpath=ancestor::figure').locator('.plot');
    const box = await plot.boundingBox();
    await plot.hover({ position: { x: (box?.width ?? 0) / 2 + 1, y: 60 } });
    await page.locator('.series-cursor', { hasText: 'At 2m30s' }).waitFor();
    expect(await sent.textContent()).toBe('100');
    await page.close();
  });

  test('leads from a row to its samples', async () => {
    const { page } = await open(sampleLoad());
    await page.getByRole('button', { name: 'Show samples: orders / beta' }).click();
    expect(await listed(page)).toEqual(['#orders/beta/l1-7']);
    await page.close();
  });

  test.each<[what: string, load: LoadSummary, charts: number]>([
    ['1,200 points', sampleLoad({ series: loadSeries(1200, 500, 8), pointSeconds: 8 }), 5],
    ['one point', sampleLoad({ series: loadSeries(1, 10) }), 4],
    ['virtual users', closedLoad(), 5],
    ['nothing at all', emptyLoad(), 0],
  ])('draws %s', async (_, load, charts) => {
    const { page, trouble } = await open(load, {}, []);
    expect(await page.locator('#series svg.plot').count()).toBe(charts);
    expect(trouble).toEqual([]);
    await page.close();
  });

  test('keeps hostile names and events as text', async () => {
    const hostile = sampleLoad({
      cells: HOSTILE_TEXTS.map((text) => loadRow({ scenario: text, provider: text, ended: 10, errors: { [text]: 1 } })),
      providers: HOSTILE_TEXTS.map((text) => loadRow({ provider: text, ended: 10, errors: { [text]: 1 } })),
      scenarios: HOSTILE_TEXTS.map((text) => loadRow({ scenario: text, ended: 10 })),
      all: loadRow({ ended: 100, errors: Object.fromEntries(HOSTILE_TEXTS.map((text) => [text, 1])) }),
      thresholds: HOSTILE_TEXTS.map((text) => ({
        ...{ metric: 'error_rate', operator: '<', state: 'failed', actual: 0.5 },
        ...{ value: text, scenario: text, provider: text },
      })),
      events: [loadEvent(0, 'started', ''), ...HOSTILE_TEXTS.map((text) => loadEvent(9, 'lanes', text))],
    });
    const { page, trouble } = await open(hostile);
    expect(await page.title()).not.toBe('owned');
    expect(await page.locator('main img, main script, iframe').count()).toBe(0);
    expect(await page.locator('.events li').count()).toBe(HOSTILE_TEXTS.length);
    expect(trouble).toEqual([]);
    await page.close();
  });
});
