import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Page } from 'playwright-core';
import type { ConversationRecord } from '../../src/core/conversation.js';
import { doubledIds, firstPaint, lowContrast, nameless, startPrinting, widthOfPage } from '../helpers/page-audit.js';
import { countOfRows, listed, ReportReader, ready } from '../helpers/report-reader.js';
import { sampleAssertion, sampleMessages, sampleRecord } from '../helpers/sample-records.js';

let reader: ReportReader;

beforeAll(async () => {
  reader = await ReportReader.start();
});

afterAll(() => reader.close());

/** Trials of two scenarios with two providers; the third trial of orders/alpha failed at two checks. */
function trials(): ConversationRecord[] {
  const cells = [1, 2, 3].flatMap((trial) =>
    ['orders', 'refunds'].flatMap((scenario) => ['alpha', 'beta'].map((provider) => ({ scenario, provider, trial }))),
  );
  return cells.map((cell, index) => {
    const bad = cell.trial === 3 && cell.scenario === 'orders' && cell.provider === 'alpha';
    const checks = [
      sampleAssertion({ passed: !bad, explanation: bad ? 'nothing of an order' : 'found' }),
      sampleAssertion({
        type: 'llm_judge',
        passed: !bad,
        score: 0.2,
        explanation: 'The tone is rude.',
        value: { judge: 'strict' },
      }),
    ];
    return sampleRecord({
      ...cell,
      index,
      id: `${cell.scenario}/${cell.provider}/t${cell.trial}`,
      verdict: bad ? 'failed' : 'passed',
      assertions: checks,
      tags: cell.scenario === 'refunds' ? ['money'] : undefined,
      messages: sampleMessages(bad ? 'We sell gherkins.' : 'It left on Monday.'),
    });
  });
}

/** From its beginning: "1 of 12 conversations" is not yet "12 conversations". */
const statusIs = (page: Page, text: string): Promise<void> =>
  page.locator('#count', { hasText: new RegExp(`^${text}`) }).waitFor();
const hashOf = (page: Page): string => decodeURIComponent(new URL(page.url()).hash);

