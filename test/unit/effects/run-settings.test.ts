import { describe, expect, test } from '@jest/globals';
import { type RunSettings, runSettingsOf } from '../../../activities/run-plan.js';
import { checkJobInput } from '../../../src/bundle/check-job-input.js';
import { jobInput } from '../../../src/cli/job-input.js';
import { bundleWith } from '../../helpers/effects.js';
import { engineBundle } from '../../helpers/engine-bundle.js';

type Row = [leaf: string, value: unknown, look: (settings: RunSettings) => unknown, expected: unknown];

function loaded(leaf: string, value: unknown) {
  const { bundle, faults, input } = bundleWith(leaf, value);
  if (bundle === undefined) throw new Error(JSON.stringify(faults));
  return { bundle, input: checkJobInput(input) };
}

/** The value reaches the settings of the run, and they are others without it. */
function settles(...[leaf, value, look, expected]: Row): void {
  const [withIt, without] = [loaded(leaf, value), loaded(leaf, undefined)];
  expect(look(runSettingsOf(withIt.input, withIt.bundle))).toEqual(expected);
  expect(look(runSettingsOf(without.input, without.bundle))).not.toEqual(expected);
}

describe('what the Arena file settles for a run', () => {
  test.each<Row>([
    ['Arena.spec.defaults.concurrency', 9, ({ concurrency }) => concurrency, 9],
    ['Arena.spec.defaults.max_retries', 2, ({ maxRetries }) => maxRetries, 2],
    ['Arena.spec.defaults.timeout', '7s', ({ callTimeoutMs }) => callTimeoutMs, 7000],
    ['Arena.spec.defaults.run_timeout', '2m', ({ itemTimeoutMs }) => itemTimeoutMs, 120_000],
    ['Arena.spec.defaults.fail_on', ['timeout'], ({ failOn }) => failOn, ['timeout']],
    ['Arena.spec.defaults.verbose', true, ({ verbose }) => verbose, true],
    ['Arena.spec.defaults.output.formats', ['csv'], ({ formats }) => formats, ['csv']],
    ['Arena.spec.defaults.output_formats', ['csv'], ({ formats }) => formats, ['csv']],
    ['Arena.spec.defaults.output.json.file', 'a.json', ({ reports }) => reports.json?.file, 'a.json'],
    ['Arena.spec.defaults.output.json.pretty', true, ({ reports }) => reports.json?.pretty, true],
    ['Arena.spec.defaults.output.json.include_raw', true, ({ reports }) => reports.json?.includeRaw, true],
    ['Arena.spec.defaults.output.html.file', 'a.html', ({ reports }) => reports.html?.file, 'a.html'],
    ['Arena.spec.defaults.html_report', 'a.html', ({ reports }) => reports.html?.file, 'a.html'],
    ['Arena.spec.defaults.output.html.include_metadata', false, ({ reports }) => reports.html?.includeMetadata, false],
    ['Arena.spec.defaults.output.html.theme', 'dark', ({ reports }) => reports.html?.theme, 'dark'],
    ['Arena.spec.defaults.output.junit.file', 'a.xml', ({ reports }) => reports.junit?.file, 'a.xml'],
    [
      'Arena.spec.defaults.output.junit.include_system_out',
      true,
      ({ reports }) => reports.junit?.includeSystemOut,
      true,
    ],
    ['Arena.spec.defaults.output.markdown.file', 'a.md', ({ reports }) => reports.markdown?.file, 'a.md'],
    [
      'Arena.spec.defaults.output.markdown.include_details',
      false,
      ({ reports }) => reports.markdown?.includeDetails,
      false,
    ],
    [
      'Arena.spec.defaults.output.markdown.show_overview',
      false,
      ({ reports }) => reports.markdown?.showOverview,
      false,
    ],
    [
      'Arena.spec.defaults.output.markdown.show_results_matrix',
      false,
      ({ reports }) => reports.markdown?.showResultsMatrix,
      false,
    ],
    [
      'Arena.spec.defaults.output.markdown.show_failed_tests',
      false,
      ({ reports }) => reports.markdown?.showFailedTests,
      false,
    ],
    [
      'Arena.spec.defaults.output.markdown.show_cost_summary',
      false,
      ({ reports }) => reports.markdown?.showCostSummary,
      false,
    ],
    ['Arena.spec.defaults.markdown_config', { file: 'a.md' }, ({ reports }) => reports.markdown?.file, 'a.md'],
  ])('%s', settles);

  test.each<[leaf: string]>([['Arena.spec.defaults.output.dir'], ['Arena.spec.defaults.out_dir']])(
    '%s is where the command puts the reports',
    (leaf) => {
      const folder = (value: unknown) => {
        const { bundle } = loaded(leaf, value);
        return jobInput('job', { bundle } as Parameters<typeof jobInput>[1], { workers: 1 }).output?.dir;
      };
      expect(folder('/tmp/a')).toBe('/tmp/a');
      expect(folder(undefined)).toMatch(/\/out$/);
    },
  );
});

describe('what the input of a job settles for a run', () => {
  test.each<Row>([
    ['JobInput.concurrency', 9, ({ concurrency }) => concurrency, 9],
    ['JobInput.maxRetries', 2, ({ maxRetries }) => maxRetries, 2],
    ['JobInput.hold', '90s', ({ holdMs }) => holdMs, 90_000],
    ['JobInput.timeouts.call', '7s', ({ callTimeoutMs }) => callTimeoutMs, 7000],
    ['JobInput.timeouts.item', '2m', ({ itemTimeoutMs }) => itemTimeoutMs, 120_000],
    ['JobInput.failOn', ['timeout'], ({ failOn }) => failOn, ['timeout']],
    ['JobInput.formats', ['csv'], ({ formats }) => formats, ['csv']],
    ['JobInput.variables', { a: 1 }, ({ variables }) => variables, { a: 1 }],
    ['JobInput.mockProvider', true, ({ mockProvider }) => mockProvider, true],
    ['JobInput.mockConfig', 'm.yaml', ({ mockConfig }) => mockConfig, 'm.yaml'],
  ])('%s', settles);
});

test.each([
  [{}, 600_000],
  [{ maxRetries: 3 }, 600_000],
  [{ maxRetries: 0 }, 0],
  [{ maxRetries: 0, hold: '5s' }, 5000],
  [{ maxRetries: 3, hold: '0s' }, 0],
])('where the job says %j, providers that are down are waited for %d ms', (input, expected) => {
  const bundle = engineBundle({});
  expect(runSettingsOf({ bundle: { path: '/b' }, ...input }, bundle).holdMs).toBe(expected);
});
