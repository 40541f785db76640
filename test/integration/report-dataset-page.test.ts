import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Browser, Page } from 'playwright-core';
import { writeReports } from '../../src/report/write-reports.js';
import { launchBrowser } from '../helpers/browser.js';
import { datasetRun, datasetSummary, sampleLine } from '../helpers/dataset-summaries.js';
import { doubledIds, lowContrast, nameless, widthOfPage } from '../helpers/page-audit.js';
import { linesOf, MemoryOutput } from '../helpers/report-memory.js';
import { sampleRecord } from '../helpers/sample-records.js';

const HOSTILE = '<img src=x onerror="document.title=\'owned\'">';
const LONG = 'a-scenario-with-a-name-that-is-far-longer-than-a-narrow-screen-is-wide';

describe('the page of a data set', () => {
  const folder = mkdtempSync(join(tmpdir(), 'arena-dataset-page-'));
  let browser: Browser;
  let page: Page;

  beforeAll(async () => {
    const output = new MemoryOutput();
    const dataset = datasetSummary({
      samples: [1, 2, 3].map((number) => sampleLine(number, { content: HOSTILE, data: { title: HOSTILE, number } })),
      scenarios: [
        { key: LONG, records: 600 },
        { key: HOSTILE, records: 400 },
      ],
      reasons: [{ message: HOSTILE, count: 12 }],
    });
    const records = [5, 11].map((number) => sampleRecord({ id: `greeting/gpt/r${number}`, index: number - 1 }));
    await writeReports(['html'], datasetRun(dataset), linesOf(records), output);
    writeFileSync(join(folder, 'report.html'), output.text('report.html'));
    browser = await launchBrowser();
    page = await browser.newPage();
    await page.goto(pathToFileURL(join(folder, 'report.html')).href);
  });

  afterAll(async () => {
    await browser?.close();
    rmSync(folder, { recursive: true, force: true });
  });

  test('takes what models say for text', async () => {
    expect(await page.locator('main img').count()).toBe(0);
    expect(await page.title()).not.toBe('owned');
    expect(await page.locator('#samples .message.assistant').first().textContent()).toContain(HOSTILE);
  });

  test.each([360, 768, 1280])('is no wider than a screen of %i pixels, light and dark', async (width) => {
    await page.setViewportSize({ width, height: 800 });
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme });
      expect(await page.evaluate(widthOfPage)).toBeLessThanOrEqual(width);
      expect(await page.evaluate(lowContrast)).toEqual([]);
    }
  });

  test('names its controls, and each of its parts once', async () => {
    expect(await page.evaluate(nameless)).toEqual([]);
    expect(await page.evaluate(doubledIds)).toEqual([]);
  });

  test('opens samples by the keyboard', async () => {
    await page.setViewportSize({ width: 1280, height: 800 });
    const second = page.locator('#samples details').nth(1);
    expect(await second.getAttribute('open')).toBeNull();
    await second.locator('summary').focus();
    await page.keyboard.press('Enter');
    expect(await second.getAttribute('open')).not.toBeNull();
  });

  test('leads from a near duplicate to its conversation', async () => {
    await page.locator('#duplicates a', { hasText: 'greeting/gpt/r11' }).click();
    await page.locator('#reader', { hasText: 'greeting/gpt/r11' }).waitFor();
  });

  test('shows the conversations of a scenario that is picked', async () => {
    await page.locator('#made-of summary').first().click();
    await page.locator('#made-of .pick', { hasText: LONG }).click();
    expect(await page.locator('#scenario').inputValue()).toBe(LONG);
  });
});