describe('the list of report.html', () => {
  test('keeps its filters in the address: they combine, and come back with it', async () => {
    const { page, url, trouble } = await reader.open(trials());
    await page.locator('#order').selectOption('slow');
    await page.locator('#text').fill('monday');
    await statusIs(page, '11 of 12');
    await page.locator('#mark').selectOption('tag:money');
    await statusIs(page, '6 of 12');
    await page.locator('#provider').selectOption('beta');
    await statusIs(page, '3 of 12');
    expect(hashOf(page)).toBe('#?provider=beta&mark=tag:money&order=slow&text=monday');
    const { page: second, trouble: more } = await reader.visit(url, { hash: new URL(page.url()).hash });
    await statusIs(second, '3 of 12');
    expect(await listed(second)).toEqual(['#refunds/beta/t1', '#refunds/beta/t2', '#refunds/beta/t3']);
    await second.locator('#rows a').nth(1).click();
    await second.locator('#reader h3', { hasText: 'refunds/beta/t2' }).waitFor();
    expect(hashOf(second)).toBe('#refunds/beta/t2?provider=beta&mark=tag:money&order=slow&text=monday');
    await second.locator('button[type=reset]').click();
    await statusIs(second, '12 conversations');
    expect(hashOf(second)).toBe('#refunds/beta/t2');
    expect([...trouble, ...more]).toEqual([]);
    await page.close();
    await second.close();
  });

  test('is chosen by a reason of failures, and by trials that came out differently', async () => {
    const { page } = await reader.open(trials());
    await page.getByRole('button', { name: 'Show the 1 that failed at llm_judge' }).click();
    await statusIs(page, '1 of 12');
    expect(await page.locator('#reason').inputValue()).toBe('llm_judge');
    await page.locator('button[type=reset]').click();
    await page.locator('#flaky').click();
    await statusIs(page, '3 of 12');
    expect(await listed(page)).toEqual(['#orders/alpha/t3', '#orders/alpha/t1', '#orders/alpha/t2']);
    const related = page.locator('#reader .related');
    expect(await related.first().textContent()).toContain('Trials, flaky: 2 of 3 passed');
    expect(await related.last().textContent()).toContain('Same with: 1 of 2 passed');
    await related.last().getByRole('link', { name: 'beta' }).click();
    await page.locator('#reader h3', { hasText: 'orders/beta/t3' }).waitFor();
    await page.close();
  });

  test('of 20,000 conversations holds the rows in sight, reaches all by keyboard, and is painted as soon as one of 12', async () => {
    const many = Array.from({ length: 20_000 }, (_, index) =>
      sampleRecord({ index, id: `orders/alpha/t${index + 1}` }),
    );
    const [small, large] = [await reader.write(trials(), {}), await reader.write(many, {})];
    const paints = { small: Number.POSITIVE_INFINITY, large: Number.POSITIVE_INFINITY };
    for (let round = 0; round < 2; round += 1) {
      for (const [name, url] of [
        ['small', small],
        ['large', large],
      ] as const) {
        const { page } = await reader.visit(url);
        paints[name] = Math.min(paints[name], await page.evaluate(firstPaint));
        await page.close();
      }
    }
    // Some ten times the bytes; were all of them waited for, it would be far more.
    expect(paints.large / paints.small).toBeLessThan(4);
    const { page } = await reader.visit(large);
    await statusIs(page, '20,000 conversations');
    expect(await page.locator('#rows li').count()).toBeLessThan(100);
    await page.locator('#rows a[tabindex="0"]').focus();
    await page.keyboard.press('End');
    const focused = page.locator('#rows li:has(a:focus)');
    await focused.and(page.locator('[aria-posinset="20000"]')).waitFor();
    expect(await page.locator('#rows li').count()).toBeLessThan(100);
    await page.keyboard.press('ArrowUp');
    await focused.and(page.locator('[aria-posinset="19999"]')).waitFor();
    await page.keyboard.press('Enter');
    await page.locator('#reader h3', { hasText: 'orders/alpha/t19999' }).waitFor();
    await page.keyboard.press('Escape');
    await focused.and(page.locator('[aria-posinset="19999"]')).waitFor();
    await page.close();
  }, 240_000);

  test('is saved as CSV, filtered, without anything that a spreadsheet would compute', async () => {
    const text = '=HYPERLINK("x"),\n"quoted"';
    const bad = sampleRecord({
      id: '=1+1',
      scenario: '@cmd',
      index: 1,
      verdict: 'failed',
      assertions: [sampleAssertion({ passed: false, message: undefined, explanation: text })],
    });
    const { page, trouble } = await reader.open([sampleRecord(), bad]);
    await page.locator('.toggle.failed').click();
    await statusIs(page, '1 of 2');
    const [download] = await Promise.all([page.waitForEvent('download'), page.locator('#export').click()]);
    expect(download.suggestedFilename()).toBe('conversations.csv');
    const [head = '', ...lines] = (await readFile(await download.path(), 'utf8')).split('\n');
    expect(head.split(',').slice(0, 7)).toEqual([
      'id',
      'index',
      'scenario',
      'provider',
      'verdict',
      'reasons',
      'message',
    ]);
    expect(lines.join('\n')).toMatch(
      /^'=1\+1,1,'@cmd,alpha,failed,content_includes,"'=HYPERLINK\(""x""\),\n""quoted""",1250,0\.0012,120,34,false,\n$/,
    );
    expect(trouble).toEqual([]);
    await page.close();
  });
});

