import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { outcomes, totals, worthAnother } from '../../scripts/test-outcome.mjs';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'arena-outcome-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** A file that jest writes: `p` for each test that passed, `f` for each that failed. */
function told(name: string, files: Record<string, { status: string; tests: string }>): string {
  const path = join(folder, name);
  const testResults = Object.entries(files).map(([file, { status, tests }]) => ({
    name: join(folder, file),
    status,
    assertionResults: [...tests].map((letter) => ({ status: letter === 'p' ? 'passed' : 'failed' })),
  }));
  writeFileSync(path, JSON.stringify({ testResults }));
  return path;
}

const again = (files: Parameters<typeof told>[1]) =>
  worthAnother(outcomes([told('again.json', files)]), folder).map((path) => path.slice(folder.length + 1));

describe('what runs of jest came to', () => {
  test('a second run of a file stands in place of the first', () => {
    const first = told('1.json', {
      'test/e2e/a.test.ts': { status: 'failed', tests: 'ppf' },
      'test/unit/b.test.ts': { status: 'passed', tests: 'pp' },
    });
    const second = told('2.json', { 'test/e2e/a.test.ts': { status: 'passed', tests: 'ppp' } });
    expect(totals(outcomes([first]))).toEqual({ passed: 4, failed: 1 });
    expect(totals(outcomes([first, second, join(folder, 'never-written.json')]))).toEqual({ passed: 5, failed: 0 });
  });

  test('a file that broke down before its first test counts as one failure', () => {
    const broken = told('broken.json', { 'test/unit/a.test.ts': { status: 'failed', tests: '' } });
    expect(totals(outcomes([broken]))).toEqual({ passed: 0, failed: 1 });
  });

  test('only files that start processes are run again', () => {
    const slow = { status: 'failed', tests: 'f' };
    expect(again({ 'test/e2e/a.test.ts': slow, 'test/integration/b.test.ts': slow })).toHaveLength(2);
    expect(again({ 'test/e2e/a.test.ts': slow, 'test/unit/b.test.ts': slow })).toEqual([]);
    expect(again({ 'test/replay/a.test.ts': slow })).toEqual([]);
  });

  test('when many files failed none is run again', () => {
    const many = Array.from({ length: 7 }, (_, index) => [
      `test/e2e/${index}.test.ts`,
      { status: 'failed', tests: 'f' },
    ]);
    expect(again(Object.fromEntries(many))).toEqual([]);
    expect(again(Object.fromEntries(many.slice(1)))).toHaveLength(6);
  });
});
