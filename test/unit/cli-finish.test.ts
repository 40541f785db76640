import { describe, expect, test } from '@jest/globals';
import picocolors from 'picocolors';
import type { CliContext } from '../../src/cli/context.js';
import { printResult } from '../../src/cli/finish-run.js';
import type { JobResult } from '../../src/core/run.js';

/** What is said beside the result of a run of five conversations. */
async function saidOf(counts: Partial<JobResult['counts']>): Promise<string> {
  const lines: string[] = [];
  const say = (line: string): void => void lines.push(line);
  const terminal = { say, out: () => undefined, outColors: picocolors.createColors(false) };
  const context = { terminal, config: { ci: false } } as unknown as CliContext;
  const all = { total: 5, passed: 5, failed: 0, errored: 0, reused: 0, ...counts };
  const ended = { phase: 'Failed', message: '', exitCode: 3, startedAt: 0, endedAt: 1, providers: [], failures: [] };
  const result = { run: 'job/1', reports: [], ...ended, counts: all } as unknown as JobResult;
  await printResult(context, result, '/tmp', { output: 'table' });
  return lines.join('\n');
}

describe('the next step after a run', () => {
  test.each<[what: string, counts: Partial<JobResult['counts']>, isRetry: boolean]>([
    ['that passed', {}, false],
    ['with failures', { passed: 4, failed: 1 }, true],
    ['with errors', { passed: 4, errored: 1 }, true],
    ['with failures that are tolerated', { passed: 4, failed: 1, tolerated: 1 }, false],
    ['that was cancelled before its end', { passed: 3 }, true],
  ])('%s', async (_, counts, isRetry) => {
    expect((await saidOf(counts)).includes('arena retry job/1 --failed')).toBe(isRetry);
  });
});
