import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Locator, Page } from 'playwright-core';
import { startTrap } from '../helpers/browser.js';
import { HOSTILE_TEXTS } from '../helpers/hostile-texts.js';
import { chooseProvider, colorScheme, endPrinting, lowContrast, widthOfPage, xmlFault } from '../helpers/page-audit.js';
import { report } from '../helpers/report-memory.js';
import { countOfRows, listed, ReportReader } from '../helpers/report-reader.js';
import { sampleAssertion, sampleMessages, sampleRecord } from '../helpers/sample-records.js';

let reader: ReportReader;
let trap: Awaited<ReturnType<typeof startTrap>>;

beforeAll(async () => {
  [reader, trap] = await Promise.all([ReportReader.start(), startTrap()]);
});

afterAll(async () => {
  await reader.close();
  await trap.close();
});

/** Text as a reader sees it: what is hidden or folded away is not in it. */
// biome-ignore lint/performance/useDomNodeTextContent: visibility is the question
const seen = (locator: Locator): Promise<string> => locator.innerText();
const readerText = (page: Page): Promise<string> => seen(page.locator('#reader'));
const failed = sampleRecord({
  provider: 'beta',
  index: 1,
  verdict: 'failed',
  assertions: [sampleAssertion({ passed: false, explanation: 'nothing about the order' })],
  messages: sampleMessages('We sell gherkins only.'),
});
const errored = sampleRecord({
  scenario: 'refunds',
  index: 2,
  verdict: 'errored',
  assertions: [],
  error: { code: 'unauthorized', message: 'alpha answered 401', hint: 'Check the key.' },
});
const records = [sampleRecord(), failed, errored, sampleRecord({ scenario: 'refunds', provider: 'beta', index: 3 })];

