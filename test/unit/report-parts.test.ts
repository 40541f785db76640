import { describe, expect, test } from '@jest/globals';
import type { ConversationRecord } from '../../src/core/conversation.js';
import type { ReportOptions } from '../../src/report/report-options.js';
import { writeReports } from '../../src/report/write-reports.js';
import type { ReportFormat } from '../../src/schema/job.js';
import { linesOf, MemoryOutput, report } from '../helpers/report-memory.js';
import { blocksOf } from '../helpers/report-page.js';
import { sampleRecord, sampleSummary } from '../helpers/sample-records.js';
import { parseXml } from '../helpers/strict-xml.js';

/** Records of scenarios with so many conversations each. */
function recordsOf(...scenarios: number[]): ConversationRecord[] {
  const cells = scenarios.flatMap((size, number) =>
    Array.from({ length: size }, (_, provider) => ({ scenario: `s${number}`, provider: `p${provider}` })),
  );
  return cells.map((cell, index) => sampleRecord({ ...cell, index, id: `${cell.scenario}/${cell.provider}` }));
}

async function parted(formats: ReportFormat[], records: ConversationRecord[], limit: number, options?: ReportOptions) {
  const { output } = await report(formats, records, options, sampleSummary(records), limit);
  return output;
}

const failing = (record: ConversationRecord): ConversationRecord => ({ ...record, verdict: 'failed' });
const idsOf = (html: string): string[] => blocksOf<{ id: string }>(html, 'conversations').map(({ id }) => id);
const namesOf = (output: MemoryOutput): string[] => [...output.files.keys()].sort();
const manifestOf = (output: MemoryOutput) => JSON.parse(output.text('manifest.json'));

function suiteSizes(output: MemoryOutput): string[][] {
  return namesOf(output)
    .filter((name) => name.endsWith('.xml'))
    .map((name) => parseXml(output.text(name)).children.map(({ attributes: { name, tests } }) => `${name} ${tests}`));
}

