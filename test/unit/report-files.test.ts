import { describe, expect, test } from '@jest/globals';
import { ArenaError } from '../../src/core/errors.js';
import { RecordLine } from '../../src/report/record-line.js';
import { type ReportOptions, reportPaths } from '../../src/report/report-options.js';
import { writeReports } from '../../src/report/write-reports.js';
import { ARENA, faultsWith, SOUND } from '../helpers/bundle-texts.js';
import { linesOf, MemoryOutput, report } from '../helpers/report-memory.js';
import { sampleMessages, sampleRecord, sampleSummary } from '../helpers/sample-records.js';

const records = [
  sampleRecord(),
  sampleRecord({
    provider: 'beta',
    index: 1,
    verdict: 'failed',
    messages: sampleMessages('Line one\nline two \ud800'),
  }),
];

describe('the files of a report', () => {
  test('summary.json and results.jsonl are always there, the rest as asked for', async () => {
    const { output, files } = await report([], records);
    expect([...output.files.keys()].sort()).toEqual(['results.jsonl', 'summary.json']);
    expect(files.map((file) => file.path)).toEqual(['summary.json', 'results.jsonl']);
    const all = await report(['json', 'jsonl', 'csv', 'junit', 'markdown', 'html'], records);
    expect([...all.output.files.keys()].sort()).toEqual([
      'junit.xml',
      'report.html',
      'report.md',
      'results.csv',
      'results.json',
      'results.jsonl',
      'summary.json',
    ]);
  });

  test('the sizes reported are the sizes of the files', async () => {
    const { output, files } = await report(['json', 'csv', 'html'], records);
    for (const { path, bytes } of files) expect(output.files.get(path)).toHaveLength(bytes);
  });

  test('the summary names the files beside it', async () => {
    const { output } = await report(['csv'], records);
    const summary = JSON.parse(output.text('summary.json'));
    expect(summary).toMatchObject({ schemaVersion: 1, job: 'bookshop', counts: { total: 2 } });
    expect(summary.reports.map((file: { path: string }) => file.path)).toEqual(['results.jsonl', 'results.csv']);
  });

  test('results.jsonl has one record a line, also where an answer has line breaks', async () => {
    const { output } = await report([], records);
    const lines = output.text('results.jsonl').split('\n');
    expect(lines.pop()).toBe('');
    expect(lines.map((line) => JSON.parse(line))).toEqual(records);
  });

  test('lines that are JSON already go into results.jsonl and results.json byte by byte', async () => {
    const line = Buffer.from('{"messages":[],  "odd":"spacing"}');
    const output = new MemoryOutput();
    const entries = async function* () {
      yield RecordLine.ofLine(line);
      yield RecordLine.ofLine(line.toString());
    };
    await writeReports(['json'], sampleSummary([]), entries(), output);
    expect(output.text('results.jsonl')).toBe(`${line}\n${line}\n`);
    expect(output.text('results.json')).toBe(`[\n${line},\n${line}\n]\n`);
  });

  test('a run without records gives whole files', async () => {
    const { output } = await report(['json', 'csv', 'junit', 'markdown', 'html'], []);
    expect(JSON.parse(output.text('results.json'))).toEqual([]);
    expect(output.text('results.csv')).toMatch(/^id,index,/);
    expect(output.text('junit.xml')).toContain('</testsuites>');
    expect(output.text('report.html')).toMatch(/<\/html>\n$/);
  });

  test('a failing source gives up every file, and there is no summary.json', async () => {
    const output = new MemoryOutput();
    const broken = async function* () {
      yield* linesOf(records);
      throw new Error('the store is gone');
    };
    await expect(writeReports(['csv', 'html'], sampleSummary(records), broken(), output)).rejects.toThrow('gone');
    expect(output.files.size).toBe(0);
    expect(output.aborted.sort()).toEqual(['report.html', 'results.csv', 'results.jsonl']);
  });
});

describe('results.json', () => {
  test('is one array of all records', async () => {
    const { output } = await report(['json'], records);
    expect(JSON.parse(output.text('results.json'))).toEqual(records);
  });

  test('pretty indents it', async () => {
    const { output } = await report(['json'], records, { json: { pretty: true } });
    expect(output.text('results.json')).toContain('\n  {\n    "schemaVersion": 1,');
    expect(JSON.parse(output.text('results.json'))).toEqual(records);
  });

  test.each([
    [undefined, false],
    [true, true],
  ])('with include_raw %s the raw bodies are there: %s', async (includeRaw, expected) => {
    const raw = sampleRecord({ messages: [{ role: 'assistant', content: 'x', raw: { secretly: 'raw body' } }] });
    const { output } = await report(['json'], [raw], { json: { includeRaw } });
    expect(output.text('results.json').includes('raw body')).toBe(expected);
    expect(output.text('results.jsonl')).toContain('raw body');
  });
});

describe('names of report files', () => {
  test('are checked when the bundle is loaded, with their places', () => {
    const output = (text: string) => faultsWith({ [ARENA]: `${SOUND[ARENA]}    output: ${text}\n` });
    expect(output('{ json: { file: ../up.json } }')).toEqual([
      'config.arena.yaml:20:23 spec.defaults.output.json.file must be a plain relative path of letters, digits, ".", "_" and "-"',
    ]);
    expect(output('{ html: { file: junit.xml }, markdown: { file: summary.json } }')).toEqual([
      'config.arena.yaml:20:23 spec.defaults.output.html.file junit.xml is the file of another report',
      'config.arena.yaml:20:54 spec.defaults.output.markdown.file summary.json is the file of another report',
    ]);
    expect(output('{ json: { file: a/b.json }, html: { file: results.csv.html } }')).toEqual([]);
  });

  test('can be chosen', async () => {
    const options: ReportOptions = {
      json: { file: 'all.json' },
      junit: { file: 'ci/junit.xml' },
      html: { file: 'a.html' },
    };
    const { output } = await report(['json', 'junit', 'html'], records, options);
    expect([...output.files.keys()]).toEqual(expect.arrayContaining(['all.json', 'ci/junit.xml', 'a.html']));
  });

  test.each([
    '../up.json',
    '/etc/passwd',
    'a/../../b',
    'C:\\x',
    '.hidden',
    'a//b',
    'x\u0000y',
    '',
    `${'a'.repeat(201)}`,
  ])('%j is refused', (file) => {
    expect(() => reportPaths(['json'], { json: { file } })).toThrow(ArenaError);
  });

  test('two reports cannot share a file; all faults are named at once', () => {
    const options: ReportOptions = { json: { file: 'summary.json' }, csv: { file: 'x' }, html: { file: 'x' } };
    expect(() => reportPaths(['json', 'csv', 'html'], options)).toThrow(
      /json: summary.json is the file of another report; csv: x is .*; html: x is /,
    );
  });
});