describe('report.html in a browser, opened from disk', () => {
  test('shows an answer with <script> as text: nothing runs, nothing is loaded', async () => {
    const answer = `<script>document.title = 'owned'; fetch('${trap.origin}/')</script><img src="${trap.origin}/x.png">`;
    const { page, trouble } = await reader.open([sampleRecord({ messages: sampleMessages(answer) })]);
    expect(await readerText(page)).toContain(answer);
    expect(await page.title()).toBe('bookshop: Succeeded');
    expect(await page.locator('main img, main script, iframe').count()).toBe(0);
    expect(trouble).toEqual([]);
    expect(trap.connections()).toBe(0);
    await page.close();
  });

  test('keeps hostile texts as text in every place where a record or the summary holds text', async () => {
    const hostile = HOSTILE_TEXTS.filter((text) => text.trim() !== '').map((text, index) =>
      sampleRecord({
        index,
        id: `${index}/${text}`,
        scenario: `${index}`,
        provider: text,
        verdict: 'failed',
        error: { code: 'internal', message: text, hint: text },
        labels: { [text]: text },
        warnings: [text],
        violations: [{ validator: text, direction: 'output', score: 1, message: text }],
        perturbation: { [text]: text },
        tags: [text],
        workflow: { entered: [text], transitions: [], artifacts: { [text]: text }, complete: true },
        assertions: [sampleAssertion({ passed: false, type: text, explanation: text, message: text, source: text })],
        messages: [
          ...sampleMessages(text),
          {
            role: 'assistant',
            content: text,
            finishReason: text,
            toolCalls: [{ id: '1', name: text, args: { [text]: text } }],
            parts: [{ type: 'image', mimeType: text, data: text, filePath: text, caption: text }],
            raw: { [text]: text },
          },
          { role: 'tool', content: text, toolResult: { id: '1', name: text, error: text } },
        ],
      }),
    );
    const text = HOSTILE_TEXTS.join(' ');
    const { page, trouble } = await reader.open(hostile, {
      over: { job: text, message: text, warnings: [text], run: text },
    });
    const known = await page.locator('script:not([data-block])').count();
    for (const record of hostile) {
      await page.locator('#rows a').nth(record.index).click();
      await page.locator('#reader h3', { hasText: new RegExp(`^${record.index}/`) }).waitFor();
      expect(await page.locator('#reader').locator('img, script, iframe, object, embed, svg, form').count()).toBe(0);
    }
    expect(await page.title()).not.toBe('owned');
    expect(await page.locator('script:not([data-block])').count()).toBe(known);
    expect(trouble).toEqual([]);
    expect(trap.connections()).toBe(0);
    await page.close();
  });

  test('opens the first failure, with its checks, its message and its place', async () => {
    const { page } = await reader.open(records);
    const text = await readerText(page);
    expect(text).toContain('orders/beta');
    expect(text).toContain('nothing about the order');
    expect(text).toContain('scenarios/orders.yaml:14');
    expect(text).toContain('We sell gherkins only.');
    await page.close();
  });

  test('a link to a conversation opens that one, on a phone as well', async () => {
    for (const width of [1300, 380]) {
      const { page } = await reader.open(records, { hash: '#refunds/alpha', width });
      const text = await readerText(page);
      expect(text).toContain('alpha answered 401');
      expect(text).toContain('Next: Check the key.');
      expect(await page.locator('#reader h3').isVisible()).toBe(true);
      await page.close();
    }
  });

  test('a link to a conversation that is not there says so', async () => {
    const { page, trouble } = await reader.open(records, { hash: '#no/such%3Cone%3E', width: 380 });
    expect(await readerText(page)).toContain('This report does not hold no/such<one>.');
    await page.getByRole('button', { name: 'Back to the list' }).click();
    expect(await page.locator('#rows').isVisible()).toBe(true);
    expect(trouble).toEqual([]);
    await page.close();
  });

  test('filters by verdict, scenario, provider and text, and clears them', async () => {
    const { page } = await reader.open(records);
    const count = page.locator('#count');
    expect(await listed(page)).toEqual(['#orders/beta', '#refunds/alpha', '#orders/alpha', '#refunds/beta']);
    await page.locator('.toggle.errored').click();
    expect(await listed(page)).toEqual(['#refunds/alpha']);
    await page.locator('.toggle.passed').click();
    expect(await listed(page)).toEqual(['#refunds/alpha', '#orders/alpha', '#refunds/beta']);
    expect(await seen(count)).toBe('3 of 4 conversations');
    await page.locator('#scenario').selectOption('orders');
    expect(await listed(page)).toEqual(['#orders/alpha']);
    await page.locator('button[type=reset]').click();
    await countOfRows(page, 4);
    await page.locator('#provider').selectOption('beta');
    expect(await listed(page)).toEqual(['#orders/beta', '#refunds/beta']);
    await page.locator('#text').fill('GHERKINS');
    await countOfRows(page, 1);
    expect(await listed(page)).toEqual(['#orders/beta']);
    await page.close();
  });

  test('a cell of the matrix chooses its conversations', async () => {
    const { page } = await reader.open(records);
    await page.getByRole('button', { name: /^refunds with beta: 1 of 1 passed/ }).click();
    expect(await listed(page)).toEqual(['#refunds/beta']);
    await page.close();
  });

  test('can be read with the keyboard', async () => {
    const { page } = await reader.open(records);
    await page.keyboard.press('j');
    await page.locator('#reader h3', { hasText: 'refunds/alpha' }).waitFor();
    expect(new URL(page.url()).hash).toBe('#refunds/alpha');
    expect(await seen(page.locator('#rows a[aria-current]'))).toContain('refunds');
    await page.keyboard.press('k');
    await page.locator('#reader h3', { hasText: 'orders/beta' }).waitFor();
    await page.keyboard.press('/');
    await page.keyboard.type('jjj');
    expect(await page.locator('#text').inputValue()).toBe('jjj');
    await page.close();
  });

  test('a row keeps the focus when the list changes under it; where it goes, the first one takes it', async () => {
    const { page } = await reader.open(records);
    const focused = page.locator('#rows a:focus');
    await page.locator('#rows a[tabindex="0"]').focus();
    await page.keyboard.press('End');
    await focused.and(page.locator('[href="#refunds/beta"]')).waitFor();
    await page.evaluate(endPrinting);
    await focused.and(page.locator('[href="#refunds/beta"]')).waitFor();
    await page.evaluate(chooseProvider, 'alpha');
    await focused.and(page.locator('[href^="#refunds/alpha"]')).waitFor();
    expect(await listed(page)).toEqual(['#refunds/alpha', '#orders/alpha']);
    await page.close();
  });

  test('a long answer is folded, a huge one cut with a word where the rest is', async () => {
    const { page } = await reader.open([sampleRecord({ messages: sampleMessages(`${'word '.repeat(200_000)}end`) })]);
    const answer = page.locator('.message.assistant');
    expect((await seen(answer)).length).toBeLessThan(10_000);
    await page.getByRole('button', { name: /Show .* more characters/ }).click();
    expect((await seen(answer)).length).toBeGreaterThan(90_000);
    expect(await seen(answer)).toContain('900,004 more characters stand only in results.jsonl.');
    await page.close();
  });

  test('shows an image that the conversation carries, and never one from an address', async () => {
    const data = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==';
    const parts = [
      { type: 'image' as const, mimeType: 'image/png', data, caption: 'A receipt' },
      { type: 'image' as const, mimeType: 'image/png', url: `${trap.origin}/far.png` },
      { type: 'image' as const, mimeType: 'image/svg+xml', data },
    ];
    const { page, trouble } = await reader.open([
      sampleRecord({ messages: [{ role: 'user', content: 'look', parts }] }),
    ]);
    const images = page.locator('#reader img');
    expect(await images.count()).toBe(1);
    expect(await images.first().getAttribute('alt')).toBe('A receipt');
    expect(await images.first().boundingBox()).toMatchObject({ width: 3, height: 3 });
    expect(await readerText(page)).toContain(`${trap.origin}/far.png`);
    expect(trouble).toEqual([]);
    await page.close();
  });

  test.each([
    ['light', 'light'],
    ['dark', 'dark'],
  ] as const)('opens %s when told so, and the button turns it', async (theme, scheme) => {
    const { page } = await reader.open(records, { html: { theme } });
    expect(await page.evaluate(colorScheme)).toBe(scheme);
    await page.locator('#theme').click();
    expect(await page.evaluate(colorScheme)).toBe(scheme === 'dark' ? 'light' : 'dark');
    await page.close();
  });

  test('include_metadata: false leaves labels, digest and raw answers out of the file', async () => {
    const record = sampleRecord({
      labels: { team: 'retail-team' },
      messages: [{ role: 'assistant', content: 'x', raw: { secretly: 'raw-body' } }],
    });
    const { page } = await reader.open([record]);
    expect(await page.locator('body').textContent()).toMatch(/4f2c9ab1[\s\S]*retail-team[\s\S]*raw-body/);
    await page.close();
    const { page: bare } = await reader.open([record], { html: { includeMetadata: false } });
    const text = await bare.locator('body').textContent();
    expect(text).not.toMatch(/4f2c9ab1|retail-team|raw-body/);
    await bare.close();
  });

  test('nothing is wider than a phone, and text has contrast in both themes', async () => {
    for (const theme of ['light', 'dark'] as const) {
      const { page } = await reader.open(records, { width: 380, html: { theme }, hash: '#orders/beta' });
      expect(await page.evaluate(widthOfPage)).toBeLessThanOrEqual(380);
      expect(await page.evaluate(lowContrast)).toEqual([]);
      await page.close();
    }
  });
});

test('junit.xml with hostile texts is well-formed to the parser of a browser', async () => {
  const hostile = HOSTILE_TEXTS.map((text, index) =>
    sampleRecord({
      index,
      id: text,
      scenario: text,
      verdict: 'failed',
      assertions: [sampleAssertion({ passed: false, type: text, explanation: text })],
      messages: sampleMessages(text),
    }),
  );
  const { output } = await report(['junit'], hostile, { junit: { includeSystemOut: true } });
  const page = await reader.browser.newPage();
  expect(await page.evaluate(xmlFault, output.text('junit.xml'))).toBe('');
  expect(await page.evaluate(xmlFault, '<a>&nbsp;</a>')).not.toBe('');
  await page.close();
});