describe('a run with more records than a file may hold', () => {
  const records = recordsOf(2, 2, 1);

  test('has its complete reports in numbered parts, the others whole', async () => {
    const output = await parted(['json', 'csv', 'junit', 'markdown'], records, 2);
    expect(namesOf(output)).toEqual([
      ...['junit-0001.xml', 'junit-0002.xml', 'junit-0003.xml', 'manifest.json', 'report.md'],
      ...['results-0001.csv', 'results-0001.json', 'results-0001.jsonl'],
      ...['results-0002.csv', 'results-0002.json', 'results-0002.jsonl'],
      ...['results-0003.csv', 'results-0003.json', 'results-0003.jsonl', 'summary.json'],
    ]);
  });

  test('has every record once, in order, in parts that are whole documents', async () => {
    const output = await parted(['json', 'csv'], records, 2);
    const parts = [1, 2, 3].map((number) => `results-000${number}`);
    const lines = parts.flatMap((part) => output.text(`${part}.jsonl`).trimEnd().split('\n'));
    expect(lines.map((line) => JSON.parse(line))).toEqual(records);
    expect(parts.flatMap((part) => JSON.parse(output.text(`${part}.json`)))).toEqual(records);
    for (const part of parts) expect(output.text(`${part}.csv`)).toMatch(/^id,index,/);
    expect(parts.map((part) => output.text(`${part}.csv`).trimEnd().split('\n').length - 1)).toEqual([2, 2, 1]);
  });

  test('has a manifest that says what stands where', async () => {
    const output = await parted(['csv', 'html'], records, 2);
    const { parts, ...head } = manifestOf(output);
    const { run, job } = sampleSummary(records);
    expect(head).toEqual({ schemaVersion: 1, run, job, partRecords: 2 });
    const ranges = [
      { records: 2, firstItem: 0, lastItem: 1 },
      { records: 2, firstItem: 2, lastItem: 3 },
      { records: 1, firstItem: 4, lastItem: 4 },
    ];
    expect(parts).toMatchObject([
      ...ranges.map((range, number) => ({ path: `results-000${number + 1}.jsonl`, format: 'jsonl', ...range })),
      ...ranges.map((range, number) => ({ path: `results-000${number + 1}.csv`, format: 'csv', ...range })),
    ]);
    for (const { path, bytes } of parts) expect(output.files.get(path)).toHaveLength(bytes);
  });

  test('names manifest and parts in summary.json, the manifest first', async () => {
    const output = await parted([], records, 3);
    const { reports } = JSON.parse(output.text('summary.json'));
    expect(reports.map(({ path }: { path: string }) => path)).toEqual([
      'manifest.json',
      'results-0001.jsonl',
      'results-0002.jsonl',
    ]);
  });

  test('keeps the names that the Arena file gives', async () => {
    const options = { json: { file: 'v1.2/all' }, junit: { file: 'ci/junit.xml' } };
    const output = await parted(['json', 'junit'], records, 4, options);
    expect(namesOf(output)).toEqual(expect.arrayContaining(['v1.2/all-0002', 'ci/junit-0002.xml']));
  });

  test('has pages beside report.html for what that leaves out, each conversation in one of them', async () => {
    const many = recordsOf(60, 60).map((record, index) => (index % 40 === 7 ? failing(record) : record));
    const output = await parted(['html'], many, 50, { html: { file: 'pages/all.report.html' } });
    const pages = namesOf(output).filter((name) => name.endsWith('.html'));
    expect(pages).toEqual([
      'pages/all.report-2.html',
      'pages/all.report-3.html',
      'pages/all.report-4.html',
      'pages/all.report.html',
    ]);
    const held = pages.map((page) => idsOf(output.text(page)));
    expect(held.map((ids) => ids.length)).toEqual([50, 50, 15, 5]);
    expect(held.flat().sort()).toEqual(many.map(({ id }) => id).sort());
    expect(held.at(-1)).toEqual(expect.arrayContaining(['s0/p7', 's0/p47', 's1/p27']));
    const { reports } = JSON.parse(output.text('summary.json'));
    const listed = reports.filter(({ format }: { format: string }) => format === 'html');
    expect(listed.map(({ path }: { path: string }) => path).sort()).toEqual(pages);
    for (const { path, bytes } of listed) expect(output.files.get(path)).toHaveLength(bytes);
  });

  test('links its first page and the others, whose names need no folder', async () => {
    const output = await parted(['html'], recordsOf(60, 60), 50, { html: { file: 'pages/all.html' } });
    const first = output.text('pages/all.html');
    expect([...first.matchAll(/<a href="(all-\d\.html)">/g)].map(([, name]) => name)).toEqual([
      'all-2.html',
      'all-3.html',
      'all-4.html',
    ]);
    expect(first).toContain('<td>s0/p1</td><td>s0/p50</td>');
    expect(output.text('pages/all-3.html')).toContain('<a href="all.html">all.html</a>');
  });

  test('writes the same pages when it writes them again', async () => {
    const [once, again] = await Promise.all([parted(['html'], recordsOf(60), 50), parted(['html'], recordsOf(60), 50)]);
    expect(once?.files).toEqual(again?.files);
  });

  test('has no part left that was not whole when the records break off', async () => {
    const output = new MemoryOutput();
    const broken = async function* () {
      yield* linesOf(records.slice(0, 3));
      throw new Error('the store is gone');
    };
    await expect(writeReports(['csv'], sampleSummary(records), broken(), output, {}, 2)).rejects.toThrow('gone');
    expect(namesOf(output)).toEqual(['results-0001.csv', 'results-0001.jsonl']);
    expect(output.aborted.sort()).toEqual(['results-0002.csv', 'results-0002.jsonl']);
  });
});

describe('junit.xml in parts', () => {
  test('keeps the suite of a scenario in one part where scenarios are alike', async () => {
    expect(suiteSizes(await parted(['junit'], recordsOf(2, 2, 2, 2), 5))).toEqual([
      ['s0 2', 's1 2'],
      ['s2 2', 's3 2'],
    ]);
  });

  test('splits a suite that is larger than a part', async () => {
    expect(suiteSizes(await parted(['junit'], recordsOf(5), 2))).toEqual([['s0 2'], ['s0 2'], ['s0 1']]);
  });

  test('makes no small parts when a large suite stands before small ones', async () => {
    const sizes = suiteSizes(await parted(['junit'], recordsOf(4, 1, 1, 1, 1), 4));
    expect(sizes).toEqual([['s0 4'], ['s1 1', 's2 1', 's3 1', 's4 1']]);
  });

  test('says no totals that would be those of another file', async () => {
    const output = await parted(['junit'], recordsOf(3), 2);
    expect(parseXml(output.text('junit-0002.xml')).attributes).toEqual({ name: sampleSummary([]).job });
  });
});

test('a run with just as many records as a file may hold has no parts', async () => {
  const output = await parted(['csv', 'junit'], recordsOf(2, 2), 4);
  expect(namesOf(output)).toEqual(['junit.xml', 'results.csv', 'results.jsonl', 'summary.json']);
});
