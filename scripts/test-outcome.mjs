import { existsSync, readFileSync } from 'node:fs';
import { relative } from 'node:path';

/**
 * What runs of jest came to, read from the files that `--json --outputFile` writes. A later run of a file stands in
 * place of an earlier one.
 */

/** With more failures than this something is broken: running them again would only take longer to say so. */
const MOST_AGAIN = 6;

/** @typedef {{ name: string, status: string, assertionResults: { status: string }[] }} FileOutcome */

/**
 * @param {string[]} written paths of files that jest was told to write; it writes none where it found no test, and a mere
 *   list of files with `--listTests`
 * @returns {Map<string, FileOutcome>} by path
 */
export function outcomes(written) {
  /** @type {Map<string, FileOutcome>} */
  const byPath = new Map();
  for (const path of written.filter((file) => existsSync(file))) {
    /** @type {{ testResults?: FileOutcome[] }} */
    const { testResults = [] } = JSON.parse(readFileSync(path, 'utf8'));
    for (const outcome of testResults) byPath.set(outcome.name, outcome);
  }
  return byPath;
}

/**
 * Files that failed and may be tried once more, by themselves: they start processes, and the machine may have stood
 * still. What is decided without any has failed for good.
 * @param {Map<string, FileOutcome>} byPath @param {string} root
 */
export function worthAnother(byPath, root) {
  const failed = [...byPath.values()].filter(({ status }) => status === 'failed').map(({ name }) => name);
  const slow = failed.filter((name) => /^test\/(integration|e2e)\//.test(relative(root, name)));
  return slow.length === failed.length && failed.length <= MOST_AGAIN ? slow : [];
}

/** Tests that passed and failed; a file that broke down before its first test counts as one that failed.
 * @param {Map<string, FileOutcome>} byPath */
export function totals(byPath) {
  let passed = 0;
  let failed = 0;
  for (const { status, assertionResults } of byPath.values()) {
    const bad = assertionResults.filter((test) => test.status === 'failed').length;
    passed += assertionResults.filter((test) => test.status === 'passed').length;
    failed += status === 'failed' ? Math.max(bad, 1) : bad;
  }
  return { passed, failed };
}
