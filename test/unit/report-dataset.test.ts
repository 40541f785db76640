import { describe, expect, test } from '@jest/globals';
import type { DatasetSummary } from '../../src/core/datagen/dataset-summary.js';
import type { RunSummary } from '../../src/core/run.js';
import { writeReports } from '../../src/report/write-reports.js';
import { datasetRun, datasetSummary, sampleLine } from '../helpers/dataset-summaries.js';
import { linesOf, MemoryOutput } from '../helpers/report-memory.js';
import { sampleRecord } from '../helpers/sample-records.js';

const HOSTILE = '<img src=x onerror=alert(1)>"\'</script><script>alert(2)</script>';

async function pagesOf(
  dataset: DatasetSummary,
  over: Partial<RunSummary> = {},
): Promise<{ html: string; markdown: string }> {
  const output = new MemoryOutput();
  const records = [sampleRecord({ id: 'greeting/gpt/r1' })];
  await writeReports(['html', 'markdown'], datasetRun(dataset, over), linesOf(records), output);
  return { html: output.text('report.html'), markdown: output.text('report.md') };
}

describe('the report of a data set', () => {
  test('tells what is there, its files with their hashes, what was left out and of what it is made', async () => {
    const { html, markdown } = await pagesOf(datasetSummary());
    const text = html.replace(/<[^>]*>/g, ' ').replace(/\s+/g, ' ');
    expect(text).toContain('1,000 of 1,000 records');
    expect(text).toContain('1,040 96.2 % gave a record');
    expect(text).toContain('900 train · 100 validation');
    for (const part of datasetSummary().parts) {
      expect(html).toContain(`<a href="${part.path}">${part.path}</a>`);
      expect(text).toContain(part.sha256);
      expect(markdown).toContain(`| \`${part.path}\` | ${part.set} |`);
    }
    expect(text).toContain('gave no valid record 12 1.2 %');
    expect(text).toContain('/title must be string 8');
    expect(text).toContain('refund: 400 · 40 %');
    expect(html).toContain('<a href="#greeting/gpt/r11">');
    expect(text).toContain('93 %');
    expect(markdown).toContain('| gave no valid record | 12 | 1.2 % |');
    expect(markdown).toContain('| `refund` | 400 | 40 % |');
    expect(markdown).toContain('| `greeting/gpt/r5` | `greeting/gpt/r11` | 93 % |');
  });

  test('shows samples as what was said, and as data', async () => {
    const { html } = await pagesOf(datasetSummary());
    expect(html).toContain('<details class="sample" open><summary>greeting/gpt/r1 · greeting</summary>');
    expect(html).toContain('<div class="message user"><h4>user</h4><div class="text prose">Question 2</div></div>');
    expect(html).toContain('&quot;title&quot;: &quot;Broken lamp&quot;');
  });

  test('shows a sample that was cut as it is', async () => {
    const cut = `${sampleLine(1).slice(0, 60)}…`;
    const { html } = await pagesOf(datasetSummary({ samples: [cut] }));
    expect(html).toContain('<summary>A long record</summary>');
    expect(html).toContain(cut.replaceAll('"', '&quot;'));
  });

  test('keeps what models, schemas and names say from being markup', async () => {
    const { html, markdown } = await pagesOf(
      datasetSummary({
        samples: [sampleLine(1, { content: HOSTILE, data: { [HOSTILE]: HOSTILE }, scenario: HOSTILE }), HOSTILE],
        reasons: [{ message: HOSTILE, count: 1 }],
        scenarios: [{ key: HOSTILE, records: 1000 }],
        duplicates: [{ kept: HOSTILE, left: `${HOSTILE}2`, similarity: 1 }],
        parts: [{ path: `dataset/${HOSTILE}`, set: 'all', records: 1000, bytes: 1, sha256: HOSTILE }],
      }),
    );
    expect(html).not.toContain('<img src=x');
    expect(html).not.toContain('<script>alert');
    expect(markdown.replace(/`[^`]*`/g, '')).not.toContain('<img');
  });

  test('says less where there is less: nothing was left out, nothing came of it', async () => {
    const left = { errored: 0, failedChecks: 0, invalid: 0, exactDuplicates: 0, nearDuplicates: 0, surplus: 0 };
    const whole = await pagesOf(datasetSummary({ left, reasons: [], duplicates: [] }));
    for (const id of ['losses', 'duplicates']) expect(whole.html).not.toContain(`<section id="${id}"`);
    expect(whole.markdown).not.toContain('## Left out');
    const none = await pagesOf(
      datasetSummary({
        ...{ records: 0, parts: [], scenarios: [], providers: [], samples: [], reasons: [], duplicates: [] },
        left: { ...left, errored: 3000 },
      }),
      { phase: 'Failed', reason: 'RecordsMissing', exitCode: 5, providers: [], scenarios: [] },
    );
    for (const id of ['files', 'samples', 'made-of']) expect(none.html).not.toContain(`<section id="${id}"`);
    expect(none.html).toContain('<b>1,000</b> missing');
    expect(none.markdown).not.toContain('## Files');
  });
});
