import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Browser, Page } from 'playwright-core';
import type { ConversationRecord } from '../../src/core/conversation.js';
import type { RunSummary } from '../../src/core/run.js';
import type { ReportOptions } from '../../src/report/report-options.js';
import { launchBrowser } from './browser.js';
import { report } from './report-memory.js';
import { sampleSummary } from './sample-records.js';

export interface OpenedReport {
  page: Page;
  /** Everything that went wrong or left the file: must stay empty. */
  trouble: string[];
  /** Address of the file, for opening it again. */
  url: string;
}

export interface ReportView {
  hash?: string;
  width?: number;
  html?: ReportOptions['html'];
  over?: Partial<RunSummary>;
  /** Most records of a page. */
  maxItems?: number;
}

/** A browser that opens reports from disk, as a reader would. Close it. */
export class ReportReader {
  private constructor(
    readonly browser: Browser,
    private readonly folder: string,
  ) {}

  static async start(): Promise<ReportReader> {
    const [browser, folder] = await Promise.all([launchBrowser(), mkdtemp(join(tmpdir(), 'arena-report-'))]);
    return new ReportReader(browser, folder);
  }

  async close(): Promise<void> {
    await this.browser.close();
    await rm(this.folder, { recursive: true });
  }

  /** Writes the page of these records, and opens it when its script has done its work. */
  async open(records: readonly ConversationRecord[], view: ReportView = {}): Promise<OpenedReport> {
    return this.visit(await this.write(records, view), view);
  }

  /** The address of report.html. */
  async write(records: readonly ConversationRecord[], { html = {}, over, maxItems }: ReportView): Promise<string> {
    const { output } = await report(['html'], records, { html }, sampleSummary(records, over), maxItems);
    const folder = await mkdtemp(join(this.folder, 'run-'));
    for (const [name, bytes] of output.files) {
      if (name.endsWith('.html')) await writeFile(join(folder, name), bytes);
    }
    return String(pathToFileURL(join(folder, 'report.html')));
  }

  async visit(url: string, { hash = '', width = 1300 }: ReportView = {}): Promise<OpenedReport> {
    const page = await this.browser.newPage({ viewport: { width, height: 900 } });
    const trouble: string[] = [];
    page.on('request', (request) => {
      if (!/^(file|data|blob):/.test(request.url())) trouble.push(`request ${request.url()}`);
    });
    page.on('dialog', (dialog) => void trouble.push(`dialog ${dialog.message()}`));
    page.on('pageerror', (error) => trouble.push(`error ${error.message}`));
    page.on('console', (message) => trouble.push(`console ${message.text()}`));
    page.on('popup', () => trouble.push('popup'));
    await page.goto(`${url}${hash}`);
    await ready(page);
    return { page, trouble, url };
  }
}

/** Waits until the script of the page has shown its list. */
export async function ready(page: Page): Promise<void> {
  await page.waitForSelector('html[data-ready]');
}

/** Ids of the conversations in the list, as far as it is in sight; the filters that addresses keep are left out. */
export function listed(page: Page): Promise<string[]> {
  return page
    .locator('#rows a')
    .evaluateAll((links) =>
      links.map((link) => decodeURIComponent((link.getAttribute('href') ?? '').split('?')[0] ?? '')),
    );
}

export async function countOfRows(page: Page, count: number): Promise<void> {
  await page.locator(`#rows:not(:has(li:nth-child(${count + 1}))) li:nth-child(${count})`).waitFor();
}