describe('report.html', () => {
  test('reads in order, names every control, and fits a phone in both themes', async () => {
    const long = trials().map((record, index) => ({
      ...record,
      scenario: `${record.scenario}-${'a-long-name-'.repeat(6)}`,
      id: `${record.scenario}-${'a-long-name-'.repeat(6)}/${record.provider}/t${record.trial}`,
      verdict: index === 0 ? ('errored' as const) : record.verdict,
      ...(index === 0 ? { error: { code: 'rate_limited' as const, message: 'x'.repeat(300), hint: 'Wait.' } } : {}),
    }));
    for (const theme of ['light', 'dark'] as const) {
      const { page, trouble } = await reader.open(long, { width: 360, html: { theme } });
      expect(await page.evaluate(widthOfPage)).toBeLessThanOrEqual(360);
      expect(await page.evaluate(lowContrast)).toEqual([]);
      await page.locator('#rows a').first().click();
      await page.locator('#reader h3').waitFor();
      expect(await page.evaluate(widthOfPage)).toBeLessThanOrEqual(360);
      expect(await page.evaluate(lowContrast)).toEqual([]);
      expect(await page.evaluate(nameless)).toEqual([]);
      expect(await page.evaluate(doubledIds)).toEqual([]);
      const order = await page.locator('main > section').evaluateAll((all) => all.map((one) => one.id));
      expect(order).toEqual([
        'overview',
        'failures',
        'matrix',
        'providers',
        'latency',
        'cost',
        'checks',
        'conversations',
      ]);
      for (const chart of await page.getByRole('img').all())
        expect(await chart.locator('desc').textContent()).toContain('alpha');
      expect(trouble).toEqual([]);
      await page.close();
    }
  });

  test('is used without a mouse: skip link, search, back to the list', async () => {
    const { page } = await reader.open(trials());
    await page.keyboard.press('Tab');
    await page.keyboard.press('Enter');
    await page.locator('#conversations-title:focus').waitFor();
    await page.keyboard.press('/');
    await page.keyboard.type('gherkins');
    await statusIs(page, '1 of 12');
    await page.keyboard.press('Escape');
    await statusIs(page, '12 conversations');
    await page.keyboard.press('Escape');
    await page.locator('#rows a:focus').waitFor();
    await page.close();
  });

  test('remembers the theme that was chosen, before it paints', async () => {
    const { page } = await reader.open(trials(), { html: { theme: 'light' } });
    await page.locator('#theme').click();
    await page.reload();
    await ready(page);
    expect(await page.locator('html').getAttribute('data-theme')).toBe('dark');
    await page.close();
  });

  test('copies a message as it was said', async () => {
    const { page } = await reader.open(trials());
    await page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
    await page.getByRole('button', { name: 'Copy message 3' }).click();
    await page.getByRole('button', { name: 'Copy message 3' }).filter({ hasText: 'Copied' }).waitFor();
    await page.locator('#text').focus();
    await page.keyboard.press('ControlOrMeta+v');
    expect(await page.locator('#text').inputValue()).toBe('We sell gherkins.');
    await page.close();
  });

  test('plays a sound that the conversation carries, and shows JSON of tools with every digit', async () => {
    const parts = [
      { type: 'audio' as const, mimeType: 'audio/wav', data: 'UklGRg==' },
      { type: 'video' as const, mimeType: 'video/mp4', url: 'https://127.0.0.1:9/x.mp4' },
    ];
    const result = { id: '1', name: 'find', latencyMs: 3 };
    const content = '{"n":12345678901234567890,"s":"a:b,[c]","empty":{},"list":[1]}';
    const { page, trouble } = await reader.open([
      sampleRecord({
        messages: [
          { role: 'user', content: 'hear', parts },
          { role: 'tool', content, toolResult: result },
        ],
      }),
    ]);
    expect(await page.locator('#reader audio').getAttribute('src')).toBe('data:audio/wav;base64,UklGRg==');
    expect(await page.locator('#reader video').count()).toBe(0);
    expect(await page.locator('.message.tool pre').textContent()).toBe(
      '{\n  "n": 12345678901234567890,\n  "s": "a:b,[c]",\n  "empty": {},\n  "list": [\n    1\n  ]\n}',
    );
    expect(trouble).toEqual([]);
    await page.close();
  });

  test('leads to the part that holds what it leaves out', async () => {
    const many = Array.from({ length: 120 }, (_, index) => sampleRecord({ index, id: `orders/alpha/t${index + 1}` }));
    const { page, trouble } = await reader.open(many, { maxItems: 50 });
    expect(await page.locator('#notice').textContent()).toContain('This run has 120 conversations');
    await page.locator('#parts a', { hasText: 'report-3.html' }).click();
    await ready(page);
    expect(await listed(page)).toContain('#orders/alpha/t60');
    await page.getByRole('link', { name: 'report.html' }).click();
    await ready(page);
    await countOfRows(page, 2);
    expect(trouble).toEqual([]);
    await page.close();
  });

  test('prints its list whole', async () => {
    const many = Array.from({ length: 80 }, (_, index) => sampleRecord({ index, id: `orders/alpha/t${index + 1}` }));
    const { page } = await reader.open(many);
    expect(await page.locator('#rows li').count()).toBeLessThan(80);
    // Writing a PDF prints.
    expect((await page.pdf()).length).toBeGreaterThan(10_000);
    await page.evaluate(startPrinting);
    await countOfRows(page, 80);
    await page.close();
  });
});
