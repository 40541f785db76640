import { describe, expect, test } from '@jest/globals';
import picocolors from 'picocolors';
import type { CliContext } from '../../src/cli/context.js';
import {
  type DatasetLook,
  datasetBlock,
  datasetLine,
  datasetResultLines,
  recordsStand,
} from '../../src/cli/dataset-view.js';
import { printResult } from '../../src/cli/finish-run.js';
import { liveBlock, liveLine } from '../../src/cli/live-view.js';
import { recordsCell } from '../../src/core/datagen/expected-records.js';
import { formatBytes, lossesSentence } from '../../src/report/dataset-words.js';
import { datasetRun, datasetSummary } from '../helpers/dataset-summaries.js';

const colors = picocolors.createColors(false);

/** In the second round: 450 of 1,000 records are there after the first one, 900 of 1,600 conversations have ended. */
const LOOK: DatasetLook = {
  dataset: {
    ...{ count: 1000, records: 450, rounds: 1 },
    left: { errored: 1, failedChecks: 0, invalid: 12, exactDuplicates: 0, nearDuplicates: 3, surplus: 0 },
  },
  picture: {
    ...{ stage: 'running', rows: [], total: 1600, passed: 880, failed: 19, errored: 1 },
    ...{ open: 6, waitingForRetry: 0, held: 0 },
  },
  spent: { costUsd: 0.125 },
};

const LEFT_OUT = '1 could not be held, 12 gave no valid record, 3 said nearly what another record says';

describe('a set that is being made', () => {
  test('shows records, conversations of the round, what is left out, pace and cost', () => {
    expect(datasetBlock(LOOK, { columns: 120, colors, elapsedMs: 30_000 })).toEqual([
      `records        ${'#'.repeat(34)}${'.'.repeat(6)}  869/1000  about`,
      `conversations  ${'#'.repeat(22)}${'.'.repeat(18)}  900/1600  round 2`,
      `left out  ${LEFT_OUT}`,
      'running  30s  30 conversations/s  6 in flight  1 errors  $0.13',
    ]);
  });

  test.each([100, 60, 40, 24])('is never as wide as a terminal of %i columns', (columns) => {
    for (const line of datasetBlock(LOOK, { columns, colors, elapsedMs: 30_000 })) {
      expect(line.length).toBeLessThan(Math.max(columns, 36));
    }
  });

  test('is one line in a log', () => {
    const line = `progress about 869 of 1000 records  900 of 1600 conversations  left out: ${LEFT_OUT}  30s`;
    expect(datasetLine(LOOK, 30_000)).toBe(line);
    expect(liveLine({ dataset: LOOK.dataset }, LOOK.picture, 30_000)).toBe(line);
  });

  test('stands in the list of runs, and says more where it alone is asked for', () => {
    const { dataset, picture } = LOOK;
    const counts = { ...picture, reused: 0 };
    expect(recordsCell(dataset, counts)).toBe('~869/1000');
    expect(recordsStand(dataset, counts)).toBe(
      `about 869 of 1000 records, 900 of 1600 conversations in round 2; left out ${LEFT_OUT}`,
    );
    expect(recordsCell(dataset, { passed: 450, failed: 16, errored: 0 })).toBe('450/1000');
  });

  test('is shown in place of the bars of providers', () => {
    const options = { columns: 120, colors, elapsedMs: 30_000 };
    expect(liveBlock({ dataset: LOOK.dataset, spent: { costUsd: 0.125 } }, LOOK.picture, options)).toEqual(
      datasetBlock(LOOK, options),
    );
    expect(liveBlock({}, LOOK.picture, options).join('\n')).not.toContain('records');
  });
});

describe('a set that was made', () => {
  const place = (path: string): string => `out/${path}`;

  test('is told by its files, its losses with their reasons, and one line', () => {
    expect(datasetResultLines({ ...datasetRun(), dataset: datasetSummary() }, colors, place)).toEqual([
      'FILE                                SET         RECORDS    SIZE',
      'out/dataset/train-00001.jsonl       train           500  206 kB',
      'out/dataset/train-00002.jsonl       train           400  165 kB',
      'out/dataset/validation-00001.jsonl  validation      100   41 kB',
      '',
      'left out 2 could not be held, 10 failed their checks, 12 gave no valid record, 9 said what another record says, 4 said nearly what another record says, 3 came after the set was full',
      'invalid  8 x /title must be string',
      'invalid  4 x the answer is no JSON',
      '',
      'COMPLETE  1000 records of 1040 conversations   2 rounds   34s   $0.21   exit 0',
    ]);
  });

  test('says what is missing and what to do', () => {
    const dataset = datasetSummary({ records: 890, parts: datasetSummary().parts.slice(0, 1), reasons: [] });
    const message = '890 of 1000 records: 12 of 40 conversations that gave none gave no valid record; see the reasons';
    const run = datasetRun(dataset, { phase: 'Failed', reason: 'RecordsMissing', message, exitCode: 5 });
    const lines = datasetResultLines({ ...run, dataset }, colors, place);
    expect(lines).toContain(message);
    expect(lines.at(-1)).toMatch(/^FAILED {2}890 of 1000 records of 930 conversations .* exit 5$/);
  });

  test('keeps what a model wrote from the terminal', () => {
    const dataset = datasetSummary({ reasons: [{ message: 'no \u001b[31mred\u0007\nline', count: 1 }] });
    const text = datasetResultLines({ ...datasetRun(dataset), dataset }, colors, place).join('\n');
    // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what must not come through
    expect(text).not.toMatch(/[\u0007\u001b]/);
  });

  test('is not to be retried, and its files stand apart from the reports', async () => {
    const [out, said]: [string[], string[]] = [[], []];
    const terminal = {
      say: (line: string) => void said.push(line),
      out: (line: string) => void out.push(line),
      outColors: colors,
    };
    const context = { terminal, config: { ci: false } } as unknown as CliContext;
    await printResult(context, datasetRun(), 's3://bucket/tickets/3', { output: 'table' });
    expect(out.join('\n')).toContain('s3://bucket/tickets/3/dataset/train-00001.jsonl');
    expect(said).toEqual(['report   s3://bucket/tickets/3/dataset/dataset.json  s3://bucket/tickets/3/report.html']);
  });
});

test.each([
  [0, '0 B'],
  [999, '999 B'],
  [1000, '1.0 kB'],
  [99_499, '99 kB'],
  [999_499, '999 kB'],
  [999_500, '1.0 MB'],
  [12_345_678_901, '12 GB'],
])('%i bytes are %s', (bytes, words) => {
  expect(formatBytes(bytes)).toBe(words);
});

test('there is no sentence on losses where there are none', () => {
  const left = { errored: 0, failedChecks: 0, invalid: 0, exactDuplicates: 0, nearDuplicates: 0, surplus: 0 };
  expect(lossesSentence({ left })).toBeUndefined();
});
